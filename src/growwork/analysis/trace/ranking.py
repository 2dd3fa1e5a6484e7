"""Which of many traces has the worst pause, assist or latency."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from growwork.analysis.trace.scores import TraceScores
    from growwork.analysis.trace.types import TraceWindow

__all__ = ["RankBy", "RankedTrace", "TraceRanking", "UnreadTrace", "rank_traces"]


class RankBy(Enum):
    """What makes a trace bad."""

    PAUSE = "pause"  # its longest stop-the-world pause
    ASSIST = "assist"  # its longest mark assist
    LATENCY = "latency"  # the longest that a goroutine was runnable before it ran


@dataclass(frozen=True, slots=True)
class RankedTrace:
    """One trace that could be read."""

    name: str
    scores: TraceScores
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnreadTrace:
    """One that could not, and why."""

    name: str
    error: str


@dataclass(frozen=True, slots=True)
class TraceRanking:
    """Everything `growwork trace --rank` says."""

    by: RankBy
    window: TraceWindow
    traces: tuple[RankedTrace, ...]  # worst first
    unread: tuple[UnreadTrace, ...]  # in the order of their names
    warnings: tuple[str, ...]


def rank_traces(
    by: RankBy, window: TraceWindow, read: Iterable[RankedTrace], unread: Iterable[UnreadTrace]
) -> TraceRanking:
    """Order the traces, worst first; equal ones by their totals, then by name."""
    ranked = sorted(read, key=lambda trace: (*_WORST[by](trace.scores), trace.name))
    failed = sorted(unread, key=lambda trace: (trace.name, trace.error))
    warnings = [warning for trace in ranked for warning in trace.warnings]
    warnings += [f"not read: {trace.error}" for trace in failed]
    return TraceRanking(by, window, tuple(ranked), tuple(failed), tuple(warnings))


_WORST: dict[RankBy, Callable[[TraceScores], tuple[int, int]]] = {
    RankBy.PAUSE: lambda scores: (-scores.pause_max_ns, -scores.pause_total_ns),
    RankBy.ASSIST: lambda scores: (-scores.assist_max_ns, -scores.assist_total_ns),
    RankBy.LATENCY: lambda scores: (-scores.latency_max_ns, -scores.latency_p99_ns),
}
