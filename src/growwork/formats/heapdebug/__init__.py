"""Heap profiles in the text form of `/debug/pprof/heap?debug=1`, and symbol answers."""

from growwork.formats.heapdebug.reader import read_heapdebug
from growwork.formats.heapdebug.symbols import SymbolNames, read_symbols
from growwork.formats.heapdebug.types import HeapDebug, MemStats, ProfileTotals
from growwork.formats.heapdebug.writer import write_heapdebug

__all__ = [
    "HeapDebug",
    "MemStats",
    "ProfileTotals",
    "SymbolNames",
    "read_heapdebug",
    "read_symbols",
    "write_heapdebug",
]
