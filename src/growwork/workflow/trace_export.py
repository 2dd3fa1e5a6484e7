"""A trace in the formats of other tools: pprof, Perfetto, Parquet; for `growwork trace`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from growwork.analysis.trace.types import TraceWindow
from growwork.formats.gotrace import ScanOptions
from growwork.formats.pprof import write_profile
from growwork.report.trace.perfetto import TracePerfetto
from growwork.report.trace.pprof import ProfileKind, build_profile, rows_of_totals
from growwork.report.trace.pprof_ranges import RangeSums
from growwork.store.parquet_folder import write_parquet_folder
from growwork.store.trace.files import open_trace
from growwork.store.trace.lookups import TraceLookups
from growwork.store.trace.stream import stream_tables
from growwork.store.trace.tables import TABLES
from growwork.workflow.trace_window import read_generations, scan_window

if TYPE_CHECKING:
    from growwork.formats.gotrace import ClockSnapshot, TraceScanner

__all__ = ["ProfileKind", "export_parquet", "export_perfetto", "export_pprof"]

_OF_RANGES = frozenset({ProfileKind.ASSIST, ProfileKind.STW})


def export_pprof(
    path: Path, window: TraceWindow, kind: ProfileKind, out: BinaryIO
) -> tuple[str, ...]:
    """Write one profile of a trace, gzipped; returns what was lost of the trace.

    `path` is a trace, a recording or `-`. Memory is that of one generation and of the distinct
    stacks. Raises `UsageError` when there is no trace, `FormatError` when it cannot be read.
    """
    file = open_trace(path)
    scanner = scan_window(file, window)
    lookups = TraceLookups(scanner)
    ranges = RangeSums(kind, lookups) if kind in _OF_RANGES else None
    clock: ClockSnapshot | None = None
    for generation in read_generations(file, scanner):
        clock = clock or generation.clock
        if ranges is not None:
            ranges.add(generation)
    texts = scanner.texts()
    rows = ranges.rows() if ranges else rows_of_totals(kind, scanner.totals(), texts)
    start_ns, end_ns = _extent(scanner, window)
    profile = build_profile(
        kind,
        rows,
        scanner.frames(),
        time_ns=0 if clock is None else clock.wall_ns + start_ns - clock.trace_ns,
        duration_ns=end_ns - start_ns,
    )
    out.write(write_profile(profile))
    return scanner.warnings


def export_perfetto(path: Path, window: TraceWindow, out: BinaryIO) -> tuple[str, ...]:
    """Write a trace in Perfetto's native format, generation by generation; else as above."""
    file = open_trace(path)
    scanner = scan_window(file, window, ScanOptions(spans=True))
    perfetto = TracePerfetto(scanner, out)
    for generation in read_generations(file, scanner):
        perfetto.add(generation)
    return scanner.warnings


def export_parquet(path: Path, window: TraceWindow, folder: Path) -> tuple[str, ...]:
    """Write every table of a trace into a new folder, a Parquet file for each; else as above.

    Raises `UsageError` also when there is something in the folder.
    """
    names = frozenset(TABLES)
    file = open_trace(path)
    scanner = scan_window(file, window, ScanOptions(spans=True))
    generations = read_generations(file, scanner)
    write_parquet_folder(stream_tables(scanner, generations, names), names, folder)
    return scanner.warnings


def _extent(scanner: TraceScanner, window: TraceWindow) -> tuple[int, int]:
    """First and last moment of the window, on the trace's clock."""
    origin_ns, last_ns = scanner.origin_ns, scanner.last_ns
    start_ns = origin_ns if window.from_ns is None else origin_ns + window.from_ns
    end_ns = last_ns if window.to_ns is None else min(last_ns, origin_ns + window.to_ns)
    return start_ns, max(start_ns, end_ns)
