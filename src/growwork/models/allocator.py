"""What the Go allocator hands out for a request of n bytes.

`alloc_bytes` is the object size a heap profile shows (span.elemsize); `roundup_bytes` is what
runtime.roundupsize promises its caller, the same without the 8-byte malloc header.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from growwork.goruntime.size_classes import (
    HEADER_THRESHOLD_BYTES,
    MALLOC_HEADER_BYTES,
    MAX_SMALL_BYTES,
    PAGE_BYTES,
    SIZE_CLASSES,
)

if TYPE_CHECKING:
    from growwork.goruntime import GoRelease

__all__ = ["alloc_bytes", "roundup_bytes"]


def alloc_bytes(size_bytes: int, *, has_pointers: bool, release: GoRelease) -> int:
    """The size of the object that results from allocating `size_bytes` (runtime/malloc.go)."""
    if size_bytes <= 0:
        return 0  # runtime.zerobase, no allocation
    header = _header(size_bytes, has_pointers=has_pointers, release=release)
    limit = MAX_SMALL_BYTES - (MALLOC_HEADER_BYTES if release.malloc_header else 0)
    if size_bytes > limit:
        return -(-size_bytes // PAGE_BYTES) * PAGE_BYTES
    return SIZE_CLASSES[bisect_left(SIZE_CLASSES, size_bytes + header)]


def roundup_bytes(size_bytes: int, *, has_pointers: bool, release: GoRelease) -> int:
    """The usable part of that object (runtime.roundupsize, runtime/msize.go)."""
    limit = MAX_SMALL_BYTES - (MALLOC_HEADER_BYTES if release.malloc_header else 0)
    size = alloc_bytes(size_bytes, has_pointers=has_pointers, release=release)
    if size_bytes > limit:
        return size
    return size - _header(size_bytes, has_pointers=has_pointers, release=release)


def _header(size_bytes: int, *, has_pointers: bool, release: GoRelease) -> int:
    needed = release.malloc_header and has_pointers and size_bytes > HEADER_THRESHOLD_BYTES
    return MALLOC_HEADER_BYTES if needed else 0
