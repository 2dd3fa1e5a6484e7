"""How one key and one element lie in a map's arrays.

Types over 128 bytes are stored as pointers (`Indirect`), which makes the array pointerful. The
alignment of a type is not in its size; without it we take the largest power of two that divides
the size, at most 8. That is exact for pointers, numbers, strings and slices, and wrong only for
types made of smaller parts, such as `[16]byte`: give the alignment where it is known.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EntryLayout", "align_up", "entry_layout", "guess_alignment"]

_MAX_INLINE_BYTES = 128  # abi.MapMaxKeyBytes, abi.MapMaxElemBytes
_POINTER_BYTES = 8


@dataclass(frozen=True, slots=True)
class EntryLayout:
    """Sizes and alignments in bytes as stored, after the step to pointers."""

    key_bytes: int
    elem_bytes: int
    key_align: int
    elem_align: int
    has_pointers: bool


def entry_layout(
    key_bytes: int,
    elem_bytes: int,
    *,
    has_pointers: bool,
    key_align: int | None = None,
    elem_align: int | None = None,
) -> EntryLayout:
    """The stored layout of a map[K]V whose types have these sizes."""
    key, key_at = _stored(key_bytes, key_align)
    elem, elem_at = _stored(elem_bytes, elem_align)
    indirect = key_bytes > _MAX_INLINE_BYTES or elem_bytes > _MAX_INLINE_BYTES
    return EntryLayout(key, elem, key_at, elem_at, has_pointers or indirect)


def guess_alignment(size_bytes: int) -> int:
    """The largest power of two that divides the size, at most 8; 1 for size 0."""
    return min(size_bytes & -size_bytes, _POINTER_BYTES) if size_bytes else 1


def align_up(value: int, alignment: int) -> int:
    """The next multiple of `alignment`."""
    return -(-value // alignment) * alignment


def _stored(size_bytes: int, alignment: int | None) -> tuple[int, int]:
    if size_bytes > _MAX_INLINE_BYTES:
        return _POINTER_BYTES, _POINTER_BYTES
    return size_bytes, alignment or guess_alignment(size_bytes)
