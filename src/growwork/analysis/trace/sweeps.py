"""Sweeping: what allocating goroutines and the background sweeper spend on freeing spans."""

from __future__ import annotations

import numpy as np

from growwork.analysis.trace.columns import Column, RangeColumns

__all__ = ["DurationCounts", "SweepScan"]

_EXACT = 16  # below this each duration has a bucket of its own
_BUCKETS = _EXACT + 8 * 64


class DurationCounts:
    """Durations counted in buckets of which eight double them."""

    def __init__(self) -> None:
        self._counts = np.zeros(_BUCKETS, dtype=np.int64)

    def add(self, durations: Column) -> None:
        """Count these, in ns."""
        self._counts += np.bincount(_bucket_of(durations), minlength=_BUCKETS)

    def buckets(self) -> tuple[Column, Column]:
        """The upper bounds of the buckets in use, ascending, and their counts."""
        used = np.flatnonzero(self._counts)
        return _bound_of(used), self._counts[used]


class SweepScan:
    """Sums the sweeps, generation by generation."""

    def __init__(self) -> None:
        self.counts = DurationCounts()
        self.count = 0
        self.total_ns = 0
        self.max_ns = 0
        self.swept_bytes = 0
        self.reclaimed_bytes = 0
        self._by_stack = np.zeros((3, 1), dtype=np.int64)  # count, total, max

    def add(self, sweeps: RangeColumns) -> None:
        """Take the sweeps that ended in the next generation."""
        if not len(sweeps):
            return
        lengths = sweeps.end - sweeps.start
        self.counts.add(lengths)
        self.count += len(sweeps)
        self.total_ns += int(lengths.sum())
        self.max_ns = max(self.max_ns, int(lengths.max()))
        self.swept_bytes += int(sweeps.arg0.sum())
        self.reclaimed_bytes += int(sweeps.arg1.sum())
        missing = int(sweeps.stack_id.max()) + 1 - self._by_stack.shape[1]
        if missing > 0:
            self._by_stack = np.pad(self._by_stack, ((0, 0), (0, missing)))
        count, total, longest = self._by_stack
        size = len(count)
        count += np.bincount(sweeps.stack_id, minlength=size)
        total += np.bincount(sweeps.stack_id, lengths, size).astype(np.int64)
        np.maximum.at(longest, sweeps.stack_id, lengths)

    def by_stack(self) -> tuple[Column, Column, Column, Column]:
        """Stack ids, and count, total and maximum of the sweeps behind each."""
        used = np.flatnonzero(self._by_stack[0])
        count, total, longest = self._by_stack[:, used]
        return used, count, total, longest


def _bucket_of(durations: Column) -> Column:
    # The three bits below the leading one choose among the eight buckets of a doubling.
    exponents = np.frexp(np.maximum(durations, 1).astype(np.float64))[1].astype(np.int64) - 1
    shift = np.maximum(exponents - 3, 0)
    found = (durations >> shift) - 8 + _EXACT + 8 * (exponents - 4)
    return np.where(durations < _EXACT, durations, found)


def _bound_of(buckets: Column) -> Column:
    exponents = (buckets - _EXACT) // 8 + 4
    bounds = ((buckets - _EXACT) % 8 + 9) << np.maximum(exponents - 3, 0)
    return np.where(buckets < _EXACT, buckets + 1, bounds)
