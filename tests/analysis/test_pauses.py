from __future__ import annotations

from growwork.analysis.pauses import PauseScan
from growwork.analysis.types import Pause
from growwork.formats.gotrace import EventType as E
from tests.analysis.trace_events import Generation, stack_table

TEXTS = ["", "GC sweep termination", "GC mark termination"]
STACKS = stack_table({7: [("runtime.mallocgc", "malloc.go", 1), ("main.fill", "main.go", 9)]})


def scan(*generations: Generation) -> tuple[Pause, ...]:
    pauses = PauseScan()
    for generation in generations:
        pauses.add(generation.columns())
    return pauses.pauses(STACKS, TEXTS, 1000)


def test_a_pause_has_kind_length_and_the_stack_that_asked() -> None:
    (pause,) = scan(
        Generation().event(1100, E.STW_BEGIN, g=5, stack=7, text=1).event(1400, E.STW_END, g=5)
    )
    assert (pause.kind, pause.start_ns, pause.duration_ns) == ("GC sweep termination", 100, 300)
    assert pause.goroutine == 5
    assert [frame.function for frame in pause.frames] == ["runtime.mallocgc", "main.fill"]


def test_stopping_ends_with_the_last_p_that_stopped_before_one_starts_again() -> None:
    (pause,) = scan(
        Generation()
        .event(1050, E.PROC_STOP)
        .event(1100, E.STW_BEGIN, g=5, text=2)
        .event(1120, E.PROC_STOP)
        .event(1130, E.PROC_STEAL)
        .event(1180, E.PROC_START)
        .event(1185, E.PROC_STOP)
        .event(1190, E.STW_END, g=5)
    )
    assert pause.stopping_ns == 30


def test_stopping_is_zero_when_every_other_p_was_idle() -> None:
    (pause,) = scan(
        Generation()
        .event(1050, E.PROC_STOP)
        .event(1100, E.STW_BEGIN, g=5)
        .event(1190, E.STW_END, g=5)
        .event(1195, E.PROC_STOP)
    )
    assert pause.stopping_ns == 0


def test_a_pause_over_a_generation_boundary_keeps_its_length_but_not_its_stopping_time() -> None:
    (pause,) = scan(
        Generation().event(1100, E.STW_BEGIN, g=5, text=1).event(1110, E.PROC_STOP),
        Generation().event(1150, E.STW_END, g=5),
    )
    assert (pause.duration_ns, pause.stopping_ns) == (50, None)


def test_an_end_without_a_begin_and_a_begin_without_an_end_are_no_pauses() -> None:
    assert scan(Generation().event(1100, E.STW_END, g=5).event(1200, E.STW_BEGIN, g=6)) == ()


def test_pauses_come_in_order_of_their_start() -> None:
    pauses = scan(
        Generation()
        .event(1100, E.STW_BEGIN, g=9)
        .event(1200, E.STW_END, g=9)
        .event(1300, E.STW_BEGIN, g=5)
        .event(1310, E.STW_END, g=5)
    )
    assert [pause.start_ns for pause in pauses] == [100, 300]
