"""Traces made from the text of others, against the originals and Go's own reader."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest

from growwork.formats.gotrace import EventType, TraceReader, read_text
from growwork.formats.gotrace.allocfree import read_allocfree
from growwork.formats.gotrace.ordered_text import write_ordered_text
from growwork.formats.gotrace.types import ExperimentalBatch
from tests.formats.test_gotrace_conformance import parse_txtar, require_package
from tests.formats.test_gotrace_oracle import TOOLCHAINS, record, require_oracle
from tests.gotoolchains import require_go
from tests.oracle.oracle import first_difference, go_reader_events, native_events

pytestmark = pytest.mark.needs_go


def through_text(data: bytes) -> bytes:
    """The trace that the text of a trace is."""
    out = io.StringIO()
    write_ordered_text(data, out)
    return read_text(out.getvalue())


def assert_survives(trace: Path) -> None:
    """Both traces have the same columns, and Go's reader finds in one what we do in the other."""
    data = trace.read_bytes()
    copy = trace.with_suffix(".copy")
    copy.write_bytes(through_text(data))
    ours, other = TraceReader(data), TraceReader(copy.read_bytes())
    for one, two in zip(ours, other, strict=True):
        assert (one.number, one.complete, one.clock) == (two.number, two.complete, two.clock)
        assert one.events.equals(two.events)
        assert ours.experiments() == other.experiments()
    assert ours.warnings == other.warnings == ()
    assert ours.texts() == other.texts()
    assert ours.frames().equals(other.frames())
    assert first_difference(native_events(trace), go_reader_events(copy)) is None


@pytest.mark.parametrize("version", TOOLCHAINS)
def test_fixtures(version: str, tmp_path: Path) -> None:
    require_oracle()
    cases = sorted((require_package(version) / "testdata" / "tests").glob("*.test"))
    assert len(cases) >= 20
    for case in cases:
        files = parse_txtar(case.read_text())
        if files["expect"].strip() == "SUCCESS":
            path = tmp_path / case.name
            path.write_bytes(read_text(files["trace"]))
            assert_survives(path)


def test_go_reads_what_is_left_of_a_broken_trace(tmp_path: Path) -> None:
    """Go's reader rejects the trace where a rule breaks; the text ends before."""
    require_oracle()
    tests = require_package("go1.27.3") / "testdata" / "tests"
    case = (tests / "go122-create-syscall-with-p.test").read_text()
    data = read_text(parse_txtar(case)["trace"])
    broken, mended = tmp_path / "broken", tmp_path / "mended"
    broken.write_bytes(data)
    mended.write_bytes(through_text(data))
    ours, theirs = native_events(broken), go_reader_events(mended)
    assert len(ours) > 5
    assert first_difference(ours, theirs[:-1]) is None  # but for the Sync at the end


def test_a_live_trace(tmp_path: Path) -> None:
    require_oracle()
    assert_survives(record("go1.26.8", tmp_path / "t", "-seconds", "0.2", "-rest", "4ms"))


@pytest.mark.slow
@pytest.mark.parametrize("version", TOOLCHAINS)
def test_long_traces(tmp_path: Path, version: str) -> None:
    require_oracle()
    assert_survives(record(version, tmp_path / "t", "-seconds", "1.3", "-rest", "8ms"))


@pytest.mark.slow
@pytest.mark.parametrize("version", TOOLCHAINS)
def test_allocfree_traces(tmp_path: Path, version: str) -> None:
    require_oracle()
    flags = ("-seconds", "0.1", "-rest", "8ms")
    trace = record(version, tmp_path / "t", *flags, godebug="traceallocfree=1")
    assert_survives(trace)
    assert_types_are_known(trace, "map.bucket[" if version == "go1.23.9" else "map.group[")


def assert_types_are_known(trace: Path, map_type: str) -> None:
    """The tables of an AllocFree trace know what its events name, maps among them."""
    reader = TraceReader(trace.read_bytes())
    batches: list[ExperimentalBatch] = []
    named: set[tuple[int, int]] = set()
    addresses: list[int] = []
    for generation in reader:
        batches += reader.experiments()
        for row in generation.events.to_pylist():
            if row["type"] in (EventType.HEAP_OBJECT, EventType.HEAP_OBJECT_ALLOC):
                addresses.append(row["arg0"])
                named.add((generation.number, row["arg1"]))
    tables = read_allocfree(batches)
    assert tables.info is not None
    assert (tables.info.page_bytes, tables.info.min_object_align_bytes) == (8192, 8)
    lowest = tables.info.object_address(min(addresses))
    assert tables.info.min_heap_address <= lowest < tables.info.min_heap_address + (1 << 30)
    types = [tables.type_of(*key) for key in named if key[1] != 0]
    names = [found.name for found in types if found is not None]
    assert len(names) == len(types) > 10
    assert any(name.startswith(map_type) for name in names)


@pytest.mark.slow
def test_threads_of_c_code(tmp_path: Path) -> None:
    require_oracle()
    if shutil.which("gcc") is None:
        pytest.skip("no C compiler")
    source = require_package("go1.26.8") / "testdata" / "testprog" / "cgo-callback.go"
    env = {**require_go("go1.26.8"), "CGO_ENABLED": "1"}
    trace = tmp_path / "t"
    with trace.open("wb") as out:
        subprocess.run(["go", "run", source], env=env, cwd=tmp_path, stdout=out, check=True)
    assert_survives(trace)
