from __future__ import annotations

import numpy as np

from growwork.analysis.heap_timeline import MAX_POINTS, HeapScan
from growwork.analysis.types import HeapPoint
from growwork.formats.gotrace import EventType as E
from tests.analysis.trace_events import Generation


def scan(*generations: Generation) -> tuple[HeapPoint, ...]:
    heap = HeapScan()
    for generation in generations:
        heap.add(generation.columns())
    return heap.points(1000)


def test_a_point_carries_the_goal_in_force() -> None:
    points = scan(
        Generation()
        .event(1000, E.HEAP_ALLOC, arg0=10)
        .event(1010, E.HEAP_GOAL, arg0=100)
        .event(1020, E.HEAP_ALLOC, arg0=20),
        Generation().event(1030, E.HEAP_ALLOC, arg0=30).event(1040, E.HEAP_GOAL, arg0=0),
        Generation().event(1050, E.HEAP_ALLOC, arg0=40),
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
        generation = Generation()
        for at in range(start, start + 5_000):
            generation.event(1000 + at * 10, E.HEAP_ALLOC, arg0=int(sawtooth[at]))
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


def test_equal_times_do_not_divide_by_zero() -> None:
    generation = Generation()
    for size in range(MAX_POINTS * 2):
        generation.event(1000, E.HEAP_ALLOC, arg0=size)
    assert len(scan(generation)) <= MAX_POINTS


def test_no_events_are_no_points() -> None:
    assert scan() == ()
    assert scan(Generation()) == ()
