from __future__ import annotations

from growwork.analysis.trace.pauses import PauseColumns, PauseScan, build_pauses, pause_kinds
from growwork.analysis.trace.types import PauseKind, TracePause
from growwork.formats.gotrace import EventType
from tests.analysis.trace.scan_tables import BEGAN_BEFORE, NOT_ENDED, Tables, Texts, stack_table

TEXTS = Texts()
STACKS = stack_table(
    {
        7: [("runtime.mallocgc", "malloc.go", 1), ("main.fill", "main.go", 9)],
        8: [("main.stall", "stall.go", 20)],
    }
)
SWEEP = "GC sweep termination"
MARK = "GC mark termination"


def scan(*generations: Tables, end_ns: int = 10_000) -> PauseColumns:
    pauses = PauseScan()
    for generation in generations:
        pauses.add(generation.columns().of(EventType.STW_BEGIN))
    return pauses.columns(TEXTS.known, end_ns)


def build(*generations: Tables, end_ns: int = 10_000) -> tuple[TracePause, ...]:
    return build_pauses(scan(*generations, end_ns=end_ns), STACKS, 1000)


def test_a_pause_has_kind_length_and_the_stack_that_asked() -> None:
    (pause,) = build(Tables(TEXTS).assist(1000, 1200).pause(1100, 1400, SWEEP, g=5, stack_id=7))
    assert (pause.kind, pause.start_ns, pause.duration_ns) == (SWEEP, 100, 300)
    assert pause.goroutine == 5
    assert [frame.function for frame in pause.frames] == ["runtime.mallocgc", "main.fill"]


def test_a_pause_names_who_stopped_last_and_where() -> None:
    (pause,) = build(Tables(TEXTS).pause(1100, 1400, MARK, arg0=250, arg1=12, extra_stack_id=8))
    assert (pause.stopping_ns, pause.stopped_last) == (250, 12)
    assert [frame.line for frame in pause.stopped_last_frames] == [20]


def test_nobody_stops_last_when_every_other_p_was_idle() -> None:
    (pause,) = build(Tables(TEXTS).pause(1100, 1400, MARK))
    assert (pause.stopping_ns, pause.stopped_last, pause.stopped_last_frames) == (0, -1, ())


def test_a_pause_begun_before_the_window_keeps_its_length_but_not_its_stopping_time() -> None:
    (pause,) = build(Tables(TEXTS).pause(1000, 1050, SWEEP, cut=BEGAN_BEFORE))
    assert (pause.duration_ns, pause.stopping_ns) == (50, None)


def test_a_pause_the_trace_ends_in_is_none_and_one_the_window_cuts_is() -> None:
    cut = Tables(TEXTS).pause(1000, 1050, "stop trace", cut=NOT_ENDED)
    assert build(cut, end_ns=1050) == ()
    assert [pause.duration_ns for pause in build(cut, end_ns=2000)] == [50]


def test_pauses_come_in_order_of_their_start() -> None:
    pauses = build(
        Tables(TEXTS).pause(1300, 1310, MARK, g=5), Tables(TEXTS).pause(1100, 1500, SWEEP, g=9)
    )
    assert [pause.start_ns for pause in pauses] == [100, 300]


def test_kinds_add_up_most_time_first() -> None:
    assert pause_kinds(
        scan(
            Tables(TEXTS)
            .pause(1100, 1110, MARK, arg0=3)
            .pause(1200, 1290, SWEEP, arg0=20)
            .pause(1300, 1310, SWEEP, arg0=2)
            .pause(1000, 1005, MARK, cut=BEGAN_BEFORE, arg0=99)
        )
    ) == (PauseKind(SWEEP, 2, 100, 90, 22, 20), PauseKind(MARK, 2, 15, 10, 3, 3))


def test_a_trace_without_pauses_has_no_kinds() -> None:
    assert pause_kinds(scan()) == ()
    assert build() == ()
