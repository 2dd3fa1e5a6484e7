"""A recording's execution trace, read generation by generation into its results."""

from __future__ import annotations

from dataclasses import dataclass

from growwork.analysis.gc_log_cycles import cycles_of_log, heap_of_log
from growwork.analysis.gc_log_match import match_gc_log
from growwork.analysis.trace.scan import TraceResults, TraceScan
from growwork.analysis.trace.types import TraceWindow
from growwork.analysis.types import GcCycle, HeapPoint, TraceInfo
from growwork.core.errors import FormatError
from growwork.formats.gctrace import GcTraceCycle, read_gctrace
from growwork.rules.types import Limit
from growwork.store import ArtefactKind, Recording
from growwork.store.recording import Buffer
from growwork.store.trace.files import TraceFile
from growwork.workflow.diagnose_limits import (
    log_not_matched_limit,
    missing_limit,
    trace_limits,
    truncated_trace_limit,
)
from growwork.workflow.trace_pass import pass_over

__all__ = ["LoadedTrace", "load_trace"]


@dataclass(frozen=True, slots=True)
class LoadedTrace:
    """What the trace and the GC log say together.

    Without a trace that can be read `info` and `results` are None, and cycles and heap come
    from the log alone.
    """

    info: TraceInfo | None
    results: TraceResults | None
    cycles: tuple[GcCycle, ...]
    heap: tuple[HeapPoint, ...]
    limits: tuple[Limit, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Log:
    cycles: tuple[GcTraceCycle, ...]
    limits: tuple[Limit, ...]
    warnings: tuple[str, ...]


def load_trace(recording: Recording) -> LoadedTrace:
    """Read the trace and the GC log; whatever is missing or broken becomes a limit."""
    kind = ArtefactKind.TRACE
    log = _load_log(recording)
    if not recording.has(kind):
        return _from_log(log, recording.why_missing(kind))
    try:
        data = recording.mmap(kind) or b""
        info, results, problems = _scan(data, str(recording.folder / kind.file_name))
    except FormatError as error:
        return _from_log(log, error.problem, str(error))
    cut = () if info.complete else (truncated_trace_limit(problems),)
    matched = match_gc_log(results.cycles, log.cycles)
    unmatched = bool(results.cycles and log.cycles and matched is None)
    return LoadedTrace(
        info=info,
        results=results,
        cycles=matched or results.cycles,
        heap=results.heap,
        limits=(
            *cut,
            *trace_limits(),
            *log.limits,
            *((log_not_matched_limit(),) if unmatched else ()),
        ),
        warnings=(*problems, *log.warnings),
    )


def _from_log(log: _Log, why: str, *warnings: str) -> LoadedTrace:
    return LoadedTrace(
        info=None,
        results=None,
        cycles=cycles_of_log(log.cycles),
        heap=heap_of_log(log.cycles),
        limits=(missing_limit(ArtefactKind.TRACE, why), *log.limits),
        warnings=(*warnings, *log.warnings),
    )


def _scan(data: Buffer, name: str) -> tuple[TraceInfo, TraceResults, tuple[str, ...]]:
    """One pass over a trace; the last part is what was lost, one line each.

    Raises `FormatError` when it is no trace or nothing of it can be read.
    """
    scan = TraceScan()
    end = pass_over(TraceFile(name, data), TraceWindow(), scan)
    return end.info, scan.results(end), end.warnings


def _load_log(recording: Recording) -> _Log:
    kind = ArtefactKind.GCTRACE
    if not recording.has(kind):
        return _Log((), (missing_limit(kind, recording.why_missing(kind)),), ())
    try:
        data = recording.bytes(kind) or b""
        log = read_gctrace(data, source=str(recording.folder / kind.file_name))
    except FormatError as error:
        return _Log((), (missing_limit(kind, error.problem),), (str(error),))
    return _Log(_plain_cycles(log.cycles), (), log.warnings)


def _plain_cycles(cycles: tuple[GcTraceCycle, ...]) -> tuple[GcTraceCycle, ...]:
    """The cycles of one process: the log starts anew when a child writes to the same stderr."""
    result: list[GcTraceCycle] = []
    for cycle in cycles:
        if result and cycle.number <= result[-1].number:
            break
        result.append(cycle)
    return tuple(result)
