"""The Swiss-table map of Go 1.24 and later (internal/runtime/maps).

A small map is one group of eight slots. The ninth entry makes a table, which doubles up to 1,024
slots; a full table of 1,024 splits in two, and a directory indexed by the top hash bits finds the
table. Keys spread over tables by hash, so which tables split is random: past one table the model
gives expectations, from P(a table's share of n keys exceeds 896).

Two traps are modelled because hints step into them. `make` divides its target over the directory
with integer division, so just above 896 * 2^j it makes tables of 512 slots. And a hint that fills
tables to the brim leaves no room for an uneven spread, so the map still splits.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, erfc, sqrt
from typing import TYPE_CHECKING

from growwork.models.allocator import alloc_bytes
from growwork.models.entry_layout import EntryLayout, align_up
from growwork.models.types import Growth, Level, Presize

if TYPE_CHECKING:
    from growwork.goruntime import GoRelease

__all__ = ["SwissMap", "expected_splits"]

_SLOTS = 8
_MAX_TABLE = 1024
_TABLE_STRUCT_BYTES = 32
_POINTER_BYTES = 8
_TABLE_ENTRIES = 896  # most entries of a table of 1,024 slots
_MANY_TABLES = 16  # past this many tables one of them runs full sooner: four sd instead of three
_SMALLEST_FULL = Fraction(7, 8) * 513  # per table: below it the truncation quirk halves tables


@dataclass(frozen=True, slots=True)
class SwissMap:
    """The model of one map type on one release."""

    release: GoRelease
    entry: EntryLayout

    @property
    def group_bytes(self) -> int:
        """Size of group[K]V: eight control bytes and eight slots struct{key; elem}."""
        entry = self.entry
        size = align_up(entry.key_bytes, entry.elem_align) + entry.elem_bytes
        if entry.elem_bytes == 0 and size > 0:
            size += 1  # a trailing zero-size field must have an address inside the struct
        return 8 + 8 * align_up(size, max(entry.key_align, entry.elem_align))

    @property
    def table_bytes(self) -> int:
        """One full table of 1,024 slots as the heap profile shows it."""
        return self.group_array_bytes(_MAX_TABLE)

    def levels(self, max_slots: int = _MAX_TABLE) -> tuple[Level, ...]:
        """Capacity classes of a map that grows from empty, up to `max_slots`.

        Past 1,024 slots a level is a directory length; reaching it splits every table once.
        """
        return _levels(self, max_slots)

    def presize(self, hint: int) -> Presize:
        """What `make(map, hint)` allocates; nothing for a hint of at most 8."""
        if hint <= _SLOTS:
            return Presize(hint, _SLOTS, 0, 0, 0, 0)
        target = hint * 8 // 7
        tables = _pow2_ceil(-(-target // _MAX_TABLE))
        slots = _pow2_ceil(max(_SLOTS, target // tables))
        size = self.group_array_bytes(slots)
        directory = self.directory_bytes(tables)
        extra = directory + tables * _TABLE_STRUCT_BYTES
        return Presize(hint, tables * slots, tables, size, tables * size, extra)

    def directory_bytes(self, tables: int) -> int:
        """Object size of a directory for `tables` entries."""
        return alloc_bytes(_POINTER_BYTES * tables, has_pointers=True, release=self.release)

    def hint_slots(self, hint: int) -> int:
        """Capacity of `make(map, hint)` in slots."""
        return self.presize(hint).slots

    def hint_bytes(self, hint: int) -> int:
        """Bytes of the arrays `make(map, hint)` allocates."""
        return self.presize(hint).array_bytes

    def max_length(self, slots: int) -> int:
        """Most entries `slots` hold; with several tables the most on average, not a promise."""
        return _SLOTS if slots <= _SLOTS else int(slots * self.release.load_factor)

    def slots_for(self, length: int) -> int:
        """Capacity class of a map that has grown to `length` entries.

        Past 1,024 slots: the expected number of tables, rounded up to a directory length.
        """
        if length <= _TABLE_ENTRIES:
            return next(c.slots for c in self.levels() if length <= c.max_length)
        return _MAX_TABLE * _pow2_ceil(round(self.expected_tables(length)))

    def expected_tables(self, length: int, hint: int = 0) -> float:
        """Expected number of tables after inserting `length` distinct keys."""
        tables = max(1, self.presize(hint).tables)
        return tables + expected_splits(length, tables)

    def safe_hint(self, length: int) -> int:
        """The smallest sensible hint with which `length` entries rarely grow the map.

        Steps over the truncation quirk and, where the exact hint would fill tables to the brim,
        to the next directory length. 0 when no hint is of use.
        """
        if length <= _SLOTS:
            return 0
        made = self.presize(length)
        if length <= _TABLE_ENTRIES and made.tables == 1:
            return length
        tables = made.tables
        deviations = 3.0 if tables <= _MANY_TABLES else 4.0
        share = length / tables
        if share + deviations * sqrt(share) > _TABLE_ENTRIES:
            tables *= 2
        return max(length, ceil(_SMALLEST_FULL * tables))

    def growths(self, length: int, hint: int = 0) -> tuple[Growth, ...]:
        """Every growth while inserting `length` distinct keys into `make(map, hint)`.

        Splits are random; past one table the tables are taken to split together when the
        average fills them, which is right on average.
        """
        made = self.presize(hint)
        tables = max(1, made.tables)
        slots = made.slots // tables
        result: list[Growth] = []
        while length > tables * self.max_length(slots):
            at_length = tables * self.max_length(slots) + 1
            if slots < _MAX_TABLE:
                slots *= 2
            else:
                tables *= 2
            result.append(Growth(at_length, tables * slots, tables * self.group_array_bytes(slots)))
        return tuple(result)

    def expected_arrays(self, length: int, hint: int = 0) -> Counter[int]:
        """Arrays allocated by then: object size -> number, rounded where it is an expectation."""
        return Counter({size: n for size, e in self._arrays(length, hint) if (n := round(e))})

    def fill_bytes(self, length: int, hint: int = 0) -> float:
        """Expected bytes of all arrays while a `make(map, hint)` fills to `length`."""
        return sum(size * count for size, count in self._arrays(length, hint))

    def _arrays(self, length: int, hint: int) -> list[tuple[int, float]]:
        made = self.presize(hint)
        tables = max(1, made.tables)
        slots = made.slots // tables
        result: list[tuple[int, float]] = []
        if length > 0 or made.tables:
            result.append((self.group_array_bytes(slots), float(tables)))
        while slots < _MAX_TABLE:
            grown = tables * _exceeds(length, tables, self.max_length(slots))
            slots *= 2
            result.append((self.group_array_bytes(slots), grown))
        splits = expected_splits(length, tables)
        last_size, last_count = result.pop() if result else (self.table_bytes, 0.0)
        if last_size == self.table_bytes:
            last_count += 2 * splits
        result.append((last_size, last_count))
        return [(size, count) for size, count in result if count > 0]

    def group_array_bytes(self, slots: int) -> int:
        """Object size of the groups of one table with `slots` slots."""
        size = slots // _SLOTS * self.group_bytes
        return alloc_bytes(size, has_pointers=self.entry.has_pointers, release=self.release)


@lru_cache(maxsize=4096)
def _levels(model: SwissMap, max_slots: int) -> tuple[Level, ...]:
    result: list[Level] = []
    total, slots = 0, _SLOTS
    while slots <= max(max_slots, _SLOTS):
        size = model.group_array_bytes(min(slots, _MAX_TABLE))
        arrays = max(1, slots // _MAX_TABLE)
        total += size * arrays
        result.append(Level(slots, size, arrays, size * arrays, total, model.max_length(slots)))
        slots *= 2
    return tuple(result)


def expected_splits(length: int, tables: int = 1) -> float:
    """Expected table splits while a map with `tables` full tables fills to `length` entries.

    A table splits when its share of the keys exceeds 896, and so do its halves in turn.
    """
    splits = 0.0
    while (expected := tables * _exceeds(length, tables, _TABLE_ENTRIES)) > 1e-6:
        splits += expected
        tables *= 2
    return splits


def _exceeds(length: int, tables: int, limit: int) -> float:
    """P(one of `tables` tables gets more than `limit` of `length` keys), normal approximation."""
    if tables == 1:
        return 1.0 if length > limit else 0.0
    mean = length / tables
    deviation = sqrt(mean * (1 - 1 / tables))
    if deviation == 0:
        return 0.0
    return erfc((limit + 0.5 - mean) / deviation / sqrt(2)) / 2


def _pow2_ceil(value: int) -> int:
    return 1 << max(0, value - 1).bit_length()
