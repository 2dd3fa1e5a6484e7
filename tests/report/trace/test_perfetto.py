"""A trace in Perfetto's format, read back with Perfetto's own protos."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

from growwork.formats.gotrace import ClockSnapshot, EventType
from growwork.report.trace.perfetto import TracePerfetto
from tests.formats.perfetto_reader import PerfettoTrace, read_perfetto
from tests.store.scans import (
    ORIGIN,
    RUNNABLE,
    RUNNING,
    WAITING,
    Scan,
    generation,
    range_of,
    span,
)

if TYPE_CHECKING:
    from growwork.formats.gotrace import TraceScanner

E = EventType
P0 = "Go program / Ps / P0"


def exported(scan: Scan) -> PerfettoTrace:
    out = io.BytesIO()
    perfetto = TracePerfetto(cast("TraceScanner", scan), out)
    for one in scan:
        perfetto.add(one)
    return read_perfetto(out.getvalue())


def times(trace: PerfettoTrace, track: str) -> list[tuple[str, int, int, int]]:
    """Name, start, end and depth of the slices of a track, since the first event."""
    return [(one.name, one.start - ORIGIN, one.end - ORIGIN, one.depth) for one in trace.on(track)]


def test_ps_show_what_ran_named_by_the_goroutines_outermost_function() -> None:
    scan = Scan(
        generations=[
            generation(
                spans=[
                    span(7, RUNNING, 10, 20, E.GO_START, p=0, end_stack=1),
                    span(8, RUNNING, 20, 25, E.GO_START, p=0),
                    span(9, RUNNING, 5, 30, E.GO_START, p=1),
                    span(8, RUNNABLE, 2, 20, E.GO_CREATE, stack=1, end_stack=2),
                    span(7, RUNNABLE, 1, 10, E.GO_UNBLOCK, stack=2),
                    span(6, RUNNING, 1, 2, E.GO_STATUS, p=-1),
                ]
            ),
            generation(
                spans=[
                    span(9, RUNNING, 30, 40, E.GO_START, p=0),
                    span(7, RUNNING, 40, 41, E.GO_START, p=0),
                    span(9, WAITING, 41, 45, E.GO_BLOCK, stack=2),
                ]
            ),
        ],
        stacks=[("runtime.gopark", "main.worker"), ("main.handler",)],
    )
    trace = exported(scan)
    assert times(trace, P0) == [
        ("main.worker", 10, 20, 0),
        ("main.handler", 20, 25, 0),
        ("main.handler", 30, 40, 0),  # named by the wait of its own generation
        ("main.worker", 40, 41, 0),  # and by a run of the generation before
    ]
    assert times(trace, "Go program / Ps / P1") == [("goroutine", 5, 30, 0)]
    assert [dict(one.arguments)["goroutine"] for one in trace.on(P0)] == [7, 8, 9, 7]


def test_mark_workers_are_inside_the_run_of_their_goroutine() -> None:
    scan = Scan(
        generations=[
            generation(
                range_of(E.GO_LABEL, 11, 20, g=7, p=0, text=1),
                spans=[
                    span(7, RUNNING, 10, 20, E.GO_START, p=0, end_stack=1),
                    span(8, RUNNING, 20, 22, E.GO_START, p=0),
                ],
            )
        ],
        words=["GC (dedicated)"],
        stacks=[("runtime.gcBgMarkWorker",)],
    )
    assert times(exported(scan), P0) == [
        ("runtime.gcBgMarkWorker", 10, 20, 0),
        ("GC (dedicated)", 11, 20, 1),
        ("goroutine", 20, 22, 0),
    ]


def test_pauses_have_their_stopping_inside_and_both_stacks() -> None:
    scan = Scan(
        generations=[
            generation(
                range_of(E.STW_BEGIN, 10, 40, text=1, arg0=7, arg1=5, g=3, stack=1, extra_stack=2),
                range_of(E.STW_BEGIN, 50, 55, text=1, arg0=0, arg1=-1, g=4),
                range_of(E.STW_BEGIN, 60, 65, text=1, arg0=9, arg1=5, g=4, cut=2),
            )
        ],
        words=["GC mark termination"],
        stacks=[("runtime.gcMarkDone", "main.fill"), ("main.spin", "main.main")],
    )
    trace = exported(scan)
    track = "Go program / Stop the world"
    assert times(trace, track) == [
        ("GC mark termination", 10, 40, 0),
        ("stopping", 10, 17, 1),
        ("GC mark termination", 50, 55, 0),
        ("GC mark termination", 60, 65, 0),
        ("stopping", 60, 65, 1),
    ]
    pause, stopping, *_ = trace.on(track)
    assert (pause.stack, stopping.stack) == (
        ("runtime.gcMarkDone", "main.fill"),
        ("main.spin", "main.main"),
    )
    assert (pause.arguments, stopping.arguments) == ((("goroutine", 3),), (("goroutine", 5),))


def test_assists_and_regions_nest_on_the_track_of_their_goroutine() -> None:
    scan = Scan(
        generations=[
            generation(
                range_of(E.GC_MARK_ASSIST_BEGIN, 20, 30, off=4, g=7, stack=1),
                range_of(E.USER_REGION_BEGIN, 15, 40, g=7, text=1, stack=2),
                spans=[span(8, RUNNING, 10, 20, E.GO_START, p=0)],
            ),
            generation(range_of(E.USER_REGION_BEGIN, 5, 60, g=7, text=2)),
        ],
        words=["inner", "outer"],
        stacks=[("runtime.gcAssistAlloc", "runtime.hashGrow", "main.fill"), ("main.work",)],
    )
    trace = exported(scan)
    track = "Go program / Goroutines / G7"
    assert times(trace, track) == [
        ("outer", 5, 60, 0),
        ("inner", 15, 40, 1),
        ("mark assist (map-growth)", 20, 30, 2),
    ]
    assist = trace.on(track)[2]
    assert assist.arguments == (("running_ns", 6),)
    assert assist.stack == ("runtime.gcAssistAlloc", "runtime.hashGrow", "main.fill")
    goroutines = [name for name in trace.tracks if name.startswith("Go program / Goroutines / ")]
    assert goroutines == [track], "only goroutines that have something to show"


def test_ranges_clipped_at_the_windows_start_nest_across_generations() -> None:
    """What ends later is around, although its begin is written later."""
    scan = Scan(
        generations=[
            generation(
                range_of(E.USER_REGION_BEGIN, 100, 130, g=7, text=1, cut=1),
                range_of(E.GC_MARK_ASSIST_BEGIN, 100, 120, g=7, cut=1),
            ),
            generation(range_of(E.USER_REGION_BEGIN, 100, 140, g=7, text=2, cut=1)),
        ],
        words=["inner", "outer"],
    )
    track = "Go program / Goroutines / G7"
    assert [(name, end, depth) for name, _, end, depth in times(exported(scan), track)] == [
        ("outer", 140, 0),
        ("inner", 130, 1),
        ("mark assist (other)", 120, 2),
    ]


def test_cycles_sweeps_tasks_counters_samples_and_clocks() -> None:
    scan = Scan(
        generations=[
            generation(
                range_of(E.GC_BEGIN, 10, 90, arg0=3, stack=1),
                range_of(E.GC_SWEEP_BEGIN, 92, 95, p=0, arg0=8192, arg1=4096),
                range_of(E.USER_TASK_BEGIN, 1, 50, arg0=11, arg1=0, text=1),
                range_of(E.USER_TASK_BEGIN, 2, 40, arg0=12, arg1=11, text=1),
                heap=[
                    {"time": 0, "type": int(E.PROCS_CHANGE), "value": 4},
                    {"time": 1, "type": int(E.HEAP_ALLOC), "value": 1000},
                    {"time": 2, "type": int(E.HEAP_GOAL), "value": 4000},
                    {"time": 3, "type": int(E.HEAP_ALLOC), "value": 1100},
                ],
                utilization=[{"time": 10, "gc_procs": 4, "procs": 4}],
                samples=[
                    {"time": 33, "g": 7, "p": 0, "m": 77, "stack_id": 1},
                    {"time": 34, "m": 78},
                ],
                clock=ClockSnapshot(ORIGIN, 5, 1_700_000_000_000_000_000),
            )
        ],
        words=["request"],
        stacks=[("runtime.mallocgc", "main.fill")],
    )
    trace = exported(scan)
    assert times(trace, "Go program / GC cycles") == [("GC cycle", 10, 90, 0)]
    (sweep,) = trace.on("Go program / Ps / P0 sweeps")
    assert sweep.arguments == (("swept_bytes", 8192), ("reclaimed_bytes", 4096))
    tasks = trace.on("Go program / Tasks / request")
    assert [one.arguments for one in tasks] == [
        (("task", 11), ("parent", 0)),
        (("task", 12), ("parent", 11)),
    ]
    assert {one.depth for one in tasks} == {0}, "tasks overlap: each has a track"
    assert {
        name.removeprefix("Go program / "): [(at - ORIGIN, value) for at, value in values]
        for name, values in trace.counters.items()
    } == {
        "GOMAXPROCS": [(0, 4)],
        "Heap": [(1, 1000), (3, 1100)],
        "Heap goal": [(2, 4000)],
        "Ps at GC work": [(10, 4)],
    }
    assert [(one.track, one.name, one.stack) for one in trace.instants] == [
        (
            "Go program / Ps / P0 CPU samples",
            "runtime.mallocgc",
            ("runtime.mallocgc", "main.fill"),
        ),
        ("Go program / Ps / P? CPU samples", "no stack", ()),
    ]
    assert trace.clocks == [{6: ORIGIN, 3: 5, 1: 1_700_000_000_000_000_000}]


def test_an_empty_scan_is_a_trace_with_nothing_on_its_tracks() -> None:
    trace = exported(Scan(generations=[generation()]))
    assert (trace.slices, trace.instants, dict(trace.counters)) == ([], [], {})
    assert "Go program / Stop the world" in trace.tracks
