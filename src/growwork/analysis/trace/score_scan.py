"""A scan that keeps what a ranking needs and nothing else: many files have to be quick."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from growwork.analysis.trace.assists import AssistScan
from growwork.analysis.trace.columns import range_columns
from growwork.analysis.trace.pauses import PauseScan
from growwork.analysis.trace.scan import TraceScan
from growwork.analysis.trace.scores import TraceScores, take_scores
from growwork.formats.gotrace import EventType

if TYPE_CHECKING:
    from growwork.analysis.trace.scan_end import ScanEnd
    from growwork.analysis.trace.types import TraceWindow
    from growwork.formats.gotrace import ScannedGeneration

__all__ = ["ScoreScan"]


class ScoreScan:
    """As `TraceScan`, for `scores` alone; these are the same."""

    def __init__(self) -> None:
        self._assists = AssistScan()
        self._pauses = PauseScan()

    def add(self, generation: ScannedGeneration) -> None:
        """Take the pauses and assists of the next generation."""
        ranges = range_columns(generation.ranges)
        self._assists.add(ranges.of(EventType.GC_MARK_ASSIST_BEGIN))
        self._pauses.add(ranges.of(EventType.STW_BEGIN))

    def scores(self, end: ScanEnd, window: TraceWindow) -> TraceScores:
        """The worst of the trace, once every generation was added."""
        trace = replace(
            TraceScan().trace(end, window),
            assists=self._assists.columns(),
            pauses=self._pauses.columns(end.texts, end.last_ns),
        )
        return take_scores(trace, end)
