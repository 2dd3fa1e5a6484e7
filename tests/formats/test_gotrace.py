"""Execution traces written in code and read back: columns, order, derived events."""

from __future__ import annotations

import mmap
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growwork import _native
from growwork.formats.gotrace import (
    EVENT_SCHEMA,
    FRAMES_SCHEMA,
    ClockSnapshot,
    EventType,
    GenerationSource,
    TraceEvent,
    TraceReader,
    read_events,
    write_trace,
)
from growwork.formats.gotrace.spec import EVENTS, FORMATS
from growwork.formats.gotrace.writer import encode_batch, encode_header, encode_uvarint
from tests.formats.gotrace_events import (
    P_IDLE,
    RUNNABLE,
    RUNNING,
    SYSCALL,
    WAITING,
    E,
    at,
    delivered,
    generation,
    kinds,
    running,
    stack,
    trace,
)

USER_EVENTS = st.sampled_from(
    [E.STW_BEGIN, E.GO_LABEL, E.USER_LOG, E.PROCS_CHANGE, E.HEAP_ALLOC, E.GO_CREATE, E.CPU_SAMPLE]
)


@st.composite
def programs(draw: st.DrawFn) -> tuple[list[TraceEvent], int]:
    """What a reader delivers of a program on up to three Ms, and a batch size to write it in."""
    threads = draw(st.integers(1, 3))
    events = []
    for m in range(1, threads + 1):
        status, go_status = running(2 * m, m=m, p=m, g=m)
        events += [status, replace(go_status, p=m)]
    time = 20
    created = 100
    names = st.sampled_from(["", "alpha", "β", "x" * 300])
    frames = st.sampled_from([(), stack("leaf"), stack("leaf", "main.main")])
    for _ in range(draw(st.integers(0, 40))):
        m = draw(st.integers(1, threads))
        kind = draw(USER_EVENTS)
        time += draw(st.integers(1, 1000))
        event = TraceEvent(time, kind, m, p=m, g=m, stack=draw(frames))
        if kind is E.STW_BEGIN:
            events.append(replace(event, text=draw(names)))
            time += 1
            text = events[-1].text
            events.append(TraceEvent(time, E.STW_END, m, p=m, g=m, text=text))
            continue
        if kind is E.GO_LABEL:
            event = replace(event, text=draw(names), stack=())
        elif kind is E.USER_LOG:
            event = replace(event, args=(7,), text=draw(names), text2=draw(names))
        elif kind is E.PROCS_CHANGE:
            event = replace(event, args=(draw(st.integers(0, 2**63 - 1)),))
        elif kind is E.HEAP_ALLOC:
            event = replace(event, args=(draw(st.integers(0, 2**63 - 1)),), stack=())
        elif kind is E.GO_CREATE:
            created += draw(st.sampled_from([1, 5_000_000]))
            event = replace(event, args=(created,), extra_stack=stack("main.worker"))
        elif kind is E.CPU_SAMPLE:
            event = replace(event, g=draw(st.sampled_from([-1, 1, 99])))
        events.append(event)
    return events, draw(st.sampled_from([128, 65_000]))


@given(programs(), st.sampled_from([row.number for row in FORMATS]))
def test_what_is_written_is_read(program: tuple[list[TraceEvent], int], number: int) -> None:
    events, batch_bytes = program
    source = GenerationSource(1, tuple(events))
    assert delivered(write_trace([source], number=number, batch_bytes=batch_bytes)) == events


@given(st.integers(1000, 10**10), st.lists(st.integers(0, 2**34), max_size=20))
def test_ticks_become_nanoseconds_as_in_go(frequency: int, deltas: list[int]) -> None:
    """The event clock adds up truncated products, so rounding is part of the format."""
    events = [at(at_time, E.HEAP_ALLOC, 1) for at_time in (1000, *(1000 for _ in deltas))]
    status = at(999, E.PROC_STATUS, 0, 1)
    data = _with_ticks([status, *events], [1, 1, *deltas], frequency)
    scale = 1.0 / (float(frequency) / 1e9)
    clock = int(float(1) * scale)
    expected = []
    last = max(clock, 1)  # the Sync event at the start
    for delta in (1, 1, *deltas):
        clock += int(float(delta) * scale)
        last = max(clock, last + 1)
        expected.append(last)
    assert [event.time for event in delivered(data)] == expected


def _with_ticks(events: list[TraceEvent], deltas: list[int], frequency: int) -> bytes:
    payload = b"".join(
        bytes([event.type]) + b"".join(map(encode_uvarint, (delta, *event.args)))
        for event, delta in zip(events, deltas, strict=True)
    )
    clocks = bytes([E.CLOCK_SNAPSHOT, 0, 0, 0, 0])
    sync = bytes([E.SYNC, E.FREQUENCY]) + encode_uvarint(frequency) + clocks
    batches = encode_batch(1, -1, 1, sync) + encode_batch(1, 1, 1, payload)
    return encode_header(26) + batches + bytes([E.END_OF_GENERATION])


def test_schemas_and_ids() -> None:
    same = stack("leaf", "main.main")
    data = trace(
        running(10),
        at(20, E.GC_MARK_ASSIST_BEGIN, stack=same),
        at(21, E.GC_MARK_ASSIST_END),
        at(30, E.GC_MARK_ASSIST_BEGIN, stack=same),
        at(31, E.GC_MARK_ASSIST_END),
    )
    reader = TraceReader(data)
    (only,) = reader
    assert only.events.schema == EVENT_SCHEMA
    assert (only.number, only.complete, only.bytes) == (1, True, len(data) - 16)
    assert reader.header == "go 1.26 trace"
    assert reader.total_events == only.events.num_rows == 8  # two Sync events
    begins = [row for row in only.events.to_pylist() if row["type"] == 35]
    assert [row["stack_id"] for row in begins] == [1, 1]
    frames = reader.frames()
    assert frames.schema == FRAMES_SCHEMA
    assert frames.column("function").to_pylist() == ["leaf", "main.main"]
    assert frames.column("depth").to_pylist() == [0, 1]


def test_ids_hold_across_generations() -> None:
    def assist(time: int, name: str) -> list[TraceEvent]:
        return [
            at(time, E.GO_LABEL, text=name),
            at(time + 1, E.GC_MARK_ASSIST_BEGIN, stack=stack(name)),
            at(time + 2, E.GC_MARK_ASSIST_END),
        ]

    first = generation(1, running(10), assist(20, "one"), assist(30, "two"))
    second = generation(2, running(110), assist(120, "two"), assist(130, "three"))
    reader = TraceReader(write_trace([first, second]))
    events = [g.events.to_pylist() for g in reader]
    labels = [[row["text_id"] for row in rows if row["type"] == E.GO_LABEL] for rows in events]
    stacks = [[row["stack_id"] for row in rows if row["stack_id"]] for rows in events]
    assert labels == [[1, 2], [2, 3]]
    assert stacks == [[1, 2], [2, 3]]
    assert reader.texts() == ["", "one", "two", "three"]


def test_only_wanted_types_become_rows() -> None:
    data = trace(running(10), at(20, E.USER_LOG, 1, text="k", text2="v"), at(30, E.HEAP_GOAL, 5))
    reader = TraceReader(data, event_types=frozenset({E.HEAP_GOAL}))
    (only,) = reader
    assert only.events.column("type").to_pylist() == [E.HEAP_GOAL]
    assert only.events.column("time").to_pylist() == [30]
    assert reader.total_events == 6
    assert reader.texts() == [""]  # what nobody asked for is not kept


def test_a_mapped_file_is_read_in_place(tmp_path: Path) -> None:
    path = tmp_path / "trace.out"
    path.write_bytes(trace(running(10)))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        reader = TraceReader(data)
        rows = [generation.events.num_rows for generation in reader]
        del reader
    assert rows == [4]


def test_clock_snapshot() -> None:
    clock = ClockSnapshot(trace_ns=12, mono_ns=34, wall_ns=1_740_755_049_000_000_123)
    source = GenerationSource(1, tuple(running(10)), clock=clock)
    assert [g.clock for g in TraceReader(write_trace([source]))] == [clock]
    assert [g.clock for g in TraceReader(write_trace([source], number=23))] == [None]


def test_a_start_waits_for_the_unblock_on_another_thread() -> None:
    """The clocks say the goroutine ran before it was woken; the rules say otherwise."""
    data = trace(
        running(10, m=1, p=0, g=1),
        at(12, E.GO_STATUS, 3, -1, WAITING),
        at(15, E.PROC_STATUS, 1, 1, m=2),
        at(20, E.GO_START, 3, 2, m=2),
        at(100, E.GO_UNBLOCK, 3, 1, m=1),
    )
    events = delivered(data)
    assert kinds(events)[-2:] == [(E.GO_UNBLOCK, 1), (E.GO_START, 2)]
    assert [event.time for event in events][-2:] == [100, 101]  # times never go back


def test_a_p_is_stolen_before_it_starts_elsewhere() -> None:
    data = trace(
        running(10, m=1, p=0, g=1),
        at(12, E.PROC_STATUS, 1, P_IDLE, m=2),
        at(20, E.GO_SYSCALL_BEGIN, 1, stack=stack("read")),
        at(21, E.GO_SYSCALL_END_BLOCKED, m=1),  # waits until the P is gone
        at(30, E.PROC_STEAL, 0, 2, 1, m=2),
        at(31, E.PROC_START, 0, 3, m=2),
    )
    assert kinds(delivered(data))[-4:] == [
        (E.GO_SYSCALL_BEGIN, 1),
        (E.PROC_STEAL, 2),
        (E.GO_SYSCALL_END_BLOCKED, 1),
        (E.PROC_START, 2),
    ]


def test_a_switch_is_three_events() -> None:
    data = trace(
        running(10),
        at(12, E.GO_CREATE_BLOCKED, 5, stack=stack("iter.Pull"), extra_stack=stack("corostart")),
        at(20, E.GO_SWITCH, 5, 1),
        at(30, E.GO_SWITCH_DESTROY, 1, 1),
        at(40, E.GO_LABEL, text="after"),
    )
    rows = [(e.time, e.type, e.g, e.args, e.derived) for e in delivered(data)[3:]]
    assert rows == [
        (20, E.GO_UNBLOCK, 1, (5, 1), True),
        (21, E.GO_BLOCK, 1, (), True),
        (22, E.GO_START, -1, (5, 1), True),
        (30, E.GO_UNBLOCK, 5, (1, 1), True),
        (31, E.GO_DESTROY, 5, (), True),
        (32, E.GO_START, -1, (1, 1), True),
        (40, E.GO_LABEL, 1, (), False),
    ]


def test_a_thread_that_leaves_go_drops_its_p() -> None:
    data = trace(
        at(10, E.PROC_STATUS, 0, 3, m=7),
        at(11, E.GO_STATUS, 9, 7, SYSCALL, m=7),
        at(12, E.GO_DESTROY_SYSCALL, m=7),
    )
    steal, destroy = delivered(data)[-2:]
    assert (steal.type, steal.args, steal.p, steal.g, steal.derived) == (
        E.PROC_STEAL,
        (0, 0, 7),
        0,
        9,
        True,
    )
    assert (destroy.type, destroy.p, destroy.g) == (E.GO_DESTROY_SYSCALL, 0, 9)


def test_ends_inherit_what_their_begins_said() -> None:
    first = generation(
        1,
        running(10),
        at(20, E.USER_TASK_BEGIN, 4, 2, text="order", stack=stack("main.main")),
        at(21, E.STW_BEGIN, text="GC sweep termination"),
    )
    second = generation(2, running(110), at(120, E.STW_END), at(121, E.USER_TASK_END, 4))
    reader = TraceReader(write_trace([first, second]))
    ends = [e for e in read_events(reader) if e.type in (E.STW_END, E.USER_TASK_END)]
    assert [event.text for event in ends] == ["GC sweep termination", "order"]


def test_task_end_has_its_parent() -> None:
    data = trace(
        running(10),
        at(20, E.USER_TASK_BEGIN, 4, 2, text="order"),
        at(21, E.USER_TASK_END, 4),
        at(22, E.USER_TASK_END, 99),
    )
    (only,) = TraceReader(data)
    ends = [row for row in only.events.to_pylist() if row["type"] == E.USER_TASK_END]
    assert [(row["arg0"], row["arg1"]) for row in ends] == [(4, 2), (99, 0)]


def test_cpu_samples_stand_where_their_time_is() -> None:
    data = trace(
        running(10),
        at(30, E.CPU_SAMPLE, m=5, p=2, g=8, stack=stack("hot")),
        at(40, E.HEAP_GOAL, 1),
        at(20, E.CPU_SAMPLE, m=1, p=-1, g=-1),
        at(40, E.CPU_SAMPLE, m=1, p=0, g=1),
    )
    found = [(e.time, e.type, e.m, e.p, e.g) for e in delivered(data)[2:]]
    assert found == [
        (20, E.CPU_SAMPLE, 1, -1, -1),
        (30, E.CPU_SAMPLE, 5, 2, 8),
        (40, E.HEAP_GOAL, 1, 0, 1),
        (41, E.CPU_SAMPLE, 1, 0, 1),
    ]


def region(time: int, kind: EventType, name: str) -> TraceEvent:
    return at(time, kind, 1, text=name)


def task(time: int) -> TraceEvent:
    return at(time, E.USER_TASK_BEGIN, 1, 0, text="order")


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([at(5, E.GO_STOP, text="x")], "expected a thread|expected a proc"),
        ([*running(5), at(9, E.GC_MARK_ASSIST_END)], "not in-flight"),
        ([*running(5), at(9, E.STW_BEGIN, text="a"), at(10, E.STW_BEGIN, text="a")], "in-flight"),
        ([*running(5), at(9, E.GO_CREATE, 1)], "already exists"),
        ([*running(5), at(9, E.GC_END, 3)], "failed to advance"),
        ([*running(5), at(9, E.GO_START, 44, 1)], "failed to advance.*M 1 at GoStart"),
        ([*running(5), region(9, E.USER_REGION_BEGIN, "a"), region(10, E.USER_REGION_END, "b")],
         "misuse of region"),
        ([*running(5), task(9), task(10)], "task ID conflict"),
        ([at(5, E.GO_STATUS, 1, -1, SYSCALL)], "in syscall without a thread"),
        ([*running(5), at(9, E.GO_STATUS, 1, 1, RUNNABLE)], "inconsistent status"),
        ([at(5, E.GO_STATUS, 1, 1, 9)], "invalid status"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named(events: list[TraceEvent], problem: str) -> None:
    reader = TraceReader(trace(events))
    (only,) = reader
    assert not only.complete
    assert re.search(problem, reader.warnings[0]), reader.warnings


def test_statuses_may_not_introduce_goroutines_late() -> None:
    first = generation(1, running(10))
    second = generation(2, running(20), at(30, E.GO_STATUS, 77, 1, RUNNING, m=-1))
    reader = TraceReader(write_trace([first, second]))
    assert [g.complete for g in reader] == [True, False]
    assert "new goroutine after the first generation" in reader.warnings[0]


def test_the_decoders_table_is_ours() -> None:
    ours = [(spec.type, spec.name, list(spec.args[1:])) for spec in EVENTS if spec.timed]
    assert _native.gotrace_events() == ours
    assert {spec.type for spec in EVENTS} == set(EventType)
