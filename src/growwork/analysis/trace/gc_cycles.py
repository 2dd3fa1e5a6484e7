"""GC cycles of a trace, and the heap around them.

A cycle runs from `GCBegin` to `GCEnd`, which the runtime writes when mark termination is done;
sweeping goes on after it. The heap at its start and the goal it works against are the last
`HeapAlloc` and `HeapGoal` before it. While the world is stopped for mark termination the
runtime sets the heap to what it has marked, so the last `HeapAlloc` before `GCEnd` is the live
heap (runtime/mgcpacer.go, resetLive).

The GC log counts cycles from the start of the process on its own clock. A trace may begin
anywhere, so the two are matched by the rhythm of the cycle starts; see `match_gc_log`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from growwork.analysis.trace.columns import Column, RangeColumns, concatenate, gather
from growwork.analysis.trace.heap_readings import HeapReadings
from growwork.analysis.types import StackFrame

__all__ = ["CycleColumns", "CycleScan", "forces_cycle", "forcing_frame", "is_forced"]

_NOT_ENDED = 2  # bit of `cut`

# A program asks for a cycle through these; every other cycle comes from the pacer or the timer.
_FORCING = frozenset({"runtime.GC", "runtime/debug.FreeOSMemory", "runtime/debug.freeOSMemory"})


@dataclass(frozen=True, slots=True)
class CycleColumns:
    """All GC cycles of a trace in order, with what the heap's readings say of each, in bytes."""

    ranges: RangeColumns
    heap_start: Column
    heap_goal: Column
    heap_live: Column
    allocated: Column

    def __len__(self) -> int:
        return len(self.ranges)

    @property
    def ended(self) -> npt.NDArray[np.bool_]:
        """Whether each came to its end in the trace and the window."""
        found: npt.NDArray[np.bool_] = (self.ranges.cut & _NOT_ENDED) == 0
        return found


class CycleScan:
    """Collects the cycles and the heap around them, generation by generation."""

    def __init__(self, heap: HeapReadings) -> None:
        """`heap` gets the readings of a generation before this gets its cycles."""
        self._heap = heap
        self._ranges: list[RangeColumns] = []
        self._readings: list[tuple[Column, Column, Column, Column]] = []

    def add(self, cycles: RangeColumns) -> None:
        """Take the cycles that ended in the next generation."""
        self._ranges.append(cycles)
        if not len(cycles):
            return
        heap = self._heap
        self._readings.append(
            (
                heap.size_before(cycles.start),
                heap.goal_before(cycles.start),
                heap.size_before(cycles.end),
                heap.allocated_within(cycles.start, cycles.end),
            )
        )
        heap.forget_before(int(cycles.end[-1]))

    def columns(self) -> CycleColumns:
        """Every cycle, also the one that is still open at the end."""
        readings = [gather(parts) for parts in zip(*self._readings, strict=True)]
        return CycleColumns(concatenate(self._ranges), *(readings or [gather([])] * 4))


def forces_cycle(function: str) -> bool:
    """Whether a program asks for a cycle through this function."""
    return function in _FORCING


def is_forced(frames: Sequence[StackFrame]) -> bool:
    """Whether the program asked for the cycle, by the stack of its `GCBegin`."""
    return forcing_frame(frames) is not None


def forcing_frame(frames: Sequence[StackFrame]) -> StackFrame | None:
    """The frame of the function through which the program asked for the cycle."""
    return next((frame for frame in frames if forces_cycle(frame.function)), None)
