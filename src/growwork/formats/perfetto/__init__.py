"""Perfetto's native trace format: a stream of `TracePacket` messages, out only.

Perfetto's own protos read it back; the tests hold the writer against them.
"""

from growwork.formats.perfetto.types import (
    CallFrame,
    ClockReading,
    Counter,
    Instants,
    Slices,
    Track,
)
from growwork.formats.perfetto.writer import PerfettoWriter

__all__ = [
    "CallFrame",
    "ClockReading",
    "Counter",
    "Instants",
    "PerfettoWriter",
    "Slices",
    "Track",
]
