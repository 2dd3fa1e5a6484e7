"""What a ranking and a comparison of traces need: a few numbers, and the durations behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from growwork.analysis.trace.columns import Column, integers
from growwork.analysis.trace.latencies import RUNNABLE, SWEEP, state_buckets
from growwork.analysis.trace.quantiles import quantiles_of_counts
from growwork.analysis.trace.scan_end import ScanEnd
from growwork.analysis.trace.types import GoroutineState
from growwork.analysis.trace.whole_trace import WholeTrace
from growwork.analysis.types import StackFrame

__all__ = ["TraceSamples", "TraceScores", "take_samples", "take_scores"]


@dataclass(frozen=True, slots=True)
class TraceSamples:
    """The durations of one trace, in order of time; int64 ns."""

    pauses_by_kind: dict[str, Column]
    stopping: Column  # ns until the world had stopped, per pause
    assists: Column  # wall time of each assist
    assist_growth: Column  # of those inside map growth
    cycles: Column  # finished GC cycles, from their start to the end of marking
    assist_ns_per_second: Column  # per generation
    histograms: dict[str, tuple[Column, Column]]  # kind of latency -> (upper bounds, counts)
    duration_ns: int  # of the part that was scanned


@dataclass(frozen=True, slots=True)
class TraceScores:
    """The worst of one trace."""

    pause_max_ns: int
    pause_total_ns: int
    pause_kind: str  # of the longest pause, empty without pauses
    assist_max_ns: int
    assist_total_ns: int
    assist_site: str  # the line that paid most, `function file:line`; empty without assists
    assist_growth_ns: int
    latency_max_ns: int  # from being runnable until running
    latency_p99_ns: int
    latency_site: str  # where the goroutine of the longest was made runnable
    duration_ns: int
    events: int


def take_samples(trace: WholeTrace, end: ScanEnd, assist_ns_per_second: Column) -> TraceSamples:
    """The durations of a scanned trace."""
    pauses, cycles, assists = trace.pauses, trace.cycles, trace.assists
    histograms = state_buckets(end.histograms, end.texts)
    if trace.sweeps.count:
        histograms[SWEEP] = trace.sweeps.counts.buckets()
    cycle_ns = cycles.ranges.end - cycles.ranges.start
    return TraceSamples(
        pauses_by_kind={
            kind: pauses.duration[pauses.of_kind(kind)] for kind in sorted(set(pauses.kinds))
        },
        stopping=pauses.stopping[pauses.stopping >= 0],
        assists=assists.duration,
        assist_growth=assists.duration[trace.sites.is_growth(assists.stack_id)],
        cycles=cycle_ns[cycles.ranges.cut == 0],
        assist_ns_per_second=assist_ns_per_second,
        histograms=histograms,
        duration_ns=trace.end_ns - trace.start_ns,
    )


def take_scores(trace: WholeTrace, end: ScanEnd) -> TraceScores:
    """The worst of a scanned trace."""
    pauses, assists = trace.pauses, trace.assists
    longest = int(np.argmax(pauses.duration)) if len(pauses) else None
    buckets = state_buckets(end.histograms, end.texts).get(RUNNABLE, (assists.start[:0],) * 2)
    waits = trace.longest.of(GoroutineState.RUNNABLE)
    latency_max = int(integers(end.totals, "max_ns")[_is_runnable(end)].max(initial=0))
    return TraceScores(
        pause_max_ns=0 if longest is None else int(pauses.duration[longest]),
        pause_total_ns=int(pauses.duration.sum()),
        pause_kind="" if longest is None else pauses.kinds[longest],
        assist_max_ns=int(assists.duration.max(initial=0)),
        assist_total_ns=int(assists.duration.sum()),
        assist_site=_costliest_line(trace) if len(assists) else "",
        assist_growth_ns=int(assists.duration[trace.sites.is_growth(assists.stack_id)].sum()),
        latency_max_ns=latency_max,
        latency_p99_ns=quantiles_of_counts(*buckets, latency_max).p99_ns,
        latency_site=_line(trace, waits.stack_id[np.argmax(waits.duration)]) if len(waits) else "",
        duration_ns=trace.end_ns - trace.start_ns,
        events=end.events,
    )


def _is_runnable(end: ScanEnd) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = integers(end.totals, "state") == GoroutineState.RUNNABLE
    return found


def _costliest_line(trace: WholeTrace) -> str:
    """The line that paid most assist."""
    paid = np.bincount(trace.assists.stack_id, weights=trace.assists.duration)
    stacks = np.flatnonzero(paid)
    places, frames = trace.sites.lines(stacks)
    return _words(frames[int(np.argmax(np.bincount(places, weights=paid[stacks])))])


def _line(trace: WholeTrace, stack_id: int) -> str:
    return _words(trace.sites.frame(stack_id)) if stack_id else ""


def _words(frame: StackFrame) -> str:
    return f"{frame.function} {frame.file}:{frame.line}" if frame.file else frame.function
