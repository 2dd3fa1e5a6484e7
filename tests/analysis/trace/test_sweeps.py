from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from growwork.analysis.trace.sweeps import DurationCounts, SweepScan
from growwork.formats.gotrace import EventType
from tests.analysis.trace.scan_tables import Tables


@given(st.lists(st.integers(0, 2**53), min_size=1, max_size=50))
def test_a_bucket_bound_is_above_its_durations_and_at_most_an_eighth_too_high(
    durations: list[int],
) -> None:
    counts = DurationCounts()
    counts.add(np.array(durations, dtype=np.int64))
    bounds, numbers = counts.buckets()
    assert bounds.tolist() == sorted(set(bounds.tolist()))
    assert int(numbers.sum()) == len(durations)
    ranks = np.repeat(bounds, numbers).tolist()
    for duration, bound in zip(sorted(durations), ranks, strict=True):
        assert duration < bound <= max(duration + 1, duration * 9 / 8)


def test_sweeps_add_up_over_generations_and_per_stack() -> None:
    sweeps = SweepScan()
    for generation in (
        Tables().sweep(100, 110, stack_id=3, arg0=8192, arg1=4096).assist(0, 50),
        Tables().sweep(200, 205, stack_id=1, arg0=8192).sweep(300, 330, stack_id=3),
        Tables(),
    ):
        sweeps.add(generation.columns().of(EventType.GC_SWEEP_BEGIN))
    assert (sweeps.count, sweeps.total_ns, sweeps.max_ns) == (3, 45, 30)
    assert (sweeps.swept_bytes, sweeps.reclaimed_bytes) == (16384, 4096)
    assert [column.tolist() for column in sweeps.by_stack()] == [[1, 3], [1, 2], [5, 40], [5, 30]]


def test_no_sweeps_are_no_stacks() -> None:
    sweeps = SweepScan()
    assert [len(column) for column in sweeps.by_stack()] == [0, 0, 0, 0]
    assert [len(column) for column in sweeps.counts.buckets()] == [0, 0]
