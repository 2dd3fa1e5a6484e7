"""How many Ps there were, and how much P time that makes."""

from __future__ import annotations

import numpy as np

from growwork.analysis.trace.columns import Column, gather

__all__ = ["ProcsTimeline"]


class ProcsTimeline:
    """GOMAXPROCS over time; keeps its changes alone."""

    def __init__(self) -> None:
        self._time: list[Column] = []
        self._procs: list[Column] = []
        self._last = -1

    def add(self, time: Column, procs: Column) -> None:
        """Take the values of the next generation, each valid from its time on."""
        changes = np.flatnonzero(np.diff(procs, prepend=self._last))
        if len(changes):
            self._time.append(time[changes])
            self._procs.append(procs[changes])
            self._last = int(procs[-1])

    def at(self, times: Column) -> Column:
        """The number of Ps at each time; before the first value known, that value."""
        time, procs = gather(self._time), gather(self._procs)
        if not len(time):
            return np.zeros(len(times), dtype=np.int64)
        found: Column = procs[np.maximum(np.searchsorted(time, times, side="right") - 1, 0)]
        return found

    def within(self, begins: Column, ends: Column) -> Column:
        """P time there was in each interval, in ns."""
        time = gather(self._time)
        if not len(time):
            return np.zeros(len(begins), dtype=np.int64)
        spent: Column = self._until(time, ends) - self._until(time, begins)
        return spent

    def _until(self, time: Column, times: Column) -> Column:
        """P time from the first value known; negative before it."""
        procs = gather(self._procs)
        total = np.concatenate(([0], np.cumsum(procs[:-1] * np.diff(time))))
        place = np.maximum(np.searchsorted(time, times, side="right") - 1, 0)
        spent: Column = total[place] + procs[place] * (times - time[place])
        return spent
