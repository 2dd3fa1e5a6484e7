"""Readings and intervals collected over a trace, and questions about them by time."""

from __future__ import annotations

import numpy as np

from growwork.analysis.trace.columns import Column

__all__ = ["Intervals", "Readings"]

_KEPT_READINGS = 1 << 20  # what came before them is not known any more


class Readings:
    """Values of one quantity over time, in order, as far back as somebody may ask."""

    def __init__(self) -> None:
        self._times = np.empty(0, np.int64)
        self._values = np.empty(0, np.int64)

    def add(self, times: Column, values: Column) -> None:
        """Append readings."""
        self._times = np.concatenate([self._times, times])[-_KEPT_READINGS:]
        self._values = np.concatenate([self._values, values])[-_KEPT_READINGS:]

    def before(self, time: int) -> int | None:
        """The last value before this moment."""
        at = int(np.searchsorted(self._times, time, side="left")) - 1
        return int(self._values[at]) if at >= 0 else None

    def forget_before(self, time: int) -> None:
        """Drop what no later moment asks for."""
        at = max(0, int(np.searchsorted(self._times, time, side="left")) - 1)
        self._times, self._values = self._times[at:], self._values[at:]


class Intervals:
    """Starts and lengths, in any order; questions are about spans of time that do not overlap.

    `begins` and `ends` are those spans, in order; both have shape (n,), as have the answers.
    """

    def __init__(self) -> None:
        self._starts: list[Column] = []
        self._lengths: list[Column] = []

    def add(self, starts: Column, lengths: Column) -> None:
        """Append intervals."""
        if len(starts):
            self._starts.append(starts)
            self._lengths.append(lengths)

    def total_within(self, begins: Column, ends: Column) -> list[int]:
        """The length of all intervals that began in each span."""
        totals = np.zeros(len(begins), np.int64)
        if self._starts and len(begins):
            starts, lengths = np.concatenate(self._starts), np.concatenate(self._lengths)
            span = np.searchsorted(begins, starts, side="right") - 1
            inside = (span >= 0) & (starts <= ends[span])
            np.add.at(totals, span[inside], lengths[inside])
        return [int(total) for total in totals]

    def first_end(self, begins: Column, ends: Column) -> list[int | None]:
        """The first end of an interval in each span; None for a span without."""
        parts = zip(self._starts, self._lengths, strict=True)
        times = np.sort(np.concatenate([np.empty(0, np.int64), *(s + n for s, n in parts)]))
        return _inside(times, np.searchsorted(times, begins, side="left"), begins, ends)

    def last_start(self, begins: Column, ends: Column) -> list[int | None]:
        """The last start of an interval in each span; None for a span without."""
        times = np.sort(np.concatenate([np.empty(0, np.int64), *self._starts]))
        return _inside(times, np.searchsorted(times, ends, side="right") - 1, begins, ends)


def _inside(times: Column, at: Column, begins: Column, ends: Column) -> list[int | None]:
    found: list[int | None] = []
    for index, begin, end in zip(at.tolist(), begins.tolist(), ends.tolist(), strict=True):
        time = int(times[index]) if 0 <= index < len(times) else None
        found.append(time if time is not None and begin <= time <= end else None)
    return found
