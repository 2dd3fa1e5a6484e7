"""What a ranking and a comparison of traces need: a few numbers, and the durations behind them."""

from __future__ import annotations

from dataclasses import dataclass

from growwork.analysis.trace_columns import Column

__all__ = ["TraceSamples", "TraceScores"]


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
