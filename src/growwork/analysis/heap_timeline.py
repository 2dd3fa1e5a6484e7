"""Heap size against heap goal over time, thinned for drawing.

The runtime writes the heap size each time a P takes a span, which is far more often than a
picture can show. Thinning keeps, per slice of time, the smallest and the largest heap in the
order they came, so every peak and every drop after a GC cycle survives.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from growwork.analysis.trace_columns import Column, EventColumns
from growwork.analysis.types import HeapPoint
from growwork.formats.gotrace import EventType

__all__ = ["HEAP_EVENTS", "MAX_POINTS", "HeapScan", "thin"]

HEAP_EVENTS = frozenset({EventType.HEAP_ALLOC, EventType.HEAP_GOAL})
MAX_POINTS = 2000

_NO_GOAL = -1  # before the first goal event, and while the GC is off (goal 0 on the wire)


class HeapScan:
    """Collects heap points; holds at most `MAX_POINTS` per generation."""

    def __init__(self) -> None:
        self._goal = _NO_GOAL
        self._time: list[Column] = []
        self._heap: list[Column] = []
        self._goals: list[Column] = []

    def add(self, events: EventColumns) -> None:
        """Take the events of the next generation."""
        heap = events.of(EventType.HEAP_ALLOC)
        goal = events.of(EventType.HEAP_GOAL)
        goals = self._goals_at(heap.time, goal)
        kept = thin(heap.time, heap.arg0, MAX_POINTS)
        self._time.append(heap.time[kept])
        self._heap.append(heap.arg0[kept])
        self._goals.append(goals[kept])
        if len(goal):
            self._goal = int(goal.arg0[-1]) or _NO_GOAL

    def points(self, origin_ns: int) -> tuple[HeapPoint, ...]:
        """At most `MAX_POINTS` points in time order; times count from `origin_ns`."""
        if not self._time:
            return ()
        time, heap = np.concatenate(self._time), np.concatenate(self._heap)
        goals = np.concatenate(self._goals)
        kept = thin(time, heap, MAX_POINTS)
        rows = zip(time[kept].tolist(), heap[kept].tolist(), goals[kept].tolist(), strict=True)
        return tuple(
            HeapPoint(at - origin_ns, size, None if goal == _NO_GOAL else goal)
            for at, size, goal in rows
        )

    def _goals_at(self, times: Column, goal: EventColumns) -> Column:
        values = np.concatenate(([self._goal], np.where(goal.arg0 > 0, goal.arg0, _NO_GOAL)))
        found: Column = values[np.searchsorted(goal.time, times, side="right")]
        return found


def thin(time: Column, heap: Column, limit: int) -> npt.NDArray[np.intp]:
    """Indices of at most `limit` points: first and last, and each slice's extremes."""
    count = len(time)
    if count <= limit:
        return np.arange(count)
    slices = limit // 2 - 1
    width = max(1, (int(time[-1]) - int(time[0])) // slices + 1)
    number = (time - time[0]) // width
    # Sorted by slice, then by heap: the ends of each slice's run are its extremes.
    order = np.lexsort((heap, number))
    edges = np.flatnonzero(np.diff(number[order])) + 1
    lowest = order[np.concatenate(([0], edges))]
    highest = order[np.concatenate((edges - 1, [count - 1]))]
    return np.unique(np.concatenate(([0, count - 1], lowest, highest)))
