from __future__ import annotations

import numpy as np

from growwork.analysis.trace.heap_readings import heap_columns
from growwork.analysis.trace.heap_timeline import MAX_POINTS, HeapScan, thin
from growwork.analysis.types import HeapPoint
from tests.analysis.trace.scan_tables import Tables


def scan(*generations: Tables) -> tuple[HeapPoint, ...]:
    heap = HeapScan()
    for generation in generations:
        heap.add(heap_columns(generation.scanned().heap))
    return heap.points(1000)


def test_a_point_carries_the_goal_in_force() -> None:
    points = scan(
        Tables().heap_alloc(1000, 10).heap_goal(1010, 100).heap_alloc(1020, 20),
        Tables().heap_alloc(1030, 30).heap_goal(1040, 0),
        Tables().heap_alloc(1050, 40),
    )
    assert points == (
        HeapPoint(0, 10, None),
        HeapPoint(20, 20, 100),
        HeapPoint(30, 30, 100),
        HeapPoint(50, 40, None),  # goal 0: the GC is off
    )


def test_thinning_keeps_every_peak_and_every_drop() -> None:
    sawtooth = np.tile(np.arange(100, 600), 40)
    sawtooth[7_777] = 9_999
    sawtooth[12_345] = 1
    generations = []
    for start in range(0, len(sawtooth), 5_000):
        generation = Tables()
        for at in range(start, start + 5_000):
            generation.heap_alloc(1000 + at * 10, int(sawtooth[at]))
        generations.append(generation)
    points = scan(*generations)
    sizes = [point.heap_bytes for point in points]
    times = [point.time_ns for point in points]
    assert len(points) <= MAX_POINTS
    assert times == sorted(times)
    assert (times[0], times[-1]) == (0, (len(sawtooth) - 1) * 10)
    assert max(sizes) == 9_999
    assert min(sizes) == 1
    assert sum(size > 590 for size in sizes) >= 40  # the top of every tooth


def test_each_slice_keeps_its_extremes_and_no_more() -> None:
    chance = np.random.default_rng(5)
    time = np.cumsum(chance.integers(0, 9, 3000))
    heap = chance.integers(0, 50, 3000)
    kept = thin(time, heap, 60)
    width = int(time[-1] - time[0]) // 29 + 1
    for number in range(29):
        inside = np.flatnonzero((time - time[0]) // width == number)
        chosen = np.intersect1d(inside, kept)
        assert {heap[inside].min(), heap[inside].max()} <= set(heap[chosen].tolist())
        assert len(chosen) <= 2 + (number in (0, 28))


def test_equal_times_do_not_divide_by_zero() -> None:
    generation = Tables()
    for size in range(MAX_POINTS * 2):
        generation.heap_alloc(1000, size)
    assert len(scan(generation)) <= MAX_POINTS


def test_no_events_are_no_points() -> None:
    assert scan() == ()
    assert scan(Tables()) == ()
