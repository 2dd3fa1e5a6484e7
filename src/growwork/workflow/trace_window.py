"""A scan of the part of a trace that was asked for."""

from __future__ import annotations

from dataclasses import replace

from growwork.analysis.trace_types import TraceWindow
from growwork.formats.gotrace import ScanOptions, TraceScanner
from growwork.store.trace_files import TraceFile

__all__ = ["scan_window"]


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
