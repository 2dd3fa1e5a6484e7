"""The readings of the heap since the last GC cycle: size, goal, and how much was allocated.

The runtime writes the heap size each time a P takes a span. What cannot be asked for any more
is forgotten, so memory is that of the readings between two cycles.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from growwork.analysis.trace.columns import Column, integers
from growwork.formats.gotrace import EventType

__all__ = ["HeapColumns", "HeapReadings", "heap_columns"]

_NONE = np.empty(0, dtype=np.int64)


class HeapColumns:
    """Readings of one generation: the heap's size and its goal, each with its times."""

    __slots__ = ("alloc_time", "alloc_value", "goal_time", "goal_value")

    def __init__(self, time: Column, kind: npt.NDArray[np.uint8], value: Column) -> None:
        alloc = np.flatnonzero(kind == EventType.HEAP_ALLOC)
        goal = np.flatnonzero(kind == EventType.HEAP_GOAL)
        self.alloc_time, self.alloc_value = time[alloc], value[alloc]
        self.goal_time, self.goal_value = time[goal], value[goal]


def heap_columns(heap: pa.RecordBatch) -> HeapColumns:
    """The columns of a generation's readings (`HEAP_SCHEMA`)."""
    kind = np.asarray(heap.column("type").to_numpy(zero_copy_only=False), dtype=np.uint8)
    return HeapColumns(integers(heap, "time"), kind, integers(heap, "value"))


class _Series:
    """Values in order of time, each valid until the next."""

    def __init__(self) -> None:
        self.time, self.value = _NONE, _NONE

    def add(self, time: Column, value: Column) -> None:
        self.time = np.concatenate((self.time, time))
        self.value = np.concatenate((self.value, value))

    def before(self, times: Column) -> Column:
        """The last value before each time, 0 where there is none."""
        places = np.searchsorted(self.time, times, side="left")
        found: Column = np.concatenate(([0], self.value))[places]
        return found

    def forget_before(self, time: int) -> None:
        """Keep the last value before this time, and all from it on."""
        first = max(0, int(np.searchsorted(self.time, time, side="left")) - 1)
        self.time, self.value = self.time[first:], self.value[first:]


class HeapReadings:
    """Readings of several generations, as far back as they are needed."""

    def __init__(self) -> None:
        self._sizes = _Series()
        self._goals = _Series()
        self._risen = _Series()  # bytes allocated up to and with the reading
        self._last: int | None = None

    @property
    def allocated_bytes(self) -> int:
        """Everything the heap rose by so far."""
        return int(self._risen.value[-1]) if len(self._risen.value) else 0

    def add(self, heap: HeapColumns) -> None:
        """Take the readings of the next generation."""
        self._goals.add(heap.goal_time, heap.goal_value)
        if not len(heap.alloc_time):
            return
        sizes = heap.alloc_value
        before = int(sizes[0]) if self._last is None else self._last
        rises = np.maximum(np.diff(sizes, prepend=before), 0)
        self._risen.add(heap.alloc_time, self.allocated_bytes + np.cumsum(rises))
        self._sizes.add(heap.alloc_time, sizes)
        self._last = int(sizes[-1])

    def size_before(self, times: Column) -> Column:
        """The last size before each time; the first reading there is where none came before."""
        first = self._sizes.value[0] if len(self._sizes.value) else 0
        early = len(self._sizes.time) == 0 or times <= self._sizes.time[0]
        return np.where(early, first, self._sizes.before(times))

    def goal_before(self, times: Column) -> Column:
        """The last goal before each time, 0 where there is none."""
        return self._goals.before(times)

    def allocated_within(self, begins: Column, ends: Column) -> Column:
        """By how much the heap rose in each interval."""
        grown: Column = self._risen.before(ends) - self._risen.before(begins)
        return grown

    def forget_before(self, time: int) -> None:
        """What lies before this time will not be asked for."""
        for series in (self._sizes, self._goals, self._risen):
            series.forget_before(time)
