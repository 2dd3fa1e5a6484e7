"""What a scanner has once it is through a trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from growwork.analysis.trace.columns import StackTable
from growwork.analysis.types import TraceInfo

__all__ = ["ScanEnd"]


@dataclass(frozen=True, slots=True)
class ScanEnd:
    """The whole-trace tables and facts, to go with the generations that were added before."""

    first_ns: int  # of the file, on the trace's own clock, whatever the window
    last_ns: int
    events: int
    generations: int
    complete: bool
    header: str
    totals: pa.Table  # TOTALS_SCHEMA
    histograms: pa.Table  # HISTOGRAMS_SCHEMA
    longest: pa.Table  # LONGEST_SCHEMA
    stacks: StackTable
    texts: Sequence[str]
    warnings: tuple[str, ...]

    @property
    def info(self) -> TraceInfo:
        """What the file is."""
        return TraceInfo(
            format=self.header,
            duration_ns=self.last_ns - self.first_ns,
            events=self.events,
            generations=self.generations,
            complete=self.complete,
        )
