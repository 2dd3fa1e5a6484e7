"""Heap profiles in text form."""

from __future__ import annotations

import pytest

from growwork.core.errors import FormatError, TruncatedInput
from growwork.formats.heapdebug import (
    ProfileTotals,
    read_heapdebug,
    read_symbols,
    write_heapdebug,
)
from tests.formats.heap_inputs import HEAP_TEXT
from tests.formats.profiled import FAST_RELEASES, run_profiled


def test_reading_a_written_profile_gives_it_back() -> None:
    profile = read_heapdebug(HEAP_TEXT)
    assert read_heapdebug(write_heapdebug(profile)) == profile


def test_records_share_their_stack() -> None:
    profile = read_heapdebug(HEAP_TEXT)
    assert profile.rate == 524288  # the header has twice the rate
    assert profile.totals == ProfileTotals(3, 2000, 6, 4500)
    assert profile.records.to_pydict() == {
        "stack_id": [0, 0, 1],
        "inuse_objects": [1, 1, 0],
        "inuse_bytes": [288, 576, 0],
        "alloc_objects": [2, 3, 1],
        "alloc_bytes": [576, 1728, 2196],
    }
    assert profile.pcs.column("pc").to_pylist() == [0x1011, 0x1021, 0x1101, 0x5001]
    assert [tuple(row.values()) for row in profile.comments.to_pylist()] == [
        (0, 0, 0x1020, "shop.put[...]", 0x20, "/src/shop/put.go", 7),
        (0, 1, 0x1100, "main.main", 0x100, "/src/main.go", 9),
        (1, 0, 0x5000, "", 0, "", 0),
    ]
    assert profile.warnings == ()


def test_memory_statistics() -> None:
    memstats = read_heapdebug(HEAP_TEXT).memstats
    assert memstats is not None
    assert memstats.total_alloc_bytes == 4567
    assert memstats.stack_inuse_bytes == 524288
    assert memstats.next_gc_bytes == 4 << 20
    assert (memstats.gc_cycles, memstats.forced_gc_cycles) == (3, 1)
    assert memstats.gc_cpu_fraction == 0.25
    assert memstats.max_rss_bytes == 9999
    assert ("PauseNs", "[100 200 0]") in memstats.values


def test_every_truncation_is_a_clear_error_or_warned_of() -> None:
    memstats = HEAP_TEXT.index(b"# runtime.MemStats")
    for length in range(len(HEAP_TEXT)):
        data = HEAP_TEXT[:length]
        try:
            profile = read_heapdebug(data, source="cut.txt")
        except FormatError as error:
            assert error.source == "cut.txt"  # noqa: PT017
            assert isinstance(error, TruncatedInput)  # noqa: PT017
        else:
            assert data.endswith(b"\n")
            assert bool(profile.warnings) == (length <= memstats + len("# runtime.MemStats\n"))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"goroutine profile: total 5\n", "line 1: expected `heap profile: …`, found .goroutine"),
        (b"\x1f\x8b\x08\x00\x00\n", "line 1: expected `heap profile"),
        (b"heap profile: 1: 2 [3: 4] @ heapz\n", "line 1: expected `… @ heap/<rate>`"),
        (b"heap profile: 1: 2 [3: 4] @ heap/2\nhello\n", "line 2: expected a heap record"),
        (b"heap profile: 1: 2 [3: 4] @ heap/2\n1: 2 [3: 4] @ xyz\n", "line 2: expected hexa"),
        (b"heap profile: 1: 2 [3: 4] @ heap/2\n1: 2 [3: 4] @ 0x1\n#\tfoo\n", "line 3: expected a"),
        (b"heap profile: 1: 2 [3: 4] @ heap/2\n\n# runtime.MemStats\n# NumGC = x\n",
         "expected a number for NumGC"),
        (b"heap profile: 1: 2 [3: 4] @ heap/2\n1: 2 [3: 4] @" + b" 0x1" * 70_000 + b"\n",
         "at most 65,535 addresses"),
    ],
)  # fmt: skip
def test_foreign_and_broken_lines_are_named(data: bytes, problem: str) -> None:
    with pytest.raises(FormatError, match=problem):
        read_heapdebug(data, source="x")


def test_empty_input_is_truncated() -> None:
    with pytest.raises(TruncatedInput):
        read_heapdebug(b"")


def test_symbol_answers_name_calls() -> None:
    names = read_symbols(
        b"num_symbols: 1\n0x1010 runtime.hashGrow\n0x2000 main.f\nnum_symbols: 1\n"
    )
    assert names.name(0x1011) == "runtime.hashGrow"  # asked for inside the call
    assert names.name(0x2000) == "main.f"  # asked for as the return address
    assert names.name(0x3000) is None
    with pytest.raises(FormatError, match="line 1: expected `0x… function`"):
        read_symbols(b"<html>\n")


@pytest.mark.needs_go
@pytest.mark.parametrize("version", FAST_RELEASES)
def test_real_profiles(version: str) -> None:
    text = run_profiled(version).heap_text
    profile = read_heapdebug(text)
    assert profile.rate == 1
    assert profile.records.num_rows == text.count(b" @ 0x")
    assert profile.memstats is not None
    assert profile.memstats.gc_cycles >= 2
    assert sum(profile.records.column("alloc_bytes").to_pylist()) == profile.totals.alloc_bytes
    assert read_heapdebug(write_heapdebug(profile)) == profile
