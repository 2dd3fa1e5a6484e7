from __future__ import annotations

import numpy as np

from growwork.analysis.trace.heap_readings import HeapReadings, heap_columns
from tests.analysis.trace.scan_tables import Tables


def readings(*generations: Tables) -> HeapReadings:
    heap = HeapReadings()
    for generation in generations:
        heap.add(heap_columns(generation.scanned().heap))
    return heap


TWO = (
    Tables().heap_goal(100, 4096).heap_alloc(110, 1000).heap_alloc(120, 1500),
    Tables().heap_alloc(130, 700).heap_alloc(140, 900).heap_goal(145, 2048),
)


def test_sizes_and_goals_are_the_last_before_a_time() -> None:
    heap = readings(*TWO)
    times = np.array([50, 115, 120, 135, 146, 999])
    assert heap.size_before(times).tolist() == [1000, 1000, 1000, 700, 900, 900]
    assert heap.goal_before(times).tolist() == [0, 4096, 4096, 4096, 2048, 2048]


def test_allocation_is_what_the_heap_rises_by() -> None:
    heap = readings(*TWO)
    assert heap.allocated_bytes == 500 + 200
    begins, ends = np.array([100, 115, 125]), np.array([200, 125, 135])
    assert heap.allocated_within(begins, ends).tolist() == [700, 500, 0]


def test_what_was_forgotten_changes_no_later_answer() -> None:
    heap = readings(*TWO)
    heap.forget_before(135)
    assert heap.size_before(np.array([136, 141])).tolist() == [700, 900]
    assert heap.goal_before(np.array([136, 150])).tolist() == [4096, 2048]
    assert heap.allocated_within(np.array([135]), np.array([150])).tolist() == [200]
    heap.add(heap_columns(Tables().heap_alloc(160, 1000).scanned().heap))
    assert heap.allocated_bytes == 800


def test_without_readings_everything_is_zero() -> None:
    heap = readings(Tables())
    times = np.array([5])
    assert heap.size_before(times).tolist() == [0]
    assert heap.goal_before(times).tolist() == [0]
    assert heap.allocated_within(times, times).tolist() == [0]
    assert heap.allocated_bytes == 0
