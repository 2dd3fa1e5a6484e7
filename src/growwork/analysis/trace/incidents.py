"""Incidents: intervals in which goroutines lost time in one way, before they are explained.

What happened to several goroutines at the same time in the same way is one incident, named
after the goroutine that lost most. Of each way only the longest are looked at. A goroutine that
waits for work loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from growwork.analysis.trace.assist_bursts import Bursts
from growwork.analysis.trace.columns import Column
from growwork.analysis.trace.gc_cycles import forces_cycle
from growwork.analysis.trace.intervals import overlap
from growwork.analysis.trace.types import GoroutineState
from growwork.analysis.trace.whole_trace import WholeTrace

__all__ = [
    "ASSIST",
    "ASSIST_WAIT",
    "FORCED_GC",
    "GC_WAIT",
    "GROWTH",
    "LONG_RUN",
    "LONG_RUN_NS",
    "RUNNABLE",
    "STW",
    "Incident",
    "find_incidents",
]

Flags = npt.NDArray[np.bool_]

ASSIST = "assist"
GROWTH = "growth"  # an assist inside the growth of a map
FORCED_GC = "forced gc"
GC_WAIT = "gc wait"
LONG_RUN = "long run"
RUNNABLE = "runnable"
STW = "stw"

_LOOKED_AT = 64  # of each way
_COMPARED = 4096  # losses of one way that are put together
ASSIST_WAIT = "GC mark assist wait for work"  # lies within an assist
# sysmon asks a goroutine to stop after 10 ms (runtime/proc.go, forcePreemptNS) and looks every
# 10 ms at the latest. One that runs for longer than both did not stop when it was asked to, or
# its thread was not running.
LONG_RUN_NS = 25_000_000


@dataclass(frozen=True, slots=True)
class Incident:
    """One way of losing time, in one interval; times are the trace's own."""

    kind: str
    start: int
    end: int
    lost: int  # by the goroutine that lost most
    goroutine: int
    affected: int  # goroutines that lost time so, 0 when all did
    stack_id: int
    place: int  # of the pause, or of what else it was made from, in its columns; -1 for none

    @property
    def duration(self) -> int:
        """From start to end."""
        return self.end - self.start

    def shared(self, other: Incident) -> int:
        """By how much the two overlap."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class _Losses:
    """Candidates of one kind; `where` are their places in the columns they come from."""

    kind: str
    start: Column
    end: Column
    lost: Column
    g: Column
    stack_id: Column
    where: Column

    def greatest(self, count: int) -> _Losses:
        """The greatest losses, greatest first."""
        rows = np.arange(len(self.lost))
        if len(rows) > count:
            rows = np.sort(np.argpartition(self.lost, -count)[-count:])
        rows = rows[np.argsort(-self.lost[rows], kind="stable")]
        columns = (self.start, self.end, self.lost, self.g, self.stack_id, self.where)
        return _Losses(self.kind, *(one[rows] for one in columns))


def find_incidents(trace: WholeTrace, bursts: Bursts) -> list[Incident]:
    """All incidents that are long enough to be looked at, in no order."""
    return [
        *_assists(bursts),
        *_pauses(trace),
        *_runnable(trace),
        *_long_runs(trace),
        *_forced_cycles(trace),
        *_gc_waits(trace),
    ]


def _assists(bursts: Bursts) -> Iterator[Incident]:
    for kind, rows in (
        (GROWTH, np.flatnonzero(bursts.is_growth)),
        (ASSIST, np.flatnonzero(~bursts.is_growth)),
    ):
        yield from _merged(
            _Losses(
                kind,
                start=bursts.start[rows],
                end=bursts.end[rows],
                lost=bursts.lost[rows],
                g=bursts.g[rows],
                stack_id=bursts.stack_id[rows],
                where=rows,
            )
        )


def _pauses(trace: WholeTrace) -> Iterator[Incident]:
    pauses = trace.pauses
    for row in np.argsort(-pauses.duration, kind="stable")[:_LOOKED_AT].tolist():
        start, end = int(pauses.start[row]), int(pauses.ranges.end[row])
        stack = int(pauses.ranges.stack_id[row])
        yield Incident(STW, start, end, end - start, -1, 0, stack, row)


def _runnable(trace: WholeTrace) -> Iterator[Incident]:
    longest = trace.longest
    # That a goroutine of the runtime waits is nobody's loss.
    lost = (longest.state == GoroutineState.RUNNABLE) & ~np.isin(longest.g, _of_runtime(trace))
    yield from _merged(_spans(RUNNABLE, trace, longest.stack_id, lost))


def _long_runs(trace: WholeTrace) -> Iterator[Incident]:
    longest = trace.longest
    long = (longest.state == GoroutineState.RUNNING) & (longest.duration >= LONG_RUN_NS)
    # A mark worker is there to run, and makes room when a goroutine wants its P.
    mine = long & ~np.isin(longest.g, trace.workers.goroutines) & ~_stopping_the_world(trace)
    yield from _merged(_spans(LONG_RUN, trace, longest.end_stack_id, mine))


def _stopping_the_world(trace: WholeTrace) -> Flags:
    """Which spans are mostly a pause their own goroutine asked for: it counts as running then."""
    longest, pauses = trace.longest, trace.pauses
    found = np.zeros(len(longest.g), dtype=np.bool_)
    for row in np.flatnonzero(2 * pauses.duration >= LONG_RUN_NS).tolist():
        start, end = int(pauses.start[row]), int(pauses.ranges.end[row])
        within = overlap(longest.start, longest.end, start, end)
        found |= (longest.g == int(pauses.ranges.g[row])) & (2 * within >= longest.duration)
    return found


def _forced_cycles(trace: WholeTrace) -> Iterator[Incident]:
    """Cycles the program asked for, until the goroutine that asked goes on."""
    cycles = trace.cycles.ranges
    forced = np.flatnonzero(trace.sites.has(cycles.stack_id, forces_cycle))
    waits = trace.longest.at(np.flatnonzero(_is_gc_wait(trace)))
    lengths = (cycles.end - cycles.start)[forced]
    for row in forced[np.argsort(-lengths, kind="stable")][:_LOOKED_AT].tolist():
        start, end, g = (int(one[row]) for one in (cycles.start, cycles.end, cycles.g))
        during = overlap(waits.start, waits.end, start, end) > 0
        own = during & (waits.g == g)
        end = max(end, int(waits.end[own].max(initial=end)))
        affected = len(np.unique(np.append(waits.g[during], g)))
        stack = int(cycles.stack_id[row])
        yield Incident(FORCED_GC, start, end, end - start, g, affected, stack, row)


def _gc_waits(trace: WholeTrace) -> Iterator[Incident]:
    yield from _merged(_spans(GC_WAIT, trace, trace.longest.stack_id, _is_gc_wait(trace)))


def _is_gc_wait(trace: WholeTrace) -> Flags:
    """Which spans are waits for the GC that are no part of an assist."""
    longest = trace.longest
    inside = [place for place, text in enumerate(trace.texts) if text == ASSIST_WAIT]
    waiting = longest.state == GoroutineState.WAITING
    found: Flags = waiting & ~np.isin(longest.reason_id, inside)
    return found


def _of_runtime(trace: WholeTrace) -> Column:
    """Goroutines of the runtime itself, by what is at the bottom of their own stacks."""
    longest = trace.longest
    ran = longest.state == GoroutineState.RUNNING
    waited = longest.state == GoroutineState.WAITING
    stacks = np.where(ran, longest.end_stack_id, np.where(waited, longest.stack_id, 0))
    mine = trace.sites.has_root(stacks, _is_runtime_goroutine)
    return np.union1d(longest.g[mine], trace.workers.goroutines)


def _spans(kind: str, trace: WholeTrace, stack_id: Column, chosen: Flags) -> _Losses:
    rows = np.flatnonzero(chosen)
    spans = trace.longest.at(rows)
    return _Losses(kind, spans.start, spans.end, spans.duration, spans.g, stack_id[rows], rows)


def _merged(losses: _Losses) -> Iterator[Incident]:
    """The greatest loss, with all of which it covers half; of the others the same again."""
    losses = losses.greatest(_COMPARED)
    left = np.ones(len(losses.lost), dtype=np.bool_)
    for row in range(min(_LOOKED_AT, len(losses.lost))):
        if not left[row]:
            continue
        start, end = int(losses.start[row]), int(losses.end[row])
        shared = overlap(losses.start, losses.end, start, end)
        same = (shared > 0) & (2 * shared >= losses.end - losses.start)
        same[row] = True
        left &= ~same
        yield Incident(
            kind=losses.kind,
            start=start,
            end=end,
            lost=int(losses.lost[row]),
            goroutine=int(losses.g[row]),
            affected=len(np.unique(losses.g[same])),
            stack_id=int(losses.stack_id[row]),
            place=int(losses.where[row]),
        )


def _is_runtime_goroutine(root: str) -> bool:
    """Whether a goroutine that begins in this function belongs to the runtime."""
    return root.startswith(_RUNTIME_ROOTS) and root not in _PROGRAM_ROOTS


_RUNTIME_ROOTS = ("runtime.", "runtime/trace.", "runtime/pprof.")
_PROGRAM_ROOTS = frozenset({"runtime.main", "runtime.goexit"})  # main.main runs below the first
