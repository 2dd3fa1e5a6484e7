from __future__ import annotations

from growwork.analysis.gc_cycles import CycleScan, assign_assists
from growwork.analysis.types import GcCycle
from growwork.formats.gotrace import EventType as E
from tests.analysis.trace_events import Generation, stack_table

STACKS = stack_table(
    {
        1: [("runtime.gcStart", "mgc.go", 700), ("main.fill", "main.go", 9)],
        2: [("runtime.gcStart", "mgc.go", 700), ("runtime.GC", "mgc.go", 490)],
    }
)


def scan(*generations: Generation) -> tuple[GcCycle, ...]:
    cycles = CycleScan()
    for generation in generations:
        cycles.add(generation.columns())
    return cycles.cycles(STACKS, 1000)


def test_a_cycle_knows_heap_goal_live_heap_and_who_crossed_the_trigger() -> None:
    (cycle,) = scan(
        Generation()
        .event(1000, E.HEAP_GOAL, arg0=4096)
        .event(1010, E.HEAP_ALLOC, arg0=3000)
        .event(1020, E.HEAP_ALLOC, arg0=3500)
        .event(1100, E.GC_BEGIN, stack=1)
        .event(1150, E.HEAP_ALLOC, arg0=4000)
        .event(1180, E.HEAP_ALLOC, arg0=1200)
        .event(1190, E.HEAP_GOAL, arg0=2400)
        .event(1200, E.GC_END)
    )
    assert (cycle.number, cycle.start_ns, cycle.mark_end_ns) == (1, 100, 200)
    assert (cycle.heap_start_bytes, cycle.heap_goal_bytes, cycle.heap_live_bytes) == (
        3500,
        4096,
        1200,
    )
    assert [frame.function for frame in cycle.triggered_by] == ["runtime.gcStart", "main.fill"]
    assert not cycle.forced


def test_heap_and_goal_are_carried_into_the_next_generation() -> None:
    (cycle,) = scan(
        Generation().event(1000, E.HEAP_GOAL, arg0=4096).event(1010, E.HEAP_ALLOC, arg0=3000),
        Generation().event(1100, E.GC_BEGIN),
        Generation().event(1200, E.GC_END),
    )
    assert (cycle.heap_start_bytes, cycle.heap_goal_bytes) == (3000, 4096)


def test_a_cycle_that_was_running_when_the_trace_began_is_clipped() -> None:
    (cycle,) = scan(
        Generation()
        .event(1000, E.GC_ACTIVE, arg0=3)
        .event(1010, E.HEAP_ALLOC, arg0=700)
        .event(1020, E.HEAP_ALLOC, arg0=400)
        .event(1050, E.GC_END),
    )
    assert (cycle.start_ns, cycle.mark_end_ns, cycle.triggered_by) == (0, 50, ())
    assert (cycle.heap_start_bytes, cycle.heap_live_bytes) == (700, 400)


def test_an_active_event_of_a_later_generation_opens_no_second_cycle() -> None:
    cycles = scan(
        Generation().event(1100, E.GC_BEGIN, stack=1),
        Generation().event(1150, E.GC_ACTIVE, arg0=1).event(1200, E.GC_END),
    )
    assert [(one.start_ns, one.mark_end_ns) for one in cycles] == [(100, 200)]


def test_an_unfinished_cycle_is_left_out() -> None:
    assert scan(Generation().event(1100, E.GC_BEGIN)) == ()


def test_a_cycle_the_program_asked_for_is_forced() -> None:
    (cycle,) = scan(Generation().event(1100, E.GC_BEGIN, stack=2).event(1200, E.GC_END))
    assert cycle.forced


def test_assist_time_goes_to_its_cycle() -> None:
    cycles = scan(
        Generation()
        .event(1100, E.GC_BEGIN)
        .event(1200, E.GC_END)
        .event(1300, E.GC_BEGIN)
        .event(1400, E.GC_END)
    )
    assigned = assign_assists(cycles, [(1, 30), (2, 5), (1, 12), (None, 99)])
    assert [one.assist_ns for one in assigned] == [42, 5]
