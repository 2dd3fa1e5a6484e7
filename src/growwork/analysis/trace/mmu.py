"""Minimum mutator utilisation: what every window of a length leaves the program, at the least.

Utilisation is a step function: the share of Ps that do no GC work. Its integral F is piecewise
linear, so F(t+W) - F(t) is least at a t where a step begins or ends the window. Trying all of
them is exact but slow for a trace with a million steps. Two bounds spare most of it: a window
that beats the best one found holds a step that is lower than that one's mean; and windows that
start in a cell [a, b] have at least F(a+W) - F(b). Cells that cannot beat the best are dropped,
the others halved, and the steps in what remains are tried one by one. The result is the minimum
itself, not an estimate.

Windows lie within the trace. Of the past only what the longest window reaches back to is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from growwork.analysis.trace.columns import Column, gather
from growwork.analysis.trace.types import MmuPoint

__all__ = ["WINDOWS_NS", "MmuScan"]

# 1, 2, 5, 10, … µs up to a second.
WINDOWS_NS = (*(digit * 10**power for power in range(3, 9) for digit in (1, 2, 5)), 10**9)

_HELD = 1 << 17  # steps collected before they are looked at
_FEW = 1 << 12  # steps that are tried one by one without looking for cells first
_MANY = 8  # with one low step in so many, looking around them spares little
_LOWEST = 3  # levels whose longest runs are looked for

Floats = npt.NDArray[np.float64]


class MmuScan:
    """Follows the minimum for each window length, generation by generation."""

    def __init__(self, windows_ns: tuple[int, ...] = WINDOWS_NS) -> None:
        self._best = {window: float(window) for window in windows_ns}  # mutator time, ns
        self._time: list[Column] = []
        self._mutator: list[Floats] = []
        self._held = 0
        self._seen_until: int | None = None  # windows that end up to here were looked at

    def add(self, time: Column, gc_procs: Column, procs: Column) -> None:
        """Take the steps of the next generation, each valid until the next one."""
        if not len(time):
            return
        self._time.append(time)
        self._mutator.append(1.0 - np.minimum(gc_procs / np.maximum(procs, 1), 1.0))
        self._held += len(time)
        if self._held >= _HELD:
            self._look(int(time[-1]))

    def points(self, end_ns: int) -> tuple[MmuPoint, ...]:
        """The minimum per window length that fits into a trace ending at `end_ns`."""
        if not self._time:
            return ()
        first = int(self._time[0][0]) if self._seen_until is None else self._first
        self._look(end_ns)
        return tuple(
            MmuPoint(window, best / window)
            for window, best in self._best.items()
            if window <= end_ns - first
        )

    def _look(self, end: int) -> None:
        time, mutator = gather(self._time), np.concatenate(self._mutator)
        last = np.diff(time, append=time[-1] + 1) > 0  # of the steps at one time
        time, mutator = time[last], mutator[last]
        begin = int(time[0])
        if self._seen_until is None:
            self._first = self._seen_until = begin
        steps = _Steps(time, mutator, end)
        for window, best in self._best.items():
            lowest, highest = max(begin, self._seen_until - window), end - window
            if lowest <= highest and best > 0:
                self._best[window] = steps.least(window, lowest, highest, best)
        self._seen_until = end
        kept = max(0, int(np.searchsorted(time, end - max(self._best), side="right")) - 1)
        self._time, self._mutator = [time[kept:]], [mutator[kept:]]
        self._held = 0


class _Steps:
    """A step function and its integral up to `end`."""

    def __init__(self, time: Column, mutator: Floats, end: int) -> None:
        edges = np.append(time, end) if end > time[-1] else time
        lengths = np.diff(edges)
        self._origin = int(time[0])
        self._edges = (edges - self._origin).astype(np.float64)
        self._total = np.concatenate(([0.0], np.cumsum(mutator[: len(lengths)] * lengths)))
        self._begins, self._ends = edges[:-1], edges[1:]
        self._levels = mutator[: len(lengths)]
        self._runs = _longest_runs(self._levels, lengths)
        # Only a fall can be a window's best begin, only a rise its best end.
        rising = np.diff(mutator, prepend=mutator[0])
        self._falls, self._rises = time[rising < 0], time[rising > 0]

    def least(self, window: int, lowest: int, highest: int, best: float) -> float:
        """The least mutator time in windows that start in [lowest, highest], or `best`."""
        for level, longest in self._runs:
            if longest >= window:
                # Such a run may lie before `lowest`: then an earlier look has seen it.
                best = min(best, level * window)
                break
        best = min(best, float(self._within(np.array([lowest, highest]), window).min()))
        cells, width = self._around_lower(best / window, window, lowest, highest), window
        count = self._count(cells, window)
        while count > _FEW and width > 1:
            # Cells wider than half a window say nothing, so the first ones are that wide.
            width = -(-width // 2)
            smaller = cells.split(width)
            if len(smaller.begins) > count:
                break  # as many cells as steps
            before, after = self._until(smaller.begins), self._until(smaller.begins + window)
            best = min(best, float((after - before).min()))
            cells = smaller.at(after - self._until(smaller.ends) < best)
            count = self._count(cells, window)
        return self._try(cells, window, best)

    def _around_lower(self, level: float, window: int, lowest: int, highest: int) -> _Cells:
        """The starts of windows that hold a step below this level."""
        low = np.flatnonzero(self._levels < level)
        if _MANY * len(low) > len(self._levels):
            return _Cells(np.array([lowest]), np.array([highest]))
        begins = np.clip(self._begins[low] - window, lowest, highest)
        ends = np.clip(self._ends[low], lowest, highest)
        # Both are in order, so those that touch are put together by looking at neighbours.
        apart = np.flatnonzero(begins[1:] > ends[:-1])
        if not len(begins):
            return _Cells(begins, ends)
        return _Cells(
            begins[np.concatenate(([0], apart + 1))], ends[np.append(apart, len(ends) - 1)]
        )

    def _try(self, cells: _Cells, window: int, best: float) -> float:
        """As `least`, by trying every step in these cells."""
        falls, rises = self._places(cells, window)
        for starts in (self._falls[_ranges(*falls)], self._rises[_ranges(*rises)] - window):
            if len(starts):
                best = min(best, float(self._within(starts, window).min()))
        return best

    def _count(self, cells: _Cells, window: int) -> int:
        """How many steps there are to try."""
        return sum(int((last - first).sum()) for first, last in self._places(cells, window))

    def _places(
        self, cells: _Cells, window: int
    ) -> tuple[tuple[Column, Column], tuple[Column, Column]]:
        """Per cell, from where to where falls begin and rises end a window."""
        begins, ends = cells.begins, cells.ends
        return (
            (np.searchsorted(self._falls, begins), np.searchsorted(self._falls, ends + 1)),
            (
                np.searchsorted(self._rises, begins + window),
                np.searchsorted(self._rises, ends + window + 1),
            ),
        )

    def _within(self, starts: Column, window: int) -> Floats:
        return self._until(starts + window) - self._until(starts)

    def _until(self, times: Column) -> Floats:
        return np.interp(times - self._origin, self._edges, self._total)


@dataclass(frozen=True, slots=True)
class _Cells:
    """Intervals of starts of windows, ends included, in order."""

    begins: Column
    ends: Column

    def split(self, width: int) -> _Cells:
        """Each cell in parts of this width at most, which share their edges."""
        parts = np.maximum(-(-(self.ends - self.begins) // width), 1)
        number = _ranges(np.zeros_like(parts), parts)
        begins = np.repeat(self.begins, parts) + number * width
        return _Cells(begins, np.minimum(begins + width, np.repeat(self.ends, parts)))

    def at(self, kept: npt.NDArray[np.bool_]) -> _Cells:
        """These cells alone."""
        return _Cells(self.begins[kept], self.ends[kept])


def _ranges(first: Column, last: Column) -> Column:
    """All numbers from `first` up to `last`, for all pairs, one after the other."""
    lengths = np.maximum(last - first, 0)
    total = int(lengths.sum())
    offsets = np.repeat(first - np.cumsum(lengths) + lengths, lengths)
    found: Column = offsets + np.arange(total)
    return found


def _longest_runs(levels: Floats, lengths: Column) -> list[tuple[float, int]]:
    """For the lowest levels, the longest time that does not exceed each."""
    runs = []
    above = levels
    for _ in range(_LOWEST):
        if not len(above):
            break
        level = float(above.min())
        runs.append((level, _longest_run(levels <= level, lengths)))
        above = above[above > level]
    return runs


def _longest_run(flags: npt.NDArray[np.bool_], lengths: Column) -> int:
    """The longest time in which the flag holds without a break; it holds somewhere."""
    edges = np.flatnonzero(np.diff(flags, prepend=~flags[0]))
    sums = np.add.reduceat(lengths, edges)
    return int(sums[flags[edges]].max(initial=0))
