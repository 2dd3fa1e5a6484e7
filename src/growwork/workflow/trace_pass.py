"""One pass over a trace: its generations into a scan, and what goes with them at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from growwork.analysis.trace.columns import StackTable
from growwork.analysis.trace.scan import WAIT_REASONS
from growwork.analysis.trace.scan_end import ScanEnd
from growwork.formats.gotrace import ScanOptions
from growwork.workflow.trace_window import read_generations, scan_window

if TYPE_CHECKING:
    from collections.abc import Callable

    from growwork.analysis.trace.types import TraceWindow
    from growwork.formats.gotrace import ScannedGeneration, TraceScanner
    from growwork.store.trace.files import TraceFile

__all__ = ["Accumulator", "pass_over"]


class Accumulator(Protocol):
    """What takes the generations of a trace, one after the other."""

    def add(self, generation: ScannedGeneration) -> None:
        """Take the next one."""


def pass_over(
    file: TraceFile,
    window: TraceWindow,
    scan: Accumulator,
    *,
    threads: int = 2,
    after_each: Callable[[TraceScanner], None] | None = None,
) -> ScanEnd:
    """Feed the window of a trace to `scan`; memory is that of one generation.

    `after_each` sees the scanner after every generation.

    Raises `FormatError` when it is no trace or nothing of it can be read, `UnsupportedVersion`
    when its format is too old or too new.
    """
    scanner = scan_window(file, window, ScanOptions(threads=threads, wait_reasons=WAIT_REASONS))
    generations, complete = 0, True
    for generation in read_generations(file, scanner):
        scan.add(generation)
        generations += 1
        complete = complete and generation.complete
        if after_each is not None:
            after_each(scanner)
    return _end(scanner, window, generations, complete=complete)


def _end(
    scanner: TraceScanner, window: TraceWindow, generations: int, *, complete: bool
) -> ScanEnd:
    totals = scanner.totals()
    return ScanEnd(
        first_ns=scanner.first_ns,
        last_ns=scanner.last_ns,
        events=scanner.total_events,
        generations=generations,
        complete=complete and not scanner.warnings,
        header=scanner.header,
        totals=totals,
        histograms=scanner.histograms(),
        longest=scanner.longest(),
        stacks=StackTable(scanner.frames()),
        texts=scanner.texts(),
        warnings=(*scanner.warnings, *_window_warnings(scanner, window, totals.num_rows)),
    )


def _window_warnings(scanner: TraceScanner, window: TraceWindow, rows: int) -> tuple[str, ...]:
    """What was asked for and is not there: an empty result must not look like a calm one."""
    length_ns = scanner.last_ns - scanner.first_ns
    if window.from_ns is not None and window.from_ns > length_ns:
        return (f"the window begins behind the end of the trace, which is {length_ns} ns long",)
    if rows or window.is_whole:
        return ()
    if window.goroutine is not None:
        return (f"goroutine {window.goroutine} does nothing in this part of the trace",)
    if window.region is not None:
        return ("no goroutine is in a region of this name in this part of the trace",)
    return ()
