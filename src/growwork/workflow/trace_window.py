"""A scan of the part of a trace that was asked for, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from growwork.analysis.trace.types import TraceWindow
from growwork.formats.gotrace import ScannedGeneration, ScanOptions, TraceScanner
from growwork.store.trace.files import TraceFile

__all__ = ["read_generations", "scan_window"]


def scan_window(
    file: TraceFile, window: TraceWindow, options: ScanOptions | None = None
) -> TraceScanner:
    """A scanner of `file` with the window put into `options`.

    A window counts from the first event, a scanner takes times of the trace's clock. Raises as
    `TraceScanner` does.
    """
    chosen = replace(options or ScanOptions(), goroutine=window.goroutine, region=window.region)
    if window.from_ns is None and window.to_ns is None:
        return TraceScanner(file.data, name=file.name, options=chosen)
    origin_ns = TraceScanner(file.data, name=file.name, options=ScanOptions(threads=1)).origin_ns
    return TraceScanner(
        file.data,
        name=file.name,
        options=replace(
            chosen,
            start_ns=None if window.from_ns is None else origin_ns + window.from_ns,
            end_ns=None if window.to_ns is None else origin_ns + window.to_ns,
        ),
    )


def read_generations(file: TraceFile, scanner: TraceScanner) -> Iterator[ScannedGeneration]:
    """The generations of a scanner of `file`; what has been read of the file is given back."""
    read = 0
    for generation in scanner:
        yield generation
        read = file.release(read, scanner.position)
