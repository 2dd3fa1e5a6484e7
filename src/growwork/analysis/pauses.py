"""Stop-the-world pauses of a trace: kind, length, and how long stopping took.

The range begins when a goroutine asks the world to stop and ends when it starts it again
(`STWBegin`, `STWEnd`, both on that goroutine). The stack on the begin names who asked. For
"GC sweep termination" that is the goroutine whose allocation crossed the trigger: the unlucky
one, not the cause.

The trace has no event for "everything has stopped". What it has are the `ProcStop` and
`ProcSteal` of the Ps that had to give up their thread; the last of them before a P starts
again ends the stopping. Idle Ps write nothing and cost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from growwork.analysis.trace_columns import Column, EventColumns, StackTable
from growwork.analysis.types import Pause
from growwork.formats.gotrace import EventType

__all__ = ["PAUSE_EVENTS", "PauseScan"]

PAUSE_EVENTS = frozenset(
    {
        EventType.STW_BEGIN,
        EventType.STW_END,
        EventType.PROC_START,
        EventType.PROC_STOP,
        EventType.PROC_STEAL,
    }
)


@dataclass(frozen=True, slots=True)
class _Begin:
    time: int
    stack: int
    text: int


@dataclass(frozen=True, slots=True)
class _Range:
    begin: _Begin
    end: int
    goroutine: int
    stopping: int | None


class PauseScan:
    """Pairs the begin and end of every pause, generation by generation."""

    def __init__(self) -> None:
        self._open: dict[int, _Begin] = {}
        self._ranges: list[_Range] = []

    def add(self, events: EventColumns) -> None:
        """Take the events of the next generation."""
        ranges = events.of(EventType.STW_BEGIN, EventType.STW_END)
        if not len(ranges):
            return
        stops = events.of(EventType.PROC_STOP, EventType.PROC_STEAL).time
        starts = events.of(EventType.PROC_START).time
        carried = set(self._open)
        for index in range(len(ranges)):
            goroutine = int(ranges.goroutine[index])
            time = int(ranges.time[index])
            if ranges.type[index] == EventType.STW_BEGIN:
                begin = _Begin(time, int(ranges.stack[index]), int(ranges.text[index]))
                self._open[goroutine] = begin
                carried.discard(goroutine)
            elif goroutine in self._open:
                begin = self._open.pop(goroutine)
                # A pause that began in the generation before has its stops there.
                known = goroutine not in carried
                stopping = _stopping_ns(begin.time, time, stops, starts) if known else None
                self._ranges.append(_Range(begin, time, goroutine, stopping))

    def pauses(self, stacks: StackTable, texts: Sequence[str], origin_ns: int) -> tuple[Pause, ...]:
        """Every pause in order of its start; times count from `origin_ns`."""
        ordered = sorted(self._ranges, key=lambda one: (one.begin.time, one.goroutine))
        return tuple(
            Pause(
                kind=texts[one.begin.text],
                start_ns=one.begin.time - origin_ns,
                stopping_ns=one.stopping,
                duration_ns=one.end - one.begin.time,
                goroutine=one.goroutine,
                frames=stacks.frames(one.begin.stack),
            )
            for one in ordered
        )


def _stopping_ns(begin: int, end: int, stops: Column, starts: Column) -> int:
    first_start = int(np.searchsorted(starts, begin, side="right"))
    limit = end
    if first_start < len(starts):
        limit = min(end, int(starts[first_start]))
    last_stop = int(np.searchsorted(stops, limit, side="left")) - 1
    if last_stop < 0 or stops[last_stop] <= begin:
        return 0
    return int(stops[last_stop]) - begin
