"""Protocol buffer fields, the writing half: one at a time, for messages that differ."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["bytes_field", "number_field", "packed_field", "varint"]

_VARINT = 0
_BYTES = 2
_MASK = (1 << 64) - 1


def varint(value: int) -> bytes:
    """A number as varint; a negative one as its 64-bit two's complement."""
    rest = value & _MASK
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def number_field(number: int, value: int) -> bytes:
    """A numeric field; nothing for 0, which is what a reader assumes."""
    return varint(number << 3 | _VARINT) + varint(value) if value else b""


def bytes_field(number: int, value: bytes) -> bytes:
    """A string or message field, present even when empty."""
    return varint(number << 3 | _BYTES) + varint(len(value)) + value


def packed_field(number: int, values: Iterable[int]) -> bytes:
    """A repeated numeric field in packed form."""
    packed = b"".join(map(varint, values))
    return bytes_field(number, packed) if packed else b""
