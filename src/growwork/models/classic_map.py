"""The bucket map of Go 1.23 and before (runtime/map.go).

A map is an array of 2^B buckets of eight slots. It doubles when an insert would exceed the load
factor, all at once: one new array, evacuated bit by bit. From B = 4 the array carries spare
overflow buckets, as many as fill the allocator's size class. Overflow buckets beyond those are
allocated one by one depending on the hash; the model leaves them out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from growwork.models.allocator import alloc_bytes, roundup_bytes
from growwork.models.entry_layout import EntryLayout, align_up
from growwork.models.types import Growth, Level, Presize

if TYPE_CHECKING:
    from growwork.goruntime import GoRelease

__all__ = ["ClassicMap"]

_SLOTS = 8
_MAX_B = 24
_MAPEXTRA_BYTES = 24


@dataclass(frozen=True, slots=True)
class ClassicMap:
    """The model of one map type on one release."""

    release: GoRelease
    entry: EntryLayout

    @property
    def bucket_bytes(self) -> int:
        """Size of bucket<K,V>: tophash, keys, elems, overflow word."""
        entry = self.entry
        keys = align_up(8, entry.key_align) + 8 * entry.key_bytes
        elems = align_up(keys, entry.elem_align) + 8 * entry.elem_bytes
        return align_up(elems, 8) + 8

    def levels(self, max_slots: int = _SLOTS << 20) -> tuple[Level, ...]:
        """Capacity classes of a map that grows from empty, up to `max_slots`."""
        return _levels(self, max_slots)

    def presize(self, hint: int) -> Presize:
        """What `make(map, hint)` allocates; nothing for a hint of at most 8."""
        if hint <= _SLOTS:
            return Presize(hint, _SLOTS, 0, 0, 0, 0)
        b = self._b_for(hint)
        size = self.array_bytes(b)
        # makeBucketArray hands out spare buckets from B = 4 on, makemap then allocates mapextra.
        return Presize(hint, _SLOTS << b, 1, size, size, _MAPEXTRA_BYTES if b >= 4 else 0)

    def hint_slots(self, hint: int) -> int:
        """Capacity of `make(map, hint)` in slots."""
        return _SLOTS << self._b_for(hint)

    def hint_bytes(self, hint: int) -> int:
        """Bytes of the arrays `make(map, hint)` allocates."""
        return self.presize(hint).array_bytes

    def max_length(self, slots: int) -> int:
        """Most entries a map of `slots` holds without growing."""
        return self.max_count((slots // _SLOTS).bit_length() - 1)

    def slots_for(self, length: int) -> int:
        """Capacity of a map that has grown to `length` entries."""
        return _SLOTS << self._b_for(length)

    def safe_hint(self, length: int) -> int:
        """The hint with which `length` entries never grow the map; 0 when none is of use."""
        return length if length > _SLOTS else 0

    def growths(self, length: int, hint: int = 0) -> tuple[Growth, ...]:
        """Every growth while inserting `length` distinct keys into `make(map, hint)`."""
        return tuple(
            Growth(self.max_count(b - 1) + 1, _SLOTS << b, self.array_bytes(b))
            for b in range(self._b_for(hint) + 1, self._b_for(length) + 1)
        )

    def expected_arrays(self, length: int, hint: int = 0) -> Counter[int]:
        """Arrays allocated by then: object size -> number."""
        start = self._b_for(hint)
        count: Counter[int] = Counter()
        if length > 0 or start > 0:
            count[self.array_bytes(start)] += 1
        for growth in self.growths(length, hint):
            count[growth.array_bytes] += 1
        return count

    def fill_bytes(self, length: int, hint: int = 0) -> float:
        """Bytes of all arrays allocated while a `make(map, hint)` fills to `length`."""
        return float(sum(size * n for size, n in self.expected_arrays(length, hint).items()))

    def max_count(self, b: int) -> int:
        """Most entries of a map with 2^b buckets."""
        return max(_SLOTS, int(self.release.load_factor * (1 << b)))

    def _b_for(self, count: int) -> int:
        b = 0
        while b < _MAX_B and count > self.max_count(b):
            b += 1
        return b

    def array_bytes(self, b: int) -> int:
        """Object size of the bucket array with 2^b buckets, spare overflow buckets included."""
        pointers, release = self.entry.has_pointers, self.release
        buckets = 1 << b
        if b >= 4:
            size = (buckets + (1 << (b - 4))) * self.bucket_bytes
            usable = roundup_bytes(size, has_pointers=pointers, release=release)
            buckets = usable // self.bucket_bytes
        return alloc_bytes(buckets * self.bucket_bytes, has_pointers=pointers, release=release)


@lru_cache(maxsize=4096)
def _levels(model: ClassicMap, max_slots: int) -> tuple[Level, ...]:
    result: list[Level] = []
    total = 0
    for b in range(_MAX_B + 1):
        if _SLOTS << b > max_slots and result:
            break
        size = model.array_bytes(b)
        total += size
        result.append(Level(_SLOTS << b, size, 1, size, total, model.max_count(b)))
    return tuple(result)
