"""Whole traces made of test tables, for the analyses at the end of a scan."""

from __future__ import annotations

from growwork.analysis.trace.scan import TraceScan
from growwork.analysis.trace.whole_trace import WholeTrace
from tests.analysis.trace.scan_tables import End, Tables


def whole_trace(end: End, *generations: Tables) -> WholeTrace:
    """What is known once all generations were added; texts are those of `end`."""
    scan = TraceScan()
    for number, generation in enumerate(generations, start=1):
        scan.add(generation.scanned(number))
    return scan.trace(end.scan_end(len(generations)))
