"""How much mark assist each generation had for its length, to see whether a trace is steady."""

from __future__ import annotations

import numpy as np

from growwork.analysis.trace.columns import Column, RangeColumns

__all__ = ["GenerationTimes"]


class GenerationTimes:
    """Follows the ends of the generations, as the last time in any of their tables."""

    def __init__(self) -> None:
        self._last: list[int] = []
        self._assist_ns: list[int] = []

    def add(self, times: Column, assists: RangeColumns) -> None:
        """Take the next generation: the last times of its tables, and its assists."""
        before = self._last[-1] if self._last else 0
        self._last.append(max(before, int(times.max(initial=0))))
        self._assist_ns.append(int((assists.end - assists.start).sum()))

    def assist_ns_per_second(self, start_ns: int, end_ns: int) -> Column:
        """Wall time of assists per second, one value per generation that has a length."""
        ends = np.array(self._last, dtype=np.int64)
        ends[-1:] = end_ns
        lengths = np.diff(np.maximum(ends, start_ns), prepend=start_ns)
        paid = np.array(self._assist_ns, dtype=np.float64)
        some = lengths > 0
        rates: Column = (paid[some] / lengths[some] * 1e9).astype(np.int64)
        return rates
