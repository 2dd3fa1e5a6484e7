"""Go execution traces (`runtime/trace`), formats 1.22 to 1.26, in and out."""

from growwork.formats.gotrace.reader import TraceReader, read_events
from growwork.formats.gotrace.scan import (
    HEAP_SCHEMA,
    HISTOGRAMS_SCHEMA,
    LONGEST_SCHEMA,
    RANGES_SCHEMA,
    SAMPLES_SCHEMA,
    SPANS_SCHEMA,
    TOTALS_SCHEMA,
    UTILIZATION_SCHEMA,
    ScannedGeneration,
    ScanOptions,
)
from growwork.formats.gotrace.scanner import TraceScanner
from growwork.formats.gotrace.spec import EventType
from growwork.formats.gotrace.text import read_text
from growwork.formats.gotrace.types import (
    EVENT_SCHEMA,
    FRAMES_SCHEMA,
    ClockSnapshot,
    Frame,
    Generation,
    TraceEvent,
)
from growwork.formats.gotrace.writer import GenerationSource, write_trace

__all__ = [
    "EVENT_SCHEMA",
    "FRAMES_SCHEMA",
    "HEAP_SCHEMA",
    "HISTOGRAMS_SCHEMA",
    "LONGEST_SCHEMA",
    "RANGES_SCHEMA",
    "SAMPLES_SCHEMA",
    "SPANS_SCHEMA",
    "TOTALS_SCHEMA",
    "UTILIZATION_SCHEMA",
    "ClockSnapshot",
    "EventType",
    "Frame",
    "Generation",
    "GenerationSource",
    "ScanOptions",
    "ScannedGeneration",
    "TraceEvent",
    "TraceReader",
    "TraceScanner",
    "read_events",
    "read_text",
    "write_trace",
]
