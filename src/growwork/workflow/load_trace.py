"""A recording's execution trace, read generation by generation into its results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from growwork.analysis.gc_log_match import match_gc_log
from growwork.analysis.trace_columns import StackTable, columns_of
from growwork.analysis.trace_scan import SCANNED_EVENTS, TraceResults, TraceScan
from growwork.analysis.types import TraceInfo
from growwork.core.errors import FormatError
from growwork.formats.gctrace import GcTraceCycle, read_gctrace
from growwork.formats.gotrace import TraceReader
from growwork.rules.types import Limit
from growwork.store import ArtefactKind, Recording
from growwork.workflow.diagnose_limits import (
    log_not_matched_limit,
    missing_limit,
    trace_limits,
    truncated_trace_limit,
)

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["LoadedTrace", "load_trace", "scan_trace"]


@dataclass(frozen=True, slots=True)
class LoadedTrace:
    """The results of the trace, None where there is none that can be read."""

    info: TraceInfo | None
    results: TraceResults | None
    limits: tuple[Limit, ...]
    warnings: tuple[str, ...] = ()


def load_trace(recording: Recording) -> LoadedTrace:
    """Read the trace and the GC log; whatever is missing or broken becomes a limit."""
    kind = ArtefactKind.TRACE
    if not recording.has(kind):
        return LoadedTrace(None, None, (missing_limit(kind, recording.why_missing(kind)),))
    try:
        data = recording.mmap(kind) or b""
        info, results, problems = scan_trace(data, str(recording.folder / kind.file_name))
    except FormatError as error:
        return LoadedTrace(None, None, (missing_limit(kind, error.problem),), (str(error),))
    limits = list(trace_limits())
    if not info.complete:
        limits.insert(0, truncated_trace_limit(problems))
    results, log_limits, warnings = _with_gc_log(results, recording)
    return LoadedTrace(info, results, (*limits, *log_limits), (*problems, *warnings))


def scan_trace(data: Buffer, name: str) -> tuple[TraceInfo, TraceResults, tuple[str, ...]]:
    """One pass over a trace; the last part is what was lost, one line each.

    Raises `FormatError` when it is no trace or nothing of it can be read.
    """
    reader = TraceReader(data, name=name, event_types=SCANNED_EVENTS)
    scan = TraceScan()
    generations, complete = 0, True
    for generation in reader:
        scan.add(columns_of(generation.events))
        generations += 1
        complete = complete and generation.complete
    results = scan.results(StackTable(reader.frames()), reader.texts())
    info = TraceInfo(
        format=reader.header,
        duration_ns=results.duration_ns,
        events=reader.total_events,
        generations=generations,
        complete=complete and not reader.warnings,
    )
    return info, results, reader.warnings


def _with_gc_log(
    results: TraceResults, recording: Recording
) -> tuple[TraceResults, tuple[Limit, ...], tuple[str, ...]]:
    """The results with the CPU times of the GC log where it can be laid over the trace."""
    kind = ArtefactKind.GCTRACE
    if not recording.has(kind):
        return results, (missing_limit(kind, recording.why_missing(kind)),), ()
    try:
        data = recording.bytes(kind) or b""
        log = read_gctrace(data, source=str(recording.folder / kind.file_name))
    except FormatError as error:
        return results, (missing_limit(kind, error.problem),), (str(error),)
    matched = match_gc_log(results.cycles, _plain_cycles(log.cycles))
    if matched is None:
        limits = (log_not_matched_limit(),) if results.cycles else ()
        return results, limits, log.warnings
    return replace(results, cycles=matched), (), log.warnings


def _plain_cycles(cycles: tuple[GcTraceCycle, ...]) -> tuple[GcTraceCycle, ...]:
    """The cycles of one process: the log starts anew when a child writes to the same stderr."""
    result: list[GcTraceCycle] = []
    for cycle in cycles:
        if result and cycle.number <= result[-1].number:
            break
        result.append(cycle)
    return tuple(result)
