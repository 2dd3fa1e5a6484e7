"""The tables of a trace from the rows of a scan."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pytest

from growwork.formats.gotrace import ClockSnapshot, EventType
from growwork.store.trace.stream import stream_tables
from growwork.store.trace.tables import TABLES, needs_spans
from tests.store.scans import (
    ORIGIN,
    RUNNABLE,
    RUNNING,
    SYSCALL,
    WAITING,
    Scan,
    generation,
    range_of,
    span,
)

if TYPE_CHECKING:
    from growwork.formats.gotrace import TraceScanner

E = EventType
Rows = list[dict[str, Any]]


def tables_of(scan: Scan, *names: str) -> dict[str, Rows]:
    """The rows of these tables; every batch has exactly the table's schema."""
    rows: dict[str, Rows] = defaultdict(list)
    for name, batch in stream_tables(cast("TraceScanner", scan), scan, frozenset(names)):
        assert batch.schema.equals(TABLES[name].schema, check_metadata=True)
        rows[name] += batch.to_pylist()
    assert rows.keys() <= set(names)
    return rows


def only(scan: Scan, name: str) -> Rows:
    return tables_of(scan, name)[name]


# The table list of the design; scripts rely on these names, and columns are only added.
PROMISED = {
    "pauses": "kind start stopping duration goroutine stack_id",
    "assists": "start duration goroutine stack_id map_line_id",
    "gc_cycles": "start mark_start mark_end end heap_before heap_goal heap_live assist_cpu"
    " worker_cpu",
    "goroutine_blocks": "goroutine reason start duration stack_id",
    "cpu_samples": "time goroutine p m stack_id",
    "frames": "stack_id depth function file line inlined",
    "heap": "time heap goal",
    "utilization": "time gc_procs procs",
}


@pytest.mark.parametrize("name", PROMISED)
def test_promised_columns_stay_first_and_in_order(name: str) -> None:
    promised = PROMISED[name].split()
    assert TABLES[name].schema.names[: len(promised)] == promised


def test_times_and_durations_are_int64_nanoseconds() -> None:
    for table in TABLES.values():
        for column in table.columns:
            if column.unit:
                assert column.type == pa.int64(), f"{table.name}.{column.name}"
                assert table.schema.field(column.name).metadata == {b"unit": column.unit.encode()}


def test_a_pause_that_began_before_the_trace_has_no_stopping_time() -> None:
    scan = Scan(
        generations=[
            generation(
                range_of(E.STW_BEGIN, 10, 40, text=1, arg0=7, arg1=5, g=3, stack=1, extra_stack=2),
                range_of(E.STW_BEGIN, 0, 20, text=2, arg0=7, arg1=-1, g=3, cut=1),
                range_of(E.STW_BEGIN, 90, 99, text=2, arg0=2, arg1=-1, g=4, cut=2),
            )
        ],
        words=["GC mark termination", "read mem stats"],
    )
    first, before, after = only(scan, "pauses")
    assert first == {
        "kind": "GC mark termination",
        "start": 10,
        "stopping": 7,
        "duration": 30,
        "goroutine": 3,
        "stack_id": 1,
        "last_goroutine": 5,
        "last_stack_id": 2,
        "partial": False,
    }
    assert (before["kind"], before["stopping"], before["partial"]) == ("read mem stats", None, True)
    assert (after["stopping"], after["duration"], after["partial"]) == (2, 9, True)


def test_assists_are_classed_by_their_stacks_and_know_their_running_time() -> None:
    scan = Scan(
        generations=[
            generation(
                range_of(E.GC_MARK_ASSIST_BEGIN, 10, 50, off=15, g=3, stack=1),
                range_of(E.GC_MARK_ASSIST_BEGIN, 60, 70, g=4, stack=2),
            ),
            generation(
                range_of(E.GC_MARK_ASSIST_BEGIN, 80, 81, g=5, stack=3),
                range_of(E.GC_MARK_ASSIST_BEGIN, 0, 85, g=6, cut=1),
            ),
        ],
        stacks=[
            ("runtime.gcAssistAlloc", "runtime.mallocgc", "runtime.hashGrow", "main.fill"),
            ("runtime.mallocgc", "runtime.mapassign_faststr", "main.put"),
            ("runtime.mallocgc", "main.alloc"),
        ],
    )
    rows = only(scan, "assists")
    assert [(row["class"], row["duration"], row["running"]) for row in rows] == [
        ("map-growth", 40, 25),
        ("map-other", 10, 10),
        ("other", 1, 1),
        ("other", 85, 85),
    ]
    assert [row["map_line_id"] for row in rows] == [None] * 4
    assert [row["partial"] for row in rows] == [False, False, False, True]


def test_blocks_are_every_state_but_running_with_the_runtimes_reason() -> None:
    scan = Scan(
        generations=[
            generation(
                spans=[
                    span(3, WAITING, 1, 5, E.GO_BLOCK, reason=2, stack=9),
                    span(3, RUNNABLE, 5, 6, E.GO_UNBLOCK, stack=8, end_stack=7),
                    span(3, RUNNING, 6, 9, E.GO_START, p=1),
                    span(3, SYSCALL, 9, 12, E.GO_SYSCALL_BEGIN, stack=4),
                    span(4, RUNNABLE, 2, 8, E.GO_STOP, reason=1),
                ]
            )
        ],
        words=["preempted", "chan receive"],
    )
    rows = only(scan, "goroutine_blocks")
    assert [(row["goroutine"], row["state"], row["reason"], row["stack_id"]) for row in rows] == [
        (3, "waiting", "chan receive", 9),
        (3, "runnable", "GoUnblock", 8),
        (3, "syscall", "GoSyscallBegin", 4),
        (4, "runnable", "preempted", 0),
    ]
    assert [(row["start"], row["duration"]) for row in rows] == [(1, 4), (5, 1), (9, 3), (2, 6)]
    assert needs_spans(frozenset({"goroutine_blocks"}))
    assert not needs_spans(frozenset(TABLES) - {"goroutine_blocks"})


def test_a_cycle_has_its_phases_heap_and_work() -> None:
    """Heap before a generation, work that ends in the next, work outside the cycle."""
    scan = Scan(
        generations=[
            generation(
                range_of(E.STW_BEGIN, 22, 24, text=1),
                range_of(E.GC_MARK_ASSIST_BEGIN, 5, 9),
                range_of(E.GO_LABEL, 25, 45, text=3),
                heap=[
                    {"time": 1, "type": int(E.HEAP_GOAL), "value": 400},
                    {"time": 2, "type": int(E.HEAP_ALLOC), "value": 100},
                    {"time": 30, "type": int(E.HEAP_ALLOC), "value": 200},
                ],
            ),
            generation(
                range_of(E.GC_MARK_ASSIST_BEGIN, 40, 60, off=5),
                range_of(E.GO_LABEL, 50, 58, text=4),
                range_of(E.GO_LABEL, 50, 57, text=5),
                range_of(E.STW_BEGIN, 70, 75, text=2),
                range_of(E.GC_BEGIN, 20, 76, stack=6),
                range_of(E.GC_MARK_ASSIST_BEGIN, 90, 95),
                heap=[{"time": 74, "type": int(E.HEAP_ALLOC), "value": 60}],
            ),
            generation(
                range_of(E.STW_BEGIN, 111, 112, text=1),
                range_of(E.GC_BEGIN, 110, 130, cut=2),
                heap=[{"time": 100, "type": int(E.HEAP_GOAL), "value": 120}],
            ),
        ],
        words=[
            "GC sweep termination",
            "GC mark termination",
            "GC (dedicated)",
            "GC (fractional)",
            "GC (idle)",
        ],
    )
    assert only(scan, "gc_cycles") == [
        {
            "start": 20,
            "mark_start": 24,
            "mark_end": 70,
            "end": 76,
            "heap_before": 100,
            "heap_goal": 400,
            "heap_live": 60,
            "assist_cpu": 15,
            "worker_cpu": 28,
            "idle_cpu": 7,
            "stack_id": 6,
            "partial": False,
        },
        {
            "start": 110,
            "mark_start": 112,
            "mark_end": None,
            "end": 130,
            "heap_before": 60,
            "heap_goal": 120,
            "heap_live": None,
            "assist_cpu": 0,
            "worker_cpu": 0,
            "idle_cpu": 0,
            "stack_id": 0,
            "partial": True,
        },
    ]


def test_a_cycle_without_readings_before_it_has_no_heap_at_its_start() -> None:
    scan = Scan(generations=[generation(range_of(E.GC_BEGIN, 0, 9, cut=1))])
    (row,) = only(scan, "gc_cycles")
    assert (row["heap_before"], row["heap_goal"], row["heap_live"]) == (None, None, None)


def test_heap_readings_carry_the_other_ones_last_value() -> None:
    alloc, goal, procs = int(E.HEAP_ALLOC), int(E.HEAP_GOAL), int(E.PROCS_CHANGE)
    scan = Scan(
        generations=[
            generation(
                heap=[
                    {"time": 0, "type": procs, "value": 4},
                    {"time": 1, "type": alloc, "value": 10},
                    {"time": 2, "type": goal, "value": 40},
                    {"time": 3, "type": alloc, "value": 11},
                ]
            ),
            generation(),
            generation(heap=[{"time": 9, "type": goal, "value": 50}]),
        ]
    )
    assert only(scan, "heap") == [
        {"time": 1, "heap": 10, "goal": None},
        {"time": 2, "heap": 10, "goal": 40},
        {"time": 3, "heap": 11, "goal": 40},
        {"time": 9, "heap": 11, "goal": 50},
    ]


def test_ranges_of_the_other_kinds_have_tables_of_their_own() -> None:
    label = range_of(E.GO_LABEL, 1, 6, g=9, p=2, text=1, arg0=int(E.GO_STOP))
    scan = Scan(
        generations=[
            generation(
                label,
                {**label, "arg0": int(E.GO_BLOCK), "text_id": 2},
                range_of(E.GC_SWEEP_BEGIN, 7, 9, p=1, arg0=8192, arg1=4096, stack=3),
                range_of(E.USER_REGION_BEGIN, 10, 30, g=5, text=3, arg0=11, off=4, stack=4),
                range_of(E.USER_TASK_BEGIN, 8, 99, text=4, arg0=11, arg1=2, stack=5, cut=2),
                utilization=[{"time": 3, "gc_procs": 1, "procs": 8}],
                samples=[{"time": 4, "g": 5, "p": 1, "m": 77, "stack_id": 2}],
            )
        ],
        words=["GC (dedicated)", "GC (idle)", "work", "request"],
    )
    names = ("mark_workers", "sweeps", "regions", "tasks", "utilization", "cpu_samples")
    tables = tables_of(scan, *names)
    workers = tables["mark_workers"]
    assert [(row["mode"], row["preempted"]) for row in workers] == [
        ("dedicated", True),
        ("idle", False),
    ]
    assert workers[0]["start"] == 1
    assert (workers[0]["duration"], workers[0]["goroutine"], workers[0]["p"]) == (5, 9, 2)
    assert [(row["swept"], row["reclaimed"], row["p"]) for row in tables["sweeps"]] == [
        (8192, 4096, 1)
    ]
    (region,), (task,) = tables["regions"], tables["tasks"]
    assert (region["name"], region["task"], region["running"]) == ("work", 11, 16)
    assert (task["name"], task["task"], task["parent"], task["partial"]) == (
        "request",
        11,
        2,
        True,
    )
    assert tables["utilization"] == [{"time": 3, "gc_procs": 1, "procs": 8}]
    assert tables["cpu_samples"] == [{"time": 4, "goroutine": 5, "p": 1, "m": 77, "stack_id": 2}]


def test_frames_are_those_of_the_trace_and_do_not_claim_to_know_inlining() -> None:
    scan = Scan(stacks=[("main.leaf", "main.main"), ("main.other",)])
    assert [
        (row["stack_id"], row["depth"], row["function"], row["line"], row["inlined"])
        for row in only(scan, "frames")
    ] == [
        (1, 0, "main.leaf", 10, None),
        (1, 1, "main.main", 11, None),
        (2, 0, "main.other", 10, None),
    ]


def test_a_trace_knows_its_moment_on_other_clocks() -> None:
    clock = ClockSnapshot(trace_ns=ORIGIN + 40, mono_ns=5, wall_ns=1_700_000_000_000_000_040)
    scan = Scan(generations=[generation(), generation(clock=clock), generation()])
    assert only(scan, "traces") == [
        {
            "format": "go 1.26 trace",
            "origin": ORIGIN,
            "wall": 1_700_000_000_000_000_000,
            "duration": 1000,
            "events": 77,
            "generations": 3,
            "complete": True,
        }
    ]
    (broken,) = only(Scan(generations=[generation(complete=False)]), "traces")
    assert (broken["wall"], broken["complete"]) == (None, False)


def test_only_what_is_named_is_made() -> None:
    scan = Scan(generations=[generation(range_of(E.STW_BEGIN, 1, 2, text=1))], words=["x"])
    assert only(scan, "sweeps") == []
    assert scan.fetched == []


def test_texts_and_stacks_are_fetched_again_only_for_new_ones() -> None:
    pause = range_of(E.STW_BEGIN, 1, 2, text=1)
    assist = range_of(E.GC_MARK_ASSIST_BEGIN, 1, 2, stack=1)
    scan = Scan(
        generations=[generation(pause, assist)] * 4,
        words=["x"],
        stacks=[("main.main",)],
    )
    assert len(tables_of(scan, "pauses", "assists")["pauses"]) == 4
    assert sorted(scan.fetched) == ["frames", "texts"]
