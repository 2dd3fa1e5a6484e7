"""GC cycles of a trace, matched with the GC log where there is one.

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
from dataclasses import dataclass, replace

import numpy as np

from growwork.analysis.trace_columns import EventColumns, StackTable
from growwork.analysis.types import GcCycle, StackFrame
from growwork.formats.gotrace import EventType

__all__ = ["CYCLE_EVENTS", "CycleScan", "assign_assists", "is_forced"]

CYCLE_EVENTS = frozenset(
    {
        EventType.GC_BEGIN,
        EventType.GC_END,
        EventType.GC_ACTIVE,
        EventType.HEAP_ALLOC,
        EventType.HEAP_GOAL,
    }
)

# A program asks for a cycle through these; every other cycle comes from the pacer or the timer.
_FORCING = frozenset({"runtime.GC", "runtime/debug.FreeOSMemory", "runtime/debug.freeOSMemory"})


@dataclass(frozen=True, slots=True)
class _Begin:
    time: int
    stack: int
    heap: int
    goal: int


@dataclass(frozen=True, slots=True)
class _Cycle:
    begin: _Begin
    end: int
    live: int | None


class CycleScan:
    """Pairs the begin and end of every GC cycle, generation by generation."""

    def __init__(self) -> None:
        self._heap = 0
        self._goal = 0
        self._begin: _Begin | None = None
        self._cycles: list[_Cycle] = []

    def add(self, events: EventColumns) -> None:
        """Take the events of the next generation."""
        heap = events.of(EventType.HEAP_ALLOC)
        goal = events.of(EventType.HEAP_GOAL)
        marks = events.of(EventType.GC_BEGIN, EventType.GC_END, EventType.GC_ACTIVE)
        for index in range(len(marks)):
            time = int(marks.time[index])
            size = _last_before(heap, time, self._heap)
            if marks.type[index] == EventType.GC_END:
                self._end(time, size)
            elif self._begin is None:
                # An active cycle began before the trace: it is clipped and has no stack.
                begun = marks.type[index] == EventType.GC_BEGIN
                stack = int(marks.stack[index]) if begun else 0
                if not begun and not size and len(heap):
                    size = int(heap.arg0[0])  # nothing came before: the first one there is
                self._begin = _Begin(time, stack, size, _last_before(goal, time, self._goal))
        self._heap = int(heap.arg0[-1]) if len(heap) else self._heap
        self._goal = int(goal.arg0[-1]) if len(goal) else self._goal

    def cycles(self, stacks: StackTable, origin_ns: int) -> tuple[GcCycle, ...]:
        """Every finished cycle in order; times count from `origin_ns`.

        The assist times are zero: `assign_assists` fills them in.
        """
        return tuple(
            GcCycle(
                number=number,
                start_ns=one.begin.time - origin_ns,
                mark_end_ns=one.end - origin_ns,
                heap_start_bytes=one.begin.heap,
                heap_goal_bytes=one.begin.goal,
                heap_live_bytes=one.live,
                assist_ns=0,
                assist_cpu_ns=None,
                background_cpu_ns=None,
                idle_cpu_ns=None,
                forced=is_forced(stacks.frames(one.begin.stack)),
                triggered_by=stacks.frames(one.begin.stack),
            )
            for number, one in enumerate(self._cycles, start=1)
        )

    def _end(self, time: int, live: int) -> None:
        if self._begin is not None:
            self._cycles.append(_Cycle(self._begin, time, live or None))
        self._begin = None


def is_forced(frames: Sequence[StackFrame]) -> bool:
    """Whether the program asked for the cycle, by the stack of its `GCBegin`."""
    return any(frame.function in _FORCING for frame in frames)


def assign_assists(
    cycles: Sequence[GcCycle], paid: Sequence[tuple[int | None, int]]
) -> tuple[GcCycle, ...]:
    """The cycles with their assist time, from (cycle number, duration) of every assist."""
    totals: dict[int, int] = {}
    for number, duration_ns in paid:
        if number is not None:
            totals[number] = totals.get(number, 0) + duration_ns
    return tuple(replace(one, assist_ns=totals.get(one.number, 0)) for one in cycles)


def _last_before(events: EventColumns, time: int, carried: int) -> int:
    index = int(np.searchsorted(events.time, time, side="left")) - 1
    return int(events.arg0[index]) if index >= 0 else carried
