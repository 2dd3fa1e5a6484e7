from __future__ import annotations

from growwork.analysis.trace.cycle_phases import build_cycles
from growwork.analysis.trace.gc_work import allocation_during_mark, gc_work
from growwork.analysis.trace.types import AllocationDuringMark, GcWork, TraceCycle
from growwork.formats.gotrace import EventType
from tests.analysis.trace.scan_tables import BEGAN_BEFORE, NOT_ENDED, End, Tables, Texts
from tests.analysis.trace.whole_traces import whole_trace

TEXTS = Texts()
SWEEP = "GC sweep termination"
MARK = "GC mark termination"
STACKS = {
    1: [("runtime.gcStart", "mgc.go", 700), ("main.fill", "main.go", 9)],
    2: [("runtime.gcStart", "mgc.go", 700), ("runtime.GC", "mgc.go", 490)],
}
END = End(first_ns=1000, last_ns=2000, texts=TEXTS, stacks=STACKS)


def build(*generations: Tables, end: End = END) -> tuple[TraceCycle, ...]:
    return build_cycles(whole_trace(end, *generations))


def test_a_cycle_knows_heap_goal_live_heap_and_who_crossed_the_trigger() -> None:
    (cycle,) = build(
        Tables(TEXTS)
        .heap_goal(1000, 4096)
        .heap_alloc(1010, 3000)
        .heap_alloc(1020, 3500)
        .cycle(1100, 1200, stack_id=1)
        .heap_alloc(1150, 4000)
        .heap_alloc(1180, 1200)
        .heap_goal(1190, 2400)
    )
    assert (cycle.number, cycle.start_ns, cycle.mark_end_ns) == (1, 100, 200)
    assert (cycle.heap_start_bytes, cycle.heap_goal_bytes, cycle.heap_live_bytes) == (
        3500,
        4096,
        1200,
    )
    assert cycle.allocated_bytes == 500
    assert [frame.function for frame in cycle.triggered_by] == ["runtime.gcStart", "main.fill"]
    assert not cycle.forced


def test_heap_and_goal_are_carried_over_generations() -> None:
    first, second = build(
        Tables(TEXTS).heap_goal(1000, 4096).heap_alloc(1010, 3000),
        Tables(TEXTS),
        Tables(TEXTS).cycle(1100, 1200).heap_alloc(1150, 1300),
        Tables(TEXTS).cycle(1300, 1400),
    )
    assert (first.heap_start_bytes, first.heap_goal_bytes, first.heap_live_bytes) == (
        3000,
        4096,
        1300,
    )
    assert (second.number, second.heap_start_bytes, second.heap_live_bytes) == (2, 1300, 1300)


def test_a_cycle_that_was_running_when_the_trace_began_is_clipped() -> None:
    (cycle,) = build(
        Tables(TEXTS)
        .cycle(1000, 1050, cut=BEGAN_BEFORE)
        .heap_alloc(1010, 700)
        .heap_alloc(1020, 400)
    )
    assert (cycle.start_ns, cycle.mark_end_ns, cycle.triggered_by) == (0, 50, ())
    assert (cycle.heap_start_bytes, cycle.heap_live_bytes) == (700, 400)


def test_a_cycle_the_trace_ends_in_is_left_out_and_one_the_window_cuts_is_not() -> None:
    cut = Tables(TEXTS).heap_alloc(1010, 700).cycle(1100, 1500, cut=NOT_ENDED)
    assert build(cut, end=End(first_ns=1000, last_ns=1500, texts=TEXTS)) == ()
    (cycle,) = build(cut)
    assert (cycle.mark_end_ns, cycle.heap_live_bytes) == (500, None)


def test_a_cycle_the_program_asked_for_is_forced() -> None:
    (cycle,) = build(Tables(TEXTS).cycle(1100, 1200, stack_id=2))
    assert cycle.forced


def test_phases_are_the_pauses_around_marking() -> None:
    first, second, third = build(
        Tables(TEXTS)
        .pause(1102, 1110, SWEEP)
        .pause(1150, 1160, "read mem stats")
        .cycle(1100, 1195)
        .pause(1190, 1199, MARK),
        Tables(TEXTS).pause(1298, 1305, SWEEP).pause(1385, 1405, MARK).cycle(1300, 1400),
        Tables(TEXTS).cycle(1500, 1600),
    )
    phases = [
        (one.sweep_termination_ns, one.mark_ns, one.mark_termination_ns)
        for one in (first, second, third)
    ]
    assert phases == [(8, 80, 9), (7, 80, 20), (0, 100, 0)]


def test_a_cycle_knows_the_p_time_its_work_took() -> None:
    first, second = build(
        Tables(TEXTS)
        .gc_procs(1000, 0, procs=4)
        .worker(1110, 1150, "dedicated")
        .worker(1120, 1150, "fractional")
        .worker(1130, 1133, "idle")
        .assist(1140, 1160, off=5)
        .worker(1310, 1330, "dedicated"),  # its cycle ends in the next generation
        Tables(TEXTS)
        .cycle(1100, 1200)
        .gc_procs(1350, 0, procs=8)
        .worker(1340, 1350, "dedicated")
        .worker(1355, 1365, "idle")
        .cycle(1300, 1400)
        .assist(1150, 1190)
        .assist(1250, 1260),
    )
    assert (first.dedicated_ns, first.fractional_ns, first.idle_ns) == (40, 30, 3)
    assert (first.assist_ns, first.assist_running_ns, first.procs_ns) == (60, 55, 400)
    assert (second.dedicated_ns, second.fractional_ns, second.idle_ns) == (30, 0, 10)
    assert (second.assist_ns, second.procs_ns) == (0, 50 * 4 + 50 * 8)


def test_the_work_of_the_gc_is_summed_over_the_trace() -> None:
    stopped = int(EventType.GO_STOP)
    trace = whole_trace(
        END,
        Tables(TEXTS)
        .gc_procs(1000, 0, procs=4)
        .pause(1100, 1110, SWEEP)
        .pause(1120, 1140, "read mem stats")
        .worker(1110, 1150, "dedicated", arg0=stopped)
        .worker(1160, 1170, "dedicated")
        .worker(1120, 1150, "fractional", arg0=stopped)
        .worker(1130, 1133, "idle", arg0=stopped)
        .assist(1140, 1160, off=5)
        .cycle(1100, 1200)
        .gc_procs(1500, 0, procs=2),
        Tables(TEXTS)
        .sweep(1500, 1530, arg0=8192, arg1=100)
        .pause(1600, 1605, MARK)
        .cycle(1600, 2000, cut=NOT_ENDED),
    )
    assert gc_work(trace) == GcWork(
        procs_ns=500 * 4 + 500 * 2,
        cycle_ns=100 + 400,
        dedicated_ns=50,
        fractional_ns=30,
        idle_ns=3,
        assist_ns=15,
        sweep_ns=30,
        stw_ns=10 * 4 + 5 * 2,
        swept_bytes=8192,
        reclaimed_bytes=100,
        worker_preemptions=2,
    )


def test_allocation_during_mark_is_that_within_cycles() -> None:
    trace = whole_trace(
        END,
        Tables(TEXTS).heap_alloc(1000, 100).heap_alloc(1050, 300),
        Tables(TEXTS)
        .heap_alloc(1150, 350)
        .heap_alloc(1190, 50)
        .cycle(1100, 1200)
        .heap_alloc(1300, 450),
        Tables(TEXTS).heap_alloc(1950, 500).cycle(1900, 2000, cut=NOT_ENDED),
    )
    assert allocation_during_mark(trace) == AllocationDuringMark(
        allocated_bytes=200 + 50 + 400 + 50, during_mark_bytes=50 + 50, cycle_share=0.2
    )
