"""Hostile traces: every part of the decoder gives what it can, or a `FormatError`, and soon.

`make test` tries a few hundred, always the same. With GROWWORK_FUZZ_SECONDS in the environment
each test goes on with new ones for that long; `make fuzz` does so. What the coverage-guided
fuzzers of rust/fuzz found worth keeping is in tests/data/gotrace_corpus.
"""

from __future__ import annotations

import io
import os
import tarfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from growwork.core.errors import FormatError
from growwork.formats.gotrace import ScanOptions, TraceReader, TraceScanner, read_text
from growwork.formats.gotrace.ordered_text import write_ordered_text
from growwork.formats.gotrace.spec import FORMATS
from tests.formats.gotrace_programs import broken_traces, whole_traces
from tests.formats.test_gotrace_damage import three_generations

CORPUS = Path(__file__).parent.parent / "data" / "gotrace_corpus" / "gotrace_bytes.tar.xz"
CORPUS_REPLAYED = 150  # by `make test`; the names are hashes, so these are any
T = TypeVar("T")

SLOWEST_SECONDS = 20  # for a few kilobytes, on a machine that does other things

OPTIONS = [
    ScanOptions(longest=8),
    ScanOptions(longest=8, spans=True, start_ns=40, end_ns=200, wait_reasons=("sync",)),
    ScanOptions(goroutine=1, region="sync", spans=True),
]


def try_many(check: Callable[[T], None], inputs: st.SearchStrategy[T]) -> None:
    """Check some inputs, or new ones for as long as the environment says."""
    limits = settings(
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    seconds = float(os.environ.get("GROWWORK_FUZZ_SECONDS", "0"))
    if not seconds:
        settings(limits, max_examples=100, derandomize=True)(given(inputs)(check))()
        return
    tried = 0

    def counted(value: T) -> None:
        nonlocal tried
        tried += 1
        check(value)

    end = time.monotonic() + seconds
    start = time.time_ns()
    rounds = 0
    while time.monotonic() < end:
        test = settings(limits, max_examples=100)(given(inputs)(counted))
        seed(start + rounds)(test)()
        rounds += 1
    print(f"{check.__name__}: {tried} inputs, {tried / seconds:.0f} per second")


def scan(data: bytes, options: ScanOptions, threads: int) -> tuple[object, ...]:
    """Everything a scan gives, as values that compare.

    Texts of events that break a rule are numbered by one thread and not by two, so that numbers
    of texts are replaced by the texts.
    """
    scanner = TraceScanner(data, options=replace(options, threads=threads))
    generations = list(scanner)
    texts = scanner.texts()

    def rows(table: pa.Table | pa.RecordBatch) -> list[tuple[object, ...]]:
        return [
            tuple(
                texts[value] if name in {"text_id", "reason_id"} else value
                for name, value in row.items()
            )
            for row in table.to_pylist()
        ]

    delivered = [
        [
            (one.number, one.complete, one.bytes, one.clock),
            *map(rows, (one.ranges, one.utilization, one.heap, one.samples, one.spans)),
        ]
        for one in generations
    ]
    sums = [sorted(rows(table)) for table in (scanner.totals(), scanner.histograms())]
    rest = [rows(table) for table in (scanner.longest(), scanner.frames())]
    ends = (scanner.total_events, scanner.first_ns, scanner.last_ns, scanner.position)
    return delivered, sums, rest, scanner.warnings, ends


def result(call: Callable[[], object]) -> object:
    """What a call returns, or the words of its `FormatError`; nothing else may come."""
    try:
        return call()
    except FormatError as error:
        return str(error)


def check_trace(data: bytes) -> None:
    """All readers of a trace, on any bytes."""
    start = time.monotonic()
    for options in OPTIONS:
        one = result(lambda: scan(data, options, 1))  # noqa: B023 - called at once
        two = result(lambda: scan(data, options, 2))  # noqa: B023
        assert one == two
    reader = result(lambda: [one.events.num_rows for one in TraceReader(data)])
    out = io.StringIO()
    written = result(lambda: write_ordered_text(data, out))
    assert isinstance(written, str) == isinstance(reader, str)
    if isinstance(written, tuple):
        result(lambda: read_text(out.getvalue()))
    assert time.monotonic() - start < SLOWEST_SECONDS


def check_text(text: str) -> None:
    """Text becomes bytes, which need not be a trace."""
    data = result(lambda: read_text(text))
    if isinstance(data, bytes):
        check_trace(data)


def text_of(data: bytes) -> str:
    """The text form of what can be read of a trace."""
    out = io.StringIO()
    result(lambda: write_ordered_text(data, out))
    return out.getvalue()


@st.composite
def broken_texts(draw: st.DrawFn) -> str:
    """The text of a trace with lines lost, repeated and moved, and characters changed."""
    lines = text_of(draw(whole_traces())).splitlines()
    for _ in range(draw(st.integers(0, 4))):
        if len(lines) < 2:
            break
        one, two = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        what = draw(st.sampled_from(["swap", "lose", "repeat", "change"]))
        if what == "swap":
            lines[one], lines[two] = lines[two], lines[one]
        elif what == "lose":
            del lines[one]
        elif what == "repeat":
            lines.insert(two, lines[one])
        else:
            line = lines[one]
            place = two % (len(line) + 1)
            some = draw(st.text('0123456789=" \\\\xuU#-adx\udcffβ', max_size=3))
            lines[one] = line[:place] + some + line[place + 1 :]
    return "\n".join(lines)


def test_whole_traces_are_mostly_whole() -> None:
    """The programs are good enough to reach deep: else the other tests would prove little."""
    complete = 0

    def check(data: bytes) -> None:
        nonlocal complete
        complete += all(one.complete for one in TraceReader(data))

    settings(max_examples=100, derandomize=True, deadline=None, database=None)(
        given(whole_traces())(check)
    )()
    assert complete > 70


def test_broken_traces() -> None:
    try_many(check_trace, broken_traces())


def test_broken_texts() -> None:
    try_many(check_text, broken_texts())


@pytest.mark.parametrize("number", [row.number for row in FORMATS])
def test_every_truncation_point_is_scanned(number: int) -> None:
    """A scan finds of a cut trace what the reader finds, on one thread and on two."""
    data, ends = three_generations(number)
    last_events = 0
    for size in range(len(data)):
        cut = data[:size]
        complete = result(lambda: [one.complete for one in TraceReader(cut)])  # noqa: B023
        if isinstance(complete, str):
            assert result(lambda: scan(cut, OPTIONS[0], 2)) == complete  # noqa: B023
            continue
        reader = TraceReader(cut)
        assert len(list(reader)) == len(list(TraceScanner(cut)))
        scanner = TraceScanner(cut, options=OPTIONS[0])
        scanned = list(scanner)
        assert [one.complete for one in scanned] == complete
        assert scanner.total_events == reader.total_events
        assert scanner.warnings == reader.warnings
        assert scanner.total_events + 1 >= last_events  # but for the last Sync
        last_events = scanner.total_events
        assists = [row for one in scanned for row in one.ranges.to_pylist()]
        assert len(assists) >= sum(end <= size for end in ends)
        for options in OPTIONS:
            assert scan(cut, options, 1) == scan(cut, options, 2)


def test_corpus() -> None:
    """What the fuzzers of rust/fuzz kept, each input for a path of its own."""
    with tarfile.open(CORPUS) as corpus:
        members = [corpus.extractfile(member) for member in corpus if member.isfile()]
        inputs = [member.read() for member in members if member is not None]
    assert len(inputs) > CORPUS_REPLAYED
    every = "GROWWORK_FUZZ_SECONDS" in os.environ
    for data in inputs if every else inputs[:CORPUS_REPLAYED]:
        check_trace(data)


@pytest.mark.parametrize("escape", [r"\s", r"\777", r"\Uffffffff", r"\ud800", "\udcff"])
def test_escapes_that_mean_nothing(escape: str) -> None:
    text = f'Trace Go1.26\nStrings\nString id=1\n\tdata="{escape}"\n'
    with pytest.raises(FormatError, match=r"line 4: .*cannot unquote"):
        read_text(text)
