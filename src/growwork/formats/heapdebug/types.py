"""What a heap profile in text form holds (runtime/pprof/pprof.go, writeHeapInternal).

Counts are raw: the text form is not scaled by the sampling rate, unlike the proto form. Its
stacks have every program counter, those of the runtime included; the comment lines leave the
runtime's first frames out.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

__all__ = ["COMMENTS", "PCS", "RECORDS", "HeapDebug", "MemStats", "ProfileTotals"]

RECORDS = pa.schema(
    [
        pa.field("stack_id", pa.uint32(), nullable=False),
        pa.field("inuse_objects", pa.int64(), nullable=False),
        pa.field("inuse_bytes", pa.int64(), nullable=False),
        pa.field("alloc_objects", pa.int64(), nullable=False),
        pa.field("alloc_bytes", pa.int64(), nullable=False),
    ]
)

PCS = pa.schema(
    [
        pa.field("stack_id", pa.uint32(), nullable=False),
        pa.field("depth", pa.uint16(), nullable=False),  # 0: the leaf
        pa.field("pc", pa.uint64(), nullable=False),  # a return address
    ]
)

COMMENTS = pa.schema(
    [
        pa.field("stack_id", pa.uint32(), nullable=False),
        pa.field("position", pa.uint16(), nullable=False),  # among the stack's comment lines
        pa.field("pc", pa.uint64(), nullable=False),  # inside the call: return address - 1
        pa.field("function", pa.string(), nullable=False),  # type arguments as `[...]`
        pa.field("offset", pa.uint64(), nullable=False),  # of the pc in its function
        pa.field("file", pa.string(), nullable=False),
        pa.field("line", pa.uint32(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class ProfileTotals:
    """The sums of the header line, unscaled."""

    inuse_objects: int
    inuse_bytes: int
    alloc_objects: int
    alloc_bytes: int


@dataclass(frozen=True, slots=True)
class MemStats:
    """The `runtime.MemStats` that follow the records; exact where the records are sampled."""

    total_alloc_bytes: int
    mallocs: int
    frees: int
    heap_alloc_bytes: int
    heap_sys_bytes: int
    heap_idle_bytes: int
    heap_inuse_bytes: int
    heap_released_bytes: int
    heap_objects: int
    stack_inuse_bytes: int
    next_gc_bytes: int
    last_gc_ns: int  # since the Unix epoch, 0: no GC yet
    gc_cycles: int
    forced_gc_cycles: int
    gc_cpu_fraction: float
    max_rss_bytes: int | None  # None: the platform does not say
    values: tuple[tuple[str, str], ...]  # every line, as written


@dataclass(frozen=True, slots=True)
class HeapDebug:
    """A heap profile in text form.

    Tables are of the schemas `RECORDS`, `PCS` and `COMMENTS`. Records with the same stack share
    a `stack_id`; its comments are kept once.
    """

    rate: int  # bytes between samples (MemProfileRate); 1: every allocation; 0: none
    totals: ProfileTotals
    records: pa.Table
    pcs: pa.Table
    comments: pa.Table
    memstats: MemStats | None
    warnings: tuple[str, ...] = ()
