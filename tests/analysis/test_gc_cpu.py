"""Which part of a CPU profile is garbage collection."""

from __future__ import annotations

import pyarrow as pa

from growwork.analysis.gc_cpu import GcCpu, gc_cpu
from growwork.formats.pprof import Profile, ValueType, read_profile, write_profile
from growwork.formats.pprof.types import FRAMES, LABELS

STACKS = {
    1: ("runtime.scanobject", "runtime.gcDrain", "runtime.gcBgMarkWorker"),
    2: ("runtime.gcDrainN", "runtime.gcAssistAlloc", "runtime.mallocgc", "main.fill"),
    3: ("main.fill", "main.main"),
}


def cpu_profile(spent: dict[int, int], *, kind: str = "cpu") -> Profile:
    frames = [
        (stack, depth, 16 * stack + depth, function, "f.go", 1, False, 0, None)
        for stack, functions in STACKS.items()
        for depth, function in enumerate(functions)
    ]
    columns = list(zip(*frames, strict=True))
    types = (ValueType("samples", "count"), ValueType(kind, "nanoseconds"))
    samples = pa.table(
        {
            "sample_id": pa.array(range(len(spent)), pa.uint32()),
            "stack_id": pa.array(spent, pa.uint32()),
            "samples": pa.array([1] * len(spent), pa.int64()),
            kind: pa.array(spent.values(), pa.int64()),
            "bytes": pa.nulls(len(spent), pa.int64()),
        }
    )
    profile = Profile(
        sample_types=types,
        period=10_000_000,
        period_type=types[1],
        time_ns=0,
        duration_ns=1,
        samples=samples,
        frames=pa.table(
            [pa.array(column, field.type) for column, field in zip(columns, FRAMES, strict=True)],
            schema=FRAMES,
        ),
        labels=LABELS.empty_table(),
    )
    return read_profile(write_profile(profile))


def test_background_marking_and_assists_count_and_the_program_does_not() -> None:
    assert gc_cpu([cpu_profile({1: 30, 2: 20, 3: 50})]) == GcCpu(100, 50, 3)


def test_segments_add_up() -> None:
    assert gc_cpu([cpu_profile({1: 30}), cpu_profile({3: 5})]) == GcCpu(35, 30, 2)


def test_an_empty_segment_and_another_profile_count_nothing() -> None:
    assert gc_cpu([cpu_profile({}), cpu_profile({1: 9}, kind="delay")]) == GcCpu(0, 0, 0)
