from __future__ import annotations

from dataclasses import replace

from growwork.analysis.gc_log_cycles import cycles_of_log, heap_of_log
from growwork.analysis.trace.heap_timeline import MAX_POINTS
from growwork.formats.gctrace import GcTraceCycle
from tests.analysis.test_gc_log_match import LINE, MIB


def line(number: int, at_ns: int) -> GcTraceCycle:
    return replace(
        LINE,
        number=number,
        at_ns=at_ns,
        assist_cpu_ns=7,
        heap_start_bytes=30 * MIB,
        heap_end_bytes=34 * MIB,
        heap_live_bytes=20 * MIB,
        goal_bytes=40 * MIB,
    )


def test_a_cycle_ends_after_its_three_phases() -> None:
    (cycle,) = cycles_of_log([line(9, 5_000_000)])
    assert (cycle.number, cycle.start_ns) == (9, 5_000_000)
    assert cycle.mark_end_ns - cycle.start_ns == 20_000 + 2_000_000 + 30_000
    assert (cycle.assist_ns, cycle.assist_cpu_ns, cycle.triggered_by) == (0, 7, ())


def test_the_heap_falls_when_marking_ends() -> None:
    sizes = [point.heap_bytes // MIB for point in heap_of_log([line(1, 0), line(2, 9_000_000)])]
    assert sizes == [30, 34, 20, 30, 34, 20]


def test_times_never_go_back_and_points_stay_few() -> None:
    points = heap_of_log([line(n, n * 2_000_000) for n in range(1, 2001)])
    times = [point.time_ns for point in points]
    assert times == sorted(times)
    assert len(points) <= MAX_POINTS


def test_an_empty_log_is_empty() -> None:
    assert cycles_of_log([]) == ()
    assert heap_of_log([]) == ()
