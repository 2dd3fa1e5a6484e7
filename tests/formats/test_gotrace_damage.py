"""Traces that are cut, corrupt, foreign, or too old."""

from __future__ import annotations

import contextlib
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growwork.core.errors import FormatError, TruncatedInput, UnsupportedVersion
from growwork.formats.gotrace import GenerationSource, TraceReader, write_trace
from growwork.formats.gotrace.spec import FORMATS
from growwork.formats.gotrace.writer import encode_header
from tests.formats.gotrace_events import E, at, generation, running, stack, trace

NUMBERS = [row.number for row in FORMATS]


def three_generations(number: int) -> tuple[bytes, list[int]]:
    """A trace of three generations, and the offsets at which each ends."""
    sources = [
        generation(
            at_generation,
            running(100 * at_generation),
            running(100 * at_generation + 5, m=2, p=1, g=2),
            at(100 * at_generation + 10, E.GO_LABEL, text=f"label {at_generation}"),
            at(100 * at_generation + 20, E.GC_MARK_ASSIST_BEGIN, m=2, stack=stack("f", "g")),
            at(100 * at_generation + 30, E.GC_MARK_ASSIST_END, m=2),
            at(100 * at_generation + 25, E.CPU_SAMPLE, stack=stack("hot")),
        )
        for at_generation in (1, 2, 3)
    ]
    ends = [len(write_trace(sources[: count + 1], number=number)) for count in range(3)]
    return write_trace(sources, number=number), ends


def batch_edges(data: bytes) -> list[int]:
    """Where batches begin in a trace without end-of-generation events."""
    edges = [16]
    while edges[-1] < len(data):
        pos = edges[-1] + 1
        for _ in range(4):
            value = shift = 0
            while True:
                value |= (data[pos] & 0x7F) << shift
                shift += 7
                pos += 1
                if data[pos - 1] < 0x80:
                    break
        edges.append(pos + value)
    return edges


def read(data: bytes) -> tuple[list[bool], int, tuple[str, ...]]:
    """Which generations are complete, rows in all, and the warnings."""
    reader = TraceReader(data, name="t.out")
    found = [(g.complete, g.events.num_rows) for g in reader]
    return [complete for complete, _ in found], sum(rows for _, rows in found), reader.warnings


@pytest.mark.parametrize("number", NUMBERS)
def test_every_truncation_point(number: int) -> None:
    data, ends = three_generations(number)
    edges = batch_edges(data) if number < 26 else [16, *ends]
    whole = read(data)
    assert whole[0] == [True, True, True]
    assert whole[2] == ()
    last_rows = 0
    for size in range(len(data)):
        cut = data[:size]
        if size < 16:
            with pytest.raises(FormatError):
                TraceReader(cut)
            continue
        before = sum(end <= size for end in ends)
        try:
            complete, rows, warnings = read(cut)
        except FormatError:
            assert before == 0
            continue
        assert complete[:before] == [True] * before
        assert len(complete) <= before + 1
        # Before 1.26 nothing tells a file cut between two batches from a whole one.
        if size not in edges:
            assert warnings, size
        assert rows + 1 >= last_rows  # a longer file never gives less, but for the last Sync
        last_rows = rows


@pytest.mark.parametrize("number", NUMBERS)
def test_a_cut_generation_is_salvaged(number: int) -> None:
    """The cut is inside the string table, which every generation has last."""
    data, ends = three_generations(number)
    complete, rows, warnings = read(data[: ends[2] - 3])
    assert complete == [True, True, False]
    assert rows == read(data)[1] - 1  # all but the last Sync
    assert len(warnings) == 1
    assert warnings[0].startswith("t.out: generation 3 is incomplete: ")
    assert "(0 lost)" in warnings[0]


def test_what_is_lost_is_counted() -> None:
    data, ends = three_generations(26)
    reader = TraceReader(data[: ends[1] + 60])
    assert [g.complete for g in reader] == [True, True, False]
    assert "of events (" in reader.warnings[0]


def test_reading_resumes_after_a_broken_generation() -> None:
    """Every generation restates the world, so one that breaks a rule costs only itself."""
    broken = generation(2, running(200), at(210, E.GC_MARK_ASSIST_END), at(211, E.HEAP_GOAL, 1))
    sources = [generation(1, running(100)), broken, generation(3, running(300, g=5))]
    for number in NUMBERS:
        complete, _, warnings = read(write_trace(sources, number=number))
        assert complete == [True, False, True]
        assert "generation 2 is incomplete" in warnings[0]
        assert "not in-flight" in warnings[0]


def test_a_missing_generation_is_noticed() -> None:
    sources = [generation(1, running(100)), generation(3, running(300))]
    complete, _, warnings = read(write_trace(sources, number=25))
    assert complete == [True, True]
    assert "generations out of order" in warnings[0]


def test_a_trace_without_generations() -> None:
    reader = TraceReader(encode_header(26), name="t.out")
    assert list(reader) == []
    assert reader.warnings == ("t.out: the trace holds no generation",)


def test_nothing_readable_is_an_error() -> None:
    with pytest.raises(FormatError, match=r"t\.out, offset 16: expected batch event, got event 7"):
        read(encode_header(26) + b"\x07garbage")
    with pytest.raises(TruncatedInput):
        read(encode_header(26) + b"\x01")


def test_too_old() -> None:
    with pytest.raises(UnsupportedVersion, match=r"t\.out: trace format go 1\.21 is too old"):
        TraceReader(encode_header(21) + b"\x00" * 100, name="t.out")


@pytest.mark.parametrize("number", [24, 27])
def test_unknown_versions(number: int) -> None:
    with pytest.raises(UnsupportedVersion, match=r"known are 1\.22, 1\.23, 1\.25, 1\.26"):
        TraceReader(encode_header(number))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "an empty file"),
        (gzip.compress(trace(running(10)), mtime=0), "gzip-compressed"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (b"404 page not found\n", "text, perhaps an HTTP error"),
        (b"heap profile: 1: 2", "heap profile"),
        (b"\x7fELF\x02\x01", "an executable"),
        (b"\x00\x01\x02", "something else"),
        (b"go 1.x trace\0\0\0\0", "text|something else"),
    ],
)
def test_foreign_files(data: bytes, words: str) -> None:
    with pytest.raises(FormatError, match=words) as caught:
        TraceReader(data, name="t.out")
    assert "t.out: not a Go execution trace" in str(caught.value)
    assert "/debug/pprof/trace" in str(caught.value)


@settings(max_examples=300)
@given(
    st.sampled_from(NUMBERS),
    st.lists(st.tuples(st.integers(16, 2000), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_corrupt_bytes_never_crash(number: int, changes: list[tuple[int, int]]) -> None:
    data = bytearray(three_generations(number)[0])
    for offset, value in changes:
        data[16 + (offset - 16) % (len(data) - 16)] = value
    reader = TraceReader(bytes(data))
    times = []
    try:
        for found in reader:
            assert found.events.num_rows < 10_000
            times += found.events.column("time").to_pylist()
    except FormatError:
        assert not times
    assert times == sorted(set(times)) or max(times) == 2**63 - 1


@given(st.sampled_from(NUMBERS), st.binary(max_size=400))
def test_any_bytes_after_a_header(number: int, data: bytes) -> None:
    with contextlib.suppress(FormatError):
        read(encode_header(number) + data)


def test_many_waiting_threads_do_not_hang() -> None:
    """Each thread waits for the next one: the worst order there can be."""
    count = 3000
    events = [at(10, E.GO_STATUS, 1_000 + m, -1, 4, m=-1) for m in range(count)]
    for m in range(count):
        events.append(at(20, E.GO_UNBLOCK, 1_000, count - m, m=m + 1))
        events.append(at(21, E.PROC_STATUS, m, 2, m=m + 1))
    reader = TraceReader(write_trace([GenerationSource(1, tuple(events))]))
    (only,) = reader
    assert not only.complete  # a goroutine cannot be woken twice
    assert "failed to advance" in reader.warnings[0]
