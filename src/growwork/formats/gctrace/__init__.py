"""The runtime's GC trace: what GODEBUG=gctrace=1 prints on standard error."""

from growwork.formats.gctrace.reader import GcTrace, read_gctrace
from growwork.formats.gctrace.splitter import GcTraceSplitter, split
from growwork.formats.gctrace.types import GcTraceCycle
from growwork.formats.gctrace.writer import write_gctrace

__all__ = [
    "GcTrace",
    "GcTraceCycle",
    "GcTraceSplitter",
    "read_gctrace",
    "split",
    "write_gctrace",
]
