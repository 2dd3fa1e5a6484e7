"""What went wrong is named once, by what it was, with what overlapped it."""

from __future__ import annotations

from growwork.analysis.trace.spikes import MAX_SPIKES, find_spikes
from growwork.analysis.trace.types import Spike, SpikeCause
from growwork.formats.gotrace import EventType as E
from tests.analysis.trace.scan_tables import (
    RUNNABLE,
    RUNNING,
    WAITING,
    End,
    Frames,
    Tables,
)
from tests.analysis.trace.whole_traces import whole_trace

MS = 1_000_000
SWEEP, MARK = "GC sweep termination", "GC mark termination"

CLASSIC: list[tuple[str, str, int]] = [
    ("runtime.mallocgc", "/go/src/runtime/malloc.go", 1000),
    ("runtime.makeBucketArray", "/go/src/runtime/map.go", 377),
    ("runtime.hashGrow", "/go/src/runtime/map.go", 1149),
    ("runtime.mapassign_fast64", "/go/src/runtime/map_fast64.go", 177),
    ("example.com/shop.(*Index).build", "/src/shop/index.go", 39),
]
SWISS: list[tuple[str, str, int]] = [
    ("runtime.mallocgc", "/go/src/runtime/malloc.go", 1000),
    ("internal/runtime/maps.newGroups", "/go/src/internal/runtime/maps/group.go", 321),
    ("internal/runtime/maps.(*table).split", "/go/src/internal/runtime/maps/table.go", 1185),
    ("runtime.mapassign_fast64", "/go/src/internal/runtime/maps/runtime_fast64.go", 318),
    ("example.com/shop.(*Index).build", "/src/shop/index.go", 39),
]
STACKS: dict[int, Frames] = {
    1: CLASSIC,
    2: SWISS,
    3: [("runtime.growslice", "/go/src/runtime/slice.go", 290), ("main.render", "/r.go", 88)],
    4: [("main.stall", "/src/stall.go", 20), ("main.work", "/src/work.go", 5)],
    5: [
        ("runtime.gcStart", "/go/src/runtime/mgc.go", 700),
        ("runtime.GC", "/go/src/runtime/mgc.go", 490),
        ("main.flush", "/src/flush.go", 50),
    ],
    6: [("main.feed", "/src/feed.go", 10)],
    7: [
        ("runtime.gopark", "/go/src/runtime/proc.go", 400),
        ("runtime.GC", "/go/src/runtime/mgc.go", 505),
        ("main.flush", "/src/flush.go", 50),
    ],
    8: [("runtime.bgsweep", "/go/src/runtime/mgcsweep.go", 310)],
    9: [("main.other", "/src/other.go", 77)],
}


def spikes(end: End, *generations: Tables) -> tuple[Spike, ...]:
    end.stacks = STACKS
    return find_spikes(whole_trace(end, *generations))


def texts(spike: Spike) -> list[str]:
    return [cause.text for cause in spike.causes]


def cause(spike: Spike, kind: str) -> SpikeCause:
    return next(one for one in spike.causes if one.kind == kind)


def stall(end: End, tables: Tables) -> None:
    """A goroutine runs on for 50 ms while the world shall stop and others wait for a P."""
    end.span(RUNNING, 100 * MS, 150 * MS, g=7, end_stack_id=4, p=1)
    tables.pause(110 * MS, 151 * MS, SWEEP, g=3, stack_id=6, arg0=40 * MS, arg1=7, extra_stack_id=4)
    for g in range(20, 23):
        end.span(RUNNABLE, (102 + g) * MS - 20 * MS, 150 * MS, g=g, stack_id=6, other_g=3)


def forced(end: End, tables: Tables) -> None:
    """A goroutine asks for a cycle and waits for it; others pay assists meanwhile."""
    tables.cycle(300 * MS, 330 * MS, g=1, stack_id=5)
    tables.pause(301 * MS, 302 * MS, SWEEP, g=1, stack_id=5)
    tables.pause(329 * MS, 331 * MS, MARK, g=9)
    tables.assist(305 * MS, 320 * MS, g=11, stack_id=3).assist(306 * MS, 312 * MS, g=12)
    end.span(WAITING, 302 * MS, 335 * MS, reason="wait until GC ends", g=1, stack_id=7)
    end.span(RUNNABLE, 310 * MS, 325 * MS, g=13, cause=int(E.GO_UNBLOCK), stack_id=6)


def giant_growth(end: End, tables: Tables, stack: int) -> None:
    """A map doubles while the GC marks; the others pay too."""
    tables.cycle(500 * MS, 600 * MS, g=4, stack_id=3)
    tables.assist(510 * MS, 559 * MS, g=9, off=20 * MS, stack_id=stack)
    tables.assist(512 * MS, 555 * MS, g=11, stack_id=3)
    end.span(WAITING, 515 * MS, 530 * MS, reason="GC mark assist wait for work", g=9)
    end.span(RUNNABLE, 520 * MS, 540 * MS, g=13, stack_id=6)


def test_three_planted_problems_are_the_first_three_spikes() -> None:
    for stack in (1, 2):
        end = End()
        tables = Tables(end.texts)
        stall(end, tables)
        forced(end, tables)
        giant_growth(end, tables, stack)
        first, second, third, *rest = spikes(end, tables)
        assert (first.kind, first.start_ns, first.duration_ns) == ("long run", 100 * MS, 50 * MS)
        assert (second.kind, second.goroutine, second.duration_ns) == ("assist", 9, 49 * MS)
        assert second.causes[0].kind == "growth"
        assert (third.kind, third.start_ns, third.duration_ns) == ("forced gc", 300 * MS, 35 * MS)
        assert rest == []


def test_a_stall_names_who_ran_and_whom_it_held_up() -> None:
    end = End()
    tables = Tables(end.texts)
    stall(end, tables)
    (spike,) = spikes(end, tables)
    assert (spike.goroutine, spike.affected) == (7, 3)
    assert [frame.function for frame in spike.frames] == ["main.stall", "main.work"]
    assert texts(spike) == [
        "goroutine 7 ran 50.0 ms without a stop, until stall.go:20 (main.stall)",
        "3 goroutines were runnable meanwhile, goroutine 20 for 48.0 ms of it",
        (
            "GC sweep termination, asked for by goroutine 3 at feed.go:10 (main.feed), needed "
            "40.0 ms to stop the world: goroutine 7 stopped last"
        ),
    ]


def test_a_forced_cycle_is_told_with_its_pauses_and_the_assists_in_it() -> None:
    end = End()
    tables = Tables(end.texts)
    forced(end, tables)
    (spike,) = spikes(end, tables)
    assert texts(spike) == [
        (
            "goroutine 1 asked for a GC cycle by runtime.GC at flush.go:50 (main.flush) and had "
            "to wait 35.0 ms for it"
        ),
        (
            "2 goroutines paid assists meanwhile, goroutine 11 most: 15.0 ms of mark assist at "
            "r.go:88 (main.render)"
        ),
        "goroutine 13 was runnable for 15.0 ms of it",
        f"the world was stopped 2 times for 3.00 ms of it, longest for {MARK}",
    ]


def test_a_growth_in_mark_is_told_with_what_kept_it_waiting() -> None:
    end = End()
    tables = Tables(end.texts)
    giant_growth(end, tables, 1)
    (spike,) = spikes(end, tables)
    assert (spike.kind, spike.goroutine, spike.occurrences) == ("assist", 9, 1)
    assert spike.frames[-1].line == 39
    assert texts(spike)[:3] == [
        (
            "goroutine 9 paid 49.0 ms of mark assist in a map growth at index.go:39 "
            "(shop.(*Index).build)"
        ),
        "goroutine 11 paid 43.0 ms of mark assist at r.go:88 (main.render) meanwhile",
        "goroutine 13 was runnable for 20.0 ms of it",
    ]
    assert cause(spike, "gc wait").text == (
        "goroutine 9 waited for background marking for 15.0 ms of it"
    )


def test_a_growth_in_a_forced_cycle_stays_a_spike_of_its_own() -> None:
    end = End()
    tables = Tables(end.texts)
    forced(end, tables)
    tables.assist(303 * MS, 324 * MS, g=9, stack_id=1)
    first, second = spikes(end, tables)
    assert (first.kind, second.kind) == ("forced gc", "assist")
    assert cause(second, "forced gc").text == (
        "goroutine 1 had asked for the GC cycle by runtime.GC at flush.go:50 (main.flush)"
    )


def test_many_short_assists_of_a_swiss_map_are_one_loss() -> None:
    end = End()
    tables = Tables(end.texts)
    for place in range(100):
        start = 500 * MS + place * 150_000
        tables.assist(start, start + 100_000, g=9, stack_id=2 if place % 4 else 3)
    tables.assist(100 * MS, 102 * MS, g=5, stack_id=3)
    first, second = spikes(end, tables)
    assert (first.goroutine, first.duration_ns) == (9, 99 * 150_000 + 100_000)
    assert texts(first) == [
        (
            "goroutine 9 paid 10.0 ms of mark assist in a map growth at index.go:39 "
            "(shop.(*Index).build), in 100 assists within 14.9 ms"
        )
    ]
    assert second.causes[0].overlap_ns == 2 * MS


def test_a_long_run_that_ends_in_a_growth_says_so() -> None:
    end = End()
    end.span(RUNNING, 100 * MS, 130 * MS, g=7, end_stack_id=1)
    tables = Tables(end.texts)
    for place in range(4):
        tables.sample((101 + place) * MS, g=7, stack_id=1 if place else 9)
    tables.sample(105 * MS, g=8, stack_id=1).sample(140 * MS, g=7, stack_id=1)
    (spike,) = spikes(end, tables)
    assert texts(spike)[1:] == [
        "it stopped in a map growth at index.go:39 (shop.(*Index).build)",
        (
            "3 of 4 CPU samples of goroutine 7 in it were taken in a map growth at index.go:39 "
            "(shop.(*Index).build)"
        ),
    ]
    assert [one.kind for one in spike.causes] == ["long run", "growth", "growth"]


def test_a_sample_stands_for_no_more_than_its_share_of_cpu_time() -> None:
    end = End().span(RUNNING, 100 * MS, 160 * MS, g=7, end_stack_id=9)
    (spike,) = spikes(end, Tables(end.texts).sample(110 * MS, g=7, stack_id=1))
    assert cause(spike, "growth").overlap_ns == 10 * MS


def test_a_run_made_of_one_assist_is_the_assist() -> None:
    end = End()
    end.span(RUNNING, 100 * MS, 140 * MS, g=7, end_stack_id=3)
    (spike,) = spikes(end, Tables(end.texts).assist(101 * MS, 139 * MS, g=7, stack_id=3))
    assert (spike.kind, spike.duration_ns) == ("assist", 38 * MS)


def test_a_run_longer_than_its_assist_shows_it_as_a_part() -> None:
    end = End()
    end.span(RUNNING, 100 * MS, 140 * MS, g=7, end_stack_id=9)
    (spike,) = spikes(end, Tables(end.texts).assist(101 * MS, 111 * MS, g=7, stack_id=3))
    assert spike.kind == "long run"
    assert cause(spike, "assist").text == (
        "goroutine 7 paid 10.0 ms of mark assist at r.go:88 (main.render)"
    )


def test_a_run_that_stops_when_asked_is_no_spike() -> None:
    end = End().span(RUNNING, 100 * MS, 120 * MS, g=7, end_stack_id=9)
    assert spikes(end, Tables(end.texts)) == ()


def test_a_mark_worker_is_no_long_run() -> None:
    end = End().span(RUNNING, 100 * MS, 150 * MS, g=90, end_stack_id=9)
    tables = Tables(end.texts).worker(100 * MS, 150 * MS, "dedicated", g=90)
    assert spikes(end, tables) == ()


def test_a_slow_stop_without_a_long_run_names_who_stopped_last() -> None:
    end = End()
    tables = Tables(end.texts).pause(
        110 * MS,
        122 * MS,
        "read mem stats",
        g=3,
        stack_id=6,
        arg0=11 * MS,
        arg1=7,
        extra_stack_id=4,
    )
    (spike,) = spikes(end, tables)
    assert (spike.kind, spike.goroutine, spike.affected) == ("stw", -1, 0)
    assert texts(spike) == [
        (
            "read mem stats stopped the world for 12.0 ms, asked for by goroutine 3 at feed.go:10 "
            "(main.feed)"
        ),
        (
            "stopping the world took 11.0 ms of it; goroutine 7 stopped last at stall.go:20 "
            "(main.stall)"
        ),
    ]


def test_a_wait_for_a_p_shows_who_had_it() -> None:
    end = End()
    end.span(RUNNABLE, 100 * MS, 140 * MS, g=12, cause=int(E.GO_UNBLOCK), stack_id=6, other_g=3)
    end.span(RUNNABLE, 101 * MS, 139 * MS, g=13, stack_id=6)
    end.span(RUNNING, 95 * MS, 115 * MS, g=7, end_stack_id=4)
    end.span(RUNNING, 130 * MS, 138 * MS, g=8, end_stack_id=9)
    tables = Tables(end.texts)
    tables.worker(116 * MS, 126 * MS, "fractional", g=90, arg0=int(E.GO_STOP))
    tables.worker(126 * MS, 128 * MS, "idle", g=91, arg0=int(E.GO_STOP))
    (spike,) = spikes(end, tables)
    assert (spike.kind, spike.goroutine, spike.affected) == ("runnable", 12, 2)
    assert texts(spike) == [
        (
            "goroutine 12 was runnable for 40.0 ms before it ran, woken by goroutine 3 at "
            "feed.go:10 (main.feed)"
        ),
        "goroutine 7 ran 15.0 ms of 20.0 ms without a stop in it, until stall.go:20 (main.stall)",
        "2 mark workers ran for 12.0 ms of P time in it",
        "a fractional mark worker was preempted in it once",
        "goroutine 8 ran 8.00 ms without a stop in it, until other.go:77 (main.other)",
    ]


def test_that_the_runtime_waits_for_a_p_is_no_spike() -> None:
    end = End()
    end.span(RUNNABLE, 100 * MS, 140 * MS, g=3, stack_id=6)
    end.span(RUNNING, 140 * MS, 141 * MS, g=3, end_stack_id=8)
    assert spikes(end, Tables(end.texts)) == ()


def test_waiting_for_the_gc_without_a_forced_cycle_is_a_spike() -> None:
    end = End().span(WAITING, 100 * MS, 105 * MS, reason="GC weak to strong wait", g=6, stack_id=9)
    (spike,) = spikes(end, Tables(end.texts).cycle(90 * MS, 110 * MS, stack_id=3))
    assert (spike.kind, spike.goroutine) == ("gc wait", 6)
    assert texts(spike) == [
        "goroutine 6 waited 5.00 ms for the GC (GC weak to strong wait) at other.go:77 (main.other)"
    ]


def test_what_happens_again_on_the_same_line_is_one_spike() -> None:
    end = End()
    tables = Tables(end.texts)
    for place in range(30):
        start = (100 + 10 * place) * MS
        tables.assist(start, start + (place + 1) * 100_000, g=9, stack_id=3)
        tables.pause(start + 5 * MS, start + 6 * MS, MARK)
    first, second = spikes(end, tables)
    assert (first.duration_ns, first.occurrences) == (3 * MS, 30)
    assert (second.kind, second.duration_ns, second.occurrences) == ("stw", MS, 30)


def test_the_same_loss_at_the_same_time_counts_the_goroutines() -> None:
    end = End()
    tables = Tables(end.texts)
    for g in range(10):
        tables.assist(100 * MS, (110 + g) * MS, g=g, stack_id=3)
    tables.assist(118 * MS, 128 * MS, g=50, stack_id=9)  # overlaps by a tenth
    first, second = spikes(end, tables)
    assert (first.goroutine, first.affected, first.duration_ns) == (9, 10, 19 * MS)
    assert (second.goroutine, second.affected) == (50, 1)


def test_the_list_is_short_ordered_and_without_trifles() -> None:
    end = End()
    tables = Tables(end.texts)
    for place in range(60):
        tables.pause(place * MS, place * MS + (place + 1) * 1000, f"kind {place}")
    found = spikes(end, tables)
    assert len(found) == MAX_SPIKES
    lost = [one.causes[0].overlap_ns for one in found]
    assert lost == sorted(lost, reverse=True)
    assert (lost[0], lost[-1]) == (60_000, 41_000)
    short = Tables(end.texts).pause(100, 9_000, MARK)
    assert spikes(End(texts=end.texts), short) == ()


def test_times_count_from_the_first_event() -> None:
    end = End(first_ns=90 * MS)
    (spike,) = spikes(end, Tables(end.texts).pause(110 * MS, 111 * MS, MARK))
    assert spike.start_ns == 20 * MS


def test_an_empty_trace_has_no_spikes() -> None:
    assert spikes(End()) == ()
    assert spikes(End(), Tables()) == ()
