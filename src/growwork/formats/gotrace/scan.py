"""What a scan of a trace yields: the schemas of its tables, and its options."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from growwork.formats.gotrace.types import ClockSnapshot, build_schema

__all__ = [
    "HEAP_SCHEMA",
    "HISTOGRAMS_SCHEMA",
    "LONGEST_SCHEMA",
    "RANGES_SCHEMA",
    "SAMPLES_SCHEMA",
    "SPANS_SCHEMA",
    "TOTALS_SCHEMA",
    "UTILIZATION_SCHEMA",
    "ScanOptions",
    "ScannedGeneration",
]

# One row per range that ended. `kind` is the EventType of its begin; times are ns on the trace
# clock, clipped to the window. `off` is the part in which the goroutine was not running (assists
# and regions). `cut`: bit 0, it began before the trace or window (no stack then); bit 1, it did
# not end in it. By kind:
#   STW_BEGIN             text: its kind; arg0: ns until the last P gave up, 0 when none had to;
#                         arg1: the goroutine that stopped last, -1 for none; extra_stack: where
#   GC_BEGIN              the cycle up to the end of mark termination; arg0: sequence number;
#                         stack: whose allocation crossed the trigger
#   GC_SWEEP_BEGIN        on p; arg0: bytes swept, arg1: bytes reclaimed
#   GC_MARK_ASSIST_BEGIN  on g
#   GO_LABEL              a run of a mark worker, from its label until its goroutine stopped;
#                         text: the label; arg0: EventType of the stop; extra_stack: where
#   USER_REGION_BEGIN     on g; text: its name, arg0: its task
#   USER_TASK_BEGIN       text: its name; arg0: id, arg1: parent
RANGES_SCHEMA: pa.Schema = build_schema(
    kind=pa.uint8(),
    start=pa.int64(),
    end=pa.int64(),
    off=pa.int64(),
    m=pa.int64(),
    p=pa.int64(),
    g=pa.int64(),
    stack_id=pa.uint32(),
    text_id=pa.uint32(),
    arg0=pa.int64(),
    arg1=pa.int64(),
    extra_stack_id=pa.uint32(),
    cut=pa.uint8(),
)

# From `time` on, `gc_procs` of `procs` Ps do GC work: all of them while the world is stopped for
# the GC, else those in an assist, a sweep, or a dedicated or fractional mark worker.
UTILIZATION_SCHEMA: pa.Schema = build_schema(
    time=pa.int64(), gc_procs=pa.uint16(), procs=pa.uint16()
)

# Readings of the heap: `type` is HEAP_ALLOC, HEAP_GOAL (bytes) or PROCS_CHANGE (GOMAXPROCS).
HEAP_SCHEMA: pa.Schema = build_schema(time=pa.int64(), type=pa.uint8(), value=pa.int64())

# CPU profile samples; -1 for no P or G.
SAMPLES_SCHEMA: pa.Schema = build_schema(
    time=pa.int64(), m=pa.int64(), p=pa.int64(), g=pa.int64(), stack_id=pa.uint32()
)

# One row per time a goroutine spent in one state. `state` is the wire's number: 1 runnable,
# 2 running, 3 syscall, 4 waiting. `cause` is the EventType that began it, with its reason and its
# stack: of a GoUnblock or GoCreate the stack is that of whoever made the goroutine runnable.
# `end_stack_id` is where it ended, which for a run is where the goroutine stopped. `p` is the P
# of a run, -1 otherwise.
SPANS_SCHEMA: pa.Schema = build_schema(
    g=pa.int64(),
    state=pa.uint8(),
    cause=pa.uint8(),
    reason_id=pa.uint32(),
    start=pa.int64(),
    end=pa.int64(),
    stack_id=pa.uint32(),
    end_stack_id=pa.uint32(),
    p=pa.int64(),
)

# The longest spans of each state. `other_g` is who made the goroutine runnable, -1 for nobody.
LONGEST_SCHEMA: pa.Schema = SPANS_SCHEMA.append(pa.field("other_g", pa.int64(), nullable=False))

# All spans summed by what began them.
TOTALS_SCHEMA: pa.Schema = build_schema(
    state=pa.uint8(),
    cause=pa.uint8(),
    reason_id=pa.uint32(),
    stack_id=pa.uint32(),
    count=pa.int64(),
    total_ns=pa.int64(),
    max_ns=pa.int64(),
)

# Spans counted by duration, in buckets [low, high) of which eight double it.
HISTOGRAMS_SCHEMA: pa.Schema = build_schema(
    state=pa.uint8(),
    cause=pa.uint8(),
    reason_id=pa.uint32(),
    bucket=pa.uint16(),
    low_ns=pa.int64(),
    high_ns=pa.int64(),
    count=pa.int64(),
)


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What part of a trace to scan, and how."""

    start_ns: int | None = None  # of the window, on the trace clock; spans are clipped to it
    end_ns: int | None = None
    goroutine: int | None = None  # this one's spans, assists and regions alone
    region: str | None = None  # goroutines count only while in a user region of this name
    spans: bool = False  # make the table of all spans, which is large
    threads: int = 2  # 2: decode ahead on a second one
    longest: int = 2048  # rows of `longest` per state
    wait_reasons: tuple[str, ...] = ()  # waits that may enter `longest`; others are idleness


@dataclass(frozen=True, slots=True)
class ScannedGeneration:
    """What ended in one generation; the last one also has what was still open."""

    number: int
    complete: bool
    bytes: int  # of the file
    clock: ClockSnapshot | None
    ranges: pa.RecordBatch  # RANGES_SCHEMA, in order of their ends
    utilization: pa.RecordBatch  # UTILIZATION_SCHEMA
    heap: pa.RecordBatch  # HEAP_SCHEMA
    samples: pa.RecordBatch  # SAMPLES_SCHEMA
    spans: pa.RecordBatch  # SPANS_SCHEMA; empty unless asked for
