"""What `growwork trace` says about one execution trace."""

from __future__ import annotations

from pathlib import Path

from growwork.analysis.trace.scan import TraceScan
from growwork.analysis.trace.types import TraceAnalysis, TraceWindow
from growwork.store.trace.files import open_trace
from growwork.workflow.trace_pass import pass_over

__all__ = ["analyse_trace"]


def analyse_trace(path: Path, window: TraceWindow | None = None) -> TraceAnalysis:
    """The analysis of a trace file, of a recording's trace, or of standard input (`-`).

    Raises `UsageError` when there is no such trace, `FormatError` when it cannot be read.
    """
    window = window or TraceWindow()
    file = open_trace(path)
    scan = TraceScan()
    end = pass_over(file, window, scan)
    return scan.analyse(file.name, window, end)
