"""Ordered events as text, and back to the same stream."""

from __future__ import annotations

import gzip
import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growwork.core.errors import FormatError
from growwork.formats.gotrace import (
    ClockSnapshot,
    GenerationSource,
    TraceEvent,
    TraceReader,
    read_events,
    read_text,
    write_trace,
)
from growwork.formats.gotrace.ordered_text import write_ordered_text
from growwork.formats.gotrace.spec import FORMATS, MAX_BATCH_BYTES
from growwork.formats.gotrace.text import quote_data
from growwork.formats.gotrace.types import ExperimentalBatch
from growwork.formats.gotrace.writer import encode_uvarint
from tests.formats.gotrace_events import (
    P_ABANDONED,
    P_SYSCALL,
    SYSCALL,
    WAITING,
    E,
    at,
    generation,
    running,
    stack,
    trace,
)
from tests.formats.test_gotrace import programs

NUMBERS = [row.number for row in FORMATS]
RECORDED = Path(__file__).parents[1] / "data" / "gotrace"


def to_text(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text and the warnings."""
    out = io.StringIO()
    warnings = write_ordered_text(data, out, name="t.out")
    return out.getvalue(), warnings


def stream(data: bytes) -> tuple[list[TraceEvent], list[tuple[int, bool, ClockSnapshot | None]]]:
    """Events with their texts and stacks, and the generations they are of."""
    generations = [(g.number, g.complete, g.clock) for g in TraceReader(data)]
    return list(read_events(TraceReader(data))), generations


def assert_survives(data: bytes) -> str:
    """The stream of a trace is that of its text; the text."""
    text, warnings = to_text(data)
    assert warnings == TraceReader(data, name="t.out").warnings == ()
    assert stream(read_text(text)) == stream(data)
    return text


def batches(text: str) -> list[tuple[int, list[str]]]:
    """The M and the lines of each batch."""
    pieces = re.split(r"^EventBatch gen=\d+ m=(\d+) .*\n", text, flags=re.MULTILINE)
    return [
        (int(m), lines.splitlines()) for m, lines in zip(pieces[1::2], pieces[2::2], strict=True)
    ]


def test_a_small_trace() -> None:
    clock = ClockSnapshot(trace_ns=12, mono_ns=34, wall_ns=5_000_000_006)
    events = [
        *running(10, m=1, p=0, g=1),
        at(15, E.PROC_STATUS, 3, 1, m=2),
        at(20, E.STW_BEGIN, text="GC sweep termination", stack=stack("f", "g")),
        at(25, E.CPU_SAMPLE, m=7, p=-1, g=-1, stack=stack("f", "g")),
        at(30, E.STW_END),
    ]
    text, _ = to_text(write_trace([GenerationSource(3, tuple(events), clock=clock)]))
    assert text == (
        "Trace Go1.26\n"
        "EventBatch gen=3 m=18446744073709551615 time=9 size=12\n"
        "Sync\n"
        "Frequency freq=1000000000\n"
        "ClockSnapshot dt=3 mono=34 sec=5 nsec=6\n"
        "EventBatch gen=3 m=1 time=9 size=9\n"
        "ProcStatus dt=1 p=0 pstatus=1\n"
        "GoStatus dt=1 g=1 m=1 gstatus=2\n"
        "EventBatch gen=3 m=2 time=14 size=4\n"
        "ProcStatus dt=1 p=3 pstatus=1\n"
        "EventBatch gen=3 m=1 time=19 size=6\n"
        "STWBegin dt=1 kind_string=1 stack=1\n"
        "STWEnd dt=10\n"
        "EventBatch gen=3 m=18446744073709551615 time=9 size=16\n"
        "CPUSamples\n"
        "CPUSample time=25 m=7 p=18446744073709551615 g=0 stack=1\n"
        "EventBatch gen=3 m=18446744073709551615 time=9 size=18\n"
        "Stacks\n"
        "Stack id=1 nframes=2\n"
        "\tpc=4194320 func=2 file=4 line=10\n"
        "\tpc=4194320 func=3 file=5 line=11\n"
        "EventBatch gen=3 m=18446744073709551615 time=9 size=56\n"
        "Strings\n"
        'String id=1\n\tdata="GC sweep termination"\n'
        'String id=2\n\tdata="f"\n'
        'String id=3\n\tdata="g"\n'
        'String id=4\n\tdata="/src/f.go"\n'
        'String id=5\n\tdata="/src/g.go"\n'
        "EndOfGeneration\n"
    )


@settings(deadline=None)
@given(programs(), st.sampled_from(NUMBERS))
def test_any_program(program: tuple[list[TraceEvent], int], number: int) -> None:
    source = GenerationSource(1, tuple(program[0]))
    assert_survives(write_trace([source], number=number, batch_bytes=program[1]))


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.trace.gz")), ids=lambda path: path.name)
def test_recorded_traces(path: Path) -> None:
    assert_survives(gzip.decompress(path.read_bytes()))


@pytest.mark.parametrize("number", NUMBERS)
def test_generations(number: int) -> None:
    """Contexts, tasks and ranges go on across generations; ids do not.

    The clocks are earlier than their batches.
    """
    clocks = [ClockSnapshot(t, t + 7, 10**18 + t) if number > 23 else None for t in (15, 115, 215)]
    first = generation(
        7,
        running(20),
        at(30, E.USER_TASK_BEGIN, 4, 2, text="order", stack=stack("main.main")),
        at(31, E.STW_BEGIN, text="GC sweep termination"),
        at(32, E.USER_REGION_BEGIN, 4, text="parse"),
        at(33, E.GC_BEGIN, 1, stack=stack("main.main")),
    )
    second = generation(
        8,
        at(120, E.PROC_STATUS, 0, 1),
        at(121, E.GO_STATUS, 1, 1, 2),
        at(122, E.GC_ACTIVE, 2),
        at(130, E.STW_END),
        at(131, E.USER_REGION_END, 4, text="parse", stack=stack("main.main", "f")),
        at(132, E.USER_LOG, 4, text="key", text2='a "quoted"\nline\\ ä \x00 \u2028'),
    )
    third = generation(9, running(220), at(230, E.USER_TASK_END, 4), at(231, E.GC_END, 3))
    sources = [
        GenerationSource(one.number, one.events, clock=clock)
        for one, clock in zip((first, second, third), clocks, strict=True)
    ]
    assert_survives(write_trace(sources, number=number))


def test_what_the_order_adds_is_taken_away() -> None:
    switches = trace(
        running(10),
        at(12, E.GO_CREATE_BLOCKED, 5, stack=stack("iter.Pull"), extra_stack=stack("corostart")),
        at(20, E.GO_SWITCH, 5, 1),
        at(21, E.GO_LABEL, text="two nanoseconds late"),
        at(30, E.GO_SWITCH_DESTROY, 1, 1),
    )
    text = assert_survives(switches)
    assert [line for line in text.splitlines() if "Switch" in line or "Unblock" in line] == [
        "GoSwitch dt=8 g=5 g_seq=1",
        "GoSwitchDestroy dt=7 g=1 g_seq=1",
    ]
    leaving = trace(
        at(10, E.PROC_STATUS, 0, P_SYSCALL, m=7),
        at(11, E.GO_STATUS, 9, 7, SYSCALL, m=7),
        at(12, E.GO_DESTROY_SYSCALL, m=7),
    )
    text = assert_survives(leaving)
    assert "GoDestroySyscall dt=1\n" in text
    assert "ProcSteal" not in text


def test_a_promoted_p_is_reported_on_its_thread() -> None:
    """A thread writes the status of a P that another one took into a syscall."""
    first = generation(
        1,
        running(10),
        running(12, m=2, p=1, g=2),
        at(20, E.GO_SYSCALL_BEGIN, 1, stack=stack("read")),
    )
    second = generation(
        2,
        at(110, E.PROC_STATUS, 1, 1, m=2),
        at(111, E.PROC_STATUS, 0, P_ABANDONED, m=2),
        at(120, E.PROC_STEAL, 0, 1, 1, m=2),
    )
    text = assert_survives(write_trace([first, second]))
    assert (1, ["ProcStatus dt=1 p=0 pstatus=3"]) in batches(text)


NOBODY = (1 << 64) - 1


@pytest.mark.parametrize(
    ("events", "writer"),
    [
        # Without a thread, about one unknown: from there nothing else can be told.
        ([at(20, E.GO_STATUS, 9, 7, SYSCALL, m=-1)], 7),
        # Without a thread, about one that is known to have the goroutine.
        (
            [
                at(20, E.GO_STATUS, 9, 7, SYSCALL, m=7),
                at(25, E.GO_STATUS, 9, 7, SYSCALL, m=-1),
            ],
            NOBODY,
        ),
        # The thread itself, not yet known to have it.
        (
            [
                at(18, E.PROC_STATUS, 4, P_SYSCALL, m=7),
                at(20, E.GO_STATUS, 9, 7, SYSCALL, m=7),
                at(30, E.PROC_STEAL, 4, 1, 7),
            ],
            7,
        ),
        # A running thread, about one unknown, and about one known.
        ([at(20, E.GO_STATUS, 9, 7, SYSCALL, m=1), at(30, E.HEAP_GOAL, 1)], 1),
        (
            [
                at(20, E.GO_STATUS, 9, 7, SYSCALL, m=7),
                at(25, E.GO_STATUS, 9, 7, SYSCALL, m=1),
            ],
            1,
        ),
        # A running thread without a P.
        (
            [
                at(12, E.GO_STATUS, 3, 2, SYSCALL, m=2),
                at(20, E.GO_STATUS, 9, 7, SYSCALL, m=2),
                at(30, E.GO_SYSCALL_END_BLOCKED, m=2),
            ],
            2,
        ),
    ],
)
def test_a_goroutine_in_a_syscall_is_reported_on_its_thread(
    events: list[TraceEvent], writer: int
) -> None:
    data = trace(running(10), events, at(90, E.GO_SYSCALL_END_BLOCKED, m=7))
    lines = [(m, line) for m, batch in batches(assert_survives(data)) for line in batch]
    found = [m for m, line in lines if line.startswith("GoStatus ") and " g=9 m=7 " in line]
    assert found[-1] == writer


def test_goroutines_that_sat_in_syscalls_for_a_generation() -> None:
    """As the runtime writes them: at the end, without a thread."""
    first = generation(
        1,
        running(10),
        at(20, E.GO_STATUS, 9, 7, SYSCALL, m=-1),
        at(21, E.GO_STATUS, 3, -1, WAITING, m=-1),
    )
    second = generation(
        2,
        running(110),
        at(120, E.GO_STATUS, 9, 7, SYSCALL, m=-1),
        at(121, E.GO_STATUS, 3, -1, WAITING, m=-1),
        at(130, E.GO_UNBLOCK, 3, 1, stack=stack("wake")),
    )
    third = generation(3, running(210), at(220, E.GO_STATUS, 9, 7, SYSCALL, m=-1))
    assert_survives(write_trace([first, second, third]))


def test_events_at_one_time_keep_their_order() -> None:
    """Times are moved by single nanoseconds, and the text has the times after that."""
    data = trace(
        [event for m in range(1, 9) for event in running(10, m=m, p=m, g=m)],
        [at(20, E.HEAP_ALLOC, m, m=m) for m in (5, 3, 8, 1)],
        [at(20, E.CPU_SAMPLE, m=m, p=m, g=m) for m in (2, 1)],
    )
    assert_survives(data)


def test_batches_are_no_larger_than_may_be() -> None:
    """One thread with events for several batches, texts and stacks for more than one."""
    big = (1 << 63) - 1
    labels = [at(500_000 + k, E.GO_LABEL, text=f"label {k} " + "x" * 900) for k in range(200)]
    deep = [
        at(600_000 + k, E.PROCS_CHANGE, k, stack=stack(*(f"f{k}.{depth}" for depth in range(60))))
        for k in range(200)
    ]
    data = trace(
        running(10), [at(20 + k, E.HEAP_ALLOC, big - k) for k in range(20_000)], labels, deep
    )
    text = assert_survives(data)
    sizes = [int(size) for size in re.findall(r"^EventBatch .* size=(\d+)$", text, re.MULTILINE)]
    assert max(sizes) <= MAX_BATCH_BYTES
    assert sum(size > MAX_BATCH_BYTES // 2 for size in sizes) > 5
    assert text.count("\nStrings\n") > 2
    assert text.count("\nStacks\n") > 1


def late(*events: TraceEvent) -> bytes:
    """A trace of a machine that is up for so long that floating point cannot count its ns."""
    start = 1 << 54
    moved = tuple(
        TraceEvent(start + 64 * e.time, e.type, e.m, e.args, p=e.p, g=e.g) for e in events
    )
    return write_trace([GenerationSource(1, moved, frequency=15_625_000)])


def test_times_that_floating_point_cannot_hold() -> None:
    data = late(
        *running(10),
        at(20, E.PROC_STATUS, 5, 1, m=2),
        at(20, E.HEAP_ALLOC, 1),
        at(21, E.CPU_SAMPLE, m=1, p=0, g=1),
        at(22, E.HEAP_ALLOC, 2),
    )
    assert any(event.time % 64 for event in read_events(TraceReader(data)))
    assert_survives(data)


def test_samples_at_such_times_are_rounded() -> None:
    data = late(*running(10), at(20, E.HEAP_ALLOC, 1), at(20, E.CPU_SAMPLE, m=1, p=0, g=1))
    _, warnings = to_text(data)
    assert warnings == (
        "t.out: times of 1 CPU samples are rounded: they are above 2^53 ns and not whole ticks",
    )


def test_bytes_that_are_no_text() -> None:
    """The runtime cuts long messages anywhere; the text reads as the trace does."""
    message = "ä" * 512
    data = trace(running(10), at(20, E.USER_LOG, 0, text="k", text2=message))
    cut = data.replace(message.encode(), b"z" + message.encode()[:1023])
    assert cut != data
    event = next(e for e in read_events(TraceReader(cut)) if e.type is E.USER_LOG)
    assert event.text2 == "z" + "ä" * 511 + "\N{REPLACEMENT CHARACTER}"
    assert_survives(cut)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_cut_last_generation_is_closed(number: int) -> None:
    data = write_trace(
        [
            generation(1, running(10), at(20, E.GO_LABEL, text="one")),
            generation(2, running(110), at(120, E.GO_LABEL, text="two"), at(121, E.HEAP_GOAL, 1)),
        ],
        number=number,
    )
    cut = data[:-6]
    text, warnings = to_text(cut)
    assert len(warnings) == 1
    assert "generation 2 is incomplete" in warnings[0]
    assert "# generation 2 is incomplete\n" in text
    events, generations = stream(read_text(text))
    expected, _ = stream(cut)
    assert events[:-1] == expected
    assert events[-1].type is E.SYNC
    assert [complete for _, complete, _ in generations] == [True, True]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_broken_generation_stays_so(number: int) -> None:
    """Else the one after it would be held against what the broken one said."""
    broken = generation(2, running(200), at(210, E.GC_MARK_ASSIST_END))
    sources = [generation(1, running(100)), broken, generation(3, running(300, m=4, g=5))]
    data = write_trace(sources, number=number)
    text, warnings = to_text(data)
    assert len(warnings) == 1
    assert stream(read_text(text)) == stream(data)
    assert [g.complete for g in TraceReader(read_text(text))] == [True, False, True]


def with_experiments(data: bytes, *batches: ExperimentalBatch) -> bytes:
    """A trace of one generation with these batches behind all others."""
    end = data[-1:] if data.startswith(b"go 1.26") else b""
    out = data.removesuffix(end)
    for batch in batches:
        out += bytes([E.EXPERIMENTAL_BATCH, batch.experiment])
        numbers = batch.generation, batch.m, 9, len(batch.payload)
        out += b"".join(map(encode_uvarint, numbers)) + batch.payload
    return out + end


def experiments(data: bytes) -> list[ExperimentalBatch]:
    reader = TraceReader(data)
    return [batch for _ in reader for batch in reader.experiments()]


@pytest.mark.parametrize("number", [23, 25, 26])
def test_experiments(number: int) -> None:
    batches = [
        ExperimentalBatch(1, 1, -1, bytes(range(256)) * 250),
        ExperimentalBatch(1, 1, 7, b""),
        ExperimentalBatch(0x7F, 1, -1, b'a "name"\n'),
    ]
    events = [
        *running(10),
        at(20, E.SPAN, 4, 1, 18),
        at(21, E.HEAP_OBJECT_ALLOC, 9, 3),
        at(22, E.GOROUTINE_STACK_FREE, 1 << 40),
    ]
    data = with_experiments(trace(events, number=number), *batches)
    assert experiments(data) == batches
    text = assert_survives(data)
    assert experiments(read_text(text)) == batches
    assert "HeapObjectAlloc dt=1 id=9 type=3\n" in text


def test_experiments_that_text_cannot_name() -> None:
    data = with_experiments(trace(running(10)), ExperimentalBatch(0x80, 1, -1, b"x"))
    text, warnings = to_text(data)
    assert warnings == (
        "t.out: 1 batches of unknown experiments (number 128 or above) are left out",
    )
    assert experiments(read_text(text)) == []
    data = with_experiments(trace(running(10), number=22), ExperimentalBatch(1, 1, -1, b"x"))
    _, warnings = to_text(data)
    assert warnings == (
        "t.out: the text cannot be read back: format 1.22 has no ExperimentalBatch",
    )


def test_events_newer_than_the_format() -> None:
    """A reader of events takes them; one of text does not, and neither does Go's."""
    data = trace(
        running(10),
        at(12, E.GO_STATUS, 5, -1, WAITING),
        at(20, E.GO_SWITCH, 5, 1),
        number=22,
    )
    text, warnings = to_text(data)
    assert warnings == ("t.out: the text cannot be read back: format 1.22 has no GoSwitch",)
    with pytest.raises(FormatError, match="unidentified event 'GoSwitch'"):
        read_text(text)


def test_what_cannot_be_read_cannot_be_written() -> None:
    with pytest.raises(FormatError, match="not a Go execution trace"):
        to_text(b"heap profile")
    text, warnings = to_text(trace()[:16])
    assert text == "Trace Go1.26\n"
    assert warnings == ("t.out: the trace holds no generation",)


@pytest.mark.parametrize(
    ("data", "literal"),
    [
        (b"plain text", '"plain text"'),
        (b"", '""'),
        (b"a\"b\\c'd", r'''"a\"b\\c'd"'''),
        (b"\a\b\f\n\r\t\v", r'"\a\b\f\n\r\t\v"'),
        (b"\x00\x1f\x7f", r'"\x00\x1f\x7f"'),
        ("é日\N{GRINNING FACE}".encode(), '"é日\N{GRINNING FACE}"'),
        ("\x85\xa0\u2028\ufeff\U000e0001".encode(), r'"\u0085\u00a0\u2028\ufeff\U000e0001"'),
        ("\N{REPLACEMENT CHARACTER}".encode(), '"\N{REPLACEMENT CHARACTER}"'),
        (b"\xffA\xe2\x82", r'"\xffA\xe2\x82"'),
        (b"\xed\xa0\x80", r'"\xed\xa0\x80"'),
    ],
)
def test_quotes_are_gos(data: bytes, literal: str) -> None:
    """Literals by Go's strconv.Quote."""
    assert quote_data(data) == literal


@given(
    st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
)
def test_quotes_are_read_back(data: bytes) -> None:
    head = "EventBatch gen=1 m=1 time=1 size=1\nStrings\nString id=1\n"
    found = read_text(f"Trace Go1.26\n{head}\tdata={quote_data(data)}\n")
    assert found.endswith(encode_uvarint(len(data)) + data)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("GoStart dt=1 g=2", r"expected dt g g_seq as decimal numbers, found 'dt=1 g=2'"),
        ("GoStart dt=1 g_seq=1 g=2", "expected dt g g_seq"),
        ("GoStart dt=1 g=-2 g_seq=1", "expected dt g g_seq"),
        (f"GoStart dt=1 g={'9' * 5000} g_seq=1", "expected dt g g_seq"),
        ("GoStart dt=1 g=2 g_seq=1 stack=3", "expected dt g g_seq"),
        ("Sync dt=1", "expected no arguments as decimal numbers, found 'dt=1'"),
        ("String id=1", "the text ends inside String"),
    ],
)
def test_lines_that_cannot_be_read(line: str, problem: str) -> None:
    with pytest.raises(FormatError, match=problem) as caught:
        read_text(f"Trace Go1.26\n\n# a comment\n{line}", name="t.txt")
    assert str(caught.value).startswith("t.txt, line 4: ")
