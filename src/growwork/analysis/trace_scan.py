"""Everything a diagnosis takes from an execution trace, in one pass over its generations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from growwork.analysis.assists import ASSIST_EVENTS, AssistScan, summarise_assists
from growwork.analysis.gc_cycles import CYCLE_EVENTS, CycleScan, assign_assists
from growwork.analysis.heap_timeline import HEAP_EVENTS, HeapScan
from growwork.analysis.pauses import PAUSE_EVENTS, PauseScan
from growwork.analysis.scan_end import ScanEnd
from growwork.analysis.trace_columns import EventColumns, StackTable
from growwork.analysis.trace_scores import TraceSamples, TraceScores
from growwork.analysis.types import Assist, AssistSummary, GcCycle, HeapPoint, Pause

__all__ = [
    "SCANNED_EVENTS",
    "WAIT_REASONS",
    "ScanEnd",
    "TraceResults",
    "TraceSamples",
    "TraceScan",
    "TraceScores",
]

# Waits that are no idleness: the goroutine would run, and the GC does not let it.
WAIT_REASONS = (
    "wait until GC ends",
    "GC mark assist wait for work",
    "GC weak to strong wait",
)

# What a reader has to deliver; leaving the other events out keeps a generation small.
_RARE_EVENTS = CYCLE_EVENTS | HEAP_EVENTS | PAUSE_EVENTS
SCANNED_EVENTS = ASSIST_EVENTS | _RARE_EVENTS


@dataclass(frozen=True, slots=True)
class TraceResults:
    """The results of one trace; times are nanoseconds since its first event."""

    start_ns: int  # of the first event, on the trace's own clock
    duration_ns: int
    pauses: tuple[Pause, ...]
    cycles: tuple[GcCycle, ...]
    assists: tuple[Assist, ...]
    summary: AssistSummary
    heap: tuple[HeapPoint, ...]


class TraceScan:
    """Feeds the generations of a trace to its analyses."""

    def __init__(self) -> None:
        self._pauses = PauseScan()
        self._cycles = CycleScan()
        self._assists = AssistScan()
        self._heap = HeapScan()
        self._first: int | None = None
        self._last = 0

    def add(self, events: EventColumns) -> None:
        """Take the events of the next generation."""
        if not len(events):
            return
        if self._first is None:
            self._first = int(events.time[0])
        self._last = int(events.time[-1])
        self._assists.add(events)
        # The others do without the scheduling of goroutines, which is most of a trace.
        rare = events.of(*_RARE_EVENTS)
        self._pauses.add(rare)
        self._cycles.add(rare)
        self._heap.add(rare)

    def results(self, stacks: StackTable, texts: Sequence[str]) -> TraceResults:
        """The results, once every generation was added."""
        origin = self._first or 0
        cycles = self._cycles.cycles(stacks, origin)
        assists = self._assists.assists(stacks, cycles, origin, self._last)
        paid = [(one.in_cycle, one.duration_ns) for one in assists]
        return TraceResults(
            start_ns=origin,
            duration_ns=self._last - origin,
            pauses=self._pauses.pauses(stacks, texts, origin),
            cycles=assign_assists(cycles, paid),
            assists=assists,
            summary=summarise_assists(assists),
            heap=self._heap.points(origin),
        )
