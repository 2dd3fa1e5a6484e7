"""Heap size against heap goal over time, thinned for drawing.

The runtime writes the heap size each time a P takes a span, which is far more often than a
picture can show. Thinning keeps, per slice of time, the smallest and the largest heap in the
order they came, so every peak and every drop after a GC cycle survives.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from growwork.analysis.trace.columns import Column, gather
from growwork.analysis.trace.heap_readings import HeapColumns
from growwork.analysis.types import HeapPoint

__all__ = ["MAX_POINTS", "HeapScan", "thin"]

MAX_POINTS = 2000

_NO_GOAL = -1  # before the first goal event, and while the GC is off (goal 0 on the wire)


class HeapScan:
    """Collects heap points; holds at most `MAX_POINTS` per generation."""

    def __init__(self) -> None:
        self._goal = _NO_GOAL
        self._time: list[Column] = []
        self._heap: list[Column] = []
        self._goals: list[Column] = []

    def add(self, heap: HeapColumns) -> None:
        """Take the readings of the next generation."""
        kept = thin(heap.alloc_time, heap.alloc_value, MAX_POINTS)
        times = heap.alloc_time[kept]
        self._time.append(times)
        self._heap.append(heap.alloc_value[kept])
        self._goals.append(self._goals_at(times, heap))
        if len(heap.goal_value):
            self._goal = int(heap.goal_value[-1]) or _NO_GOAL

    def points(self, origin_ns: int) -> tuple[HeapPoint, ...]:
        """At most `MAX_POINTS` points in time order; times count from `origin_ns`."""
        time, heap, goals = gather(self._time), gather(self._heap), gather(self._goals)
        kept = thin(time, heap, MAX_POINTS)
        rows = zip(time[kept].tolist(), heap[kept].tolist(), goals[kept].tolist(), strict=True)
        return tuple(
            HeapPoint(at - origin_ns, size, None if goal == _NO_GOAL else goal)
            for at, size, goal in rows
        )

    def _goals_at(self, times: Column, heap: HeapColumns) -> Column:
        goals = np.where(heap.goal_value > 0, heap.goal_value, _NO_GOAL)
        values = np.concatenate(([self._goal], goals))
        found: Column = values[np.searchsorted(heap.goal_time, times, side="right")]
        return found


def thin(time: Column, heap: Column, limit: int) -> npt.NDArray[np.intp]:
    """Indices of at most `limit` points: first and last, and each slice's extremes."""
    count = len(time)
    if count <= limit:
        return np.arange(count)
    slices = limit // 2 - 1
    width = max(1, (int(time[-1]) - int(time[0])) // slices + 1)
    number = (time - time[0]) // width
    first = np.flatnonzero(np.diff(number, prepend=-1))
    lowest = _first_equal(heap, np.minimum.reduceat(heap, first), first)
    highest = _first_equal(heap, np.maximum.reduceat(heap, first), first)
    return np.unique(np.concatenate(([0, count - 1], lowest, highest)))


def _first_equal(heap: Column, wanted: Column, first: Column) -> Column:
    """Per slice, the index of its first point with the wanted heap."""
    lengths = np.diff(first, append=len(heap))
    found = np.flatnonzero(heap == np.repeat(wanted, lengths))
    chosen: Column = found[np.searchsorted(found, first)]
    return chosen
