"""Profiles in proto form: in, out, damaged, and against `go tool pprof`."""

from __future__ import annotations

import gzip
import re
import subprocess
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growwork.core.errors import FormatError, TruncatedInput
from growwork.formats.pprof import Profile, ValueType, read_profile, write_profile
from growwork.formats.pprof.types import FRAMES, LABELS
from growwork.formats.protobuf import bytes_field, number_field, packed_field
from tests.formats.heap_inputs import heap_profile, samples_table, table
from tests.formats.profiled import RELEASES, run_profiled
from tests.gotoolchains import require_go


@pytest.mark.parametrize("compress", [True, False])
def test_reading_a_written_profile_gives_it_back(compress: bool) -> None:
    profile = heap_profile()
    assert read_profile(write_profile(profile, compress=compress)) == profile


def test_writing_is_byte_stable() -> None:
    assert write_profile(heap_profile()) == write_profile(heap_profile())


names = st.text("abπ.(*)[]", max_size=4)
frame = st.tuples(names, names, st.integers(0, 2**32 - 1), st.integers(0, 9))
location = st.tuples(st.integers(0, 2**64 - 1), st.lists(frame, min_size=1, max_size=3))


@given(
    st.lists(st.lists(location, max_size=3), max_size=4, unique_by=repr),
    st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**63), 2**63 - 1)), max_size=5),
)
def test_any_profile_survives_writing(
    stacks: list[list[tuple[int, list[tuple[str, str, int, int]]]]],
    samples: list[tuple[int, int]],
) -> None:
    """Stacks are numbered by first use, as the reader numbers them."""
    used: dict[str, int] = {}
    sample_rows, frame_rows = [], []
    for sample_id, (which, value) in enumerate(samples):
        stack = stacks[which % len(stacks)] if stacks else []
        key = repr(normal(stack))
        if key not in used:
            used[key] = len(used)
            frame_rows += rows_of(used[key], normal(stack))
        sample_rows.append((sample_id, used[key], value, None))
    types = (ValueType("cpu", "nanoseconds"),)
    profile = Profile(
        sample_types=types,
        period=0,
        period_type=None,
        time_ns=0,
        duration_ns=0,
        samples=samples_table(types, sample_rows),
        frames=table(FRAMES, frame_rows),
        labels=table(LABELS, []),
    )
    assert read_profile(write_profile(profile)) == profile


Stack = list[tuple[int, list[tuple[str, str, int, int]]]]


def normal(stack: Stack) -> Stack:
    """A start line belongs to a function: without a name and a file there is none."""
    return [
        (pc, [(name, file, line, start if name or file else 0) for name, file, line, start in it])
        for pc, it in stack
    ]


def rows_of(stack_id: int, stack: Stack) -> list[tuple[object, ...]]:
    frames = [
        (pc, name, file, line, position + 1 < len(lines), start, None)
        for pc, lines in stack
        for position, (name, file, line, start) in enumerate(lines)
    ]
    return [(stack_id, depth, *it) for depth, it in enumerate(frames)]


def test_equal_stacks_of_different_locations_are_one() -> None:
    def encoded_location(number: int) -> bytes:
        line = bytes_field(4, number_field(1, 1) + number_field(2, 3))
        return bytes_field(4, number_field(1, number) + number_field(3, 16) + line)

    data = (
        bytes_field(1, number_field(1, 1))
        + bytes_field(2, packed_field(1, [1]) + packed_field(2, [5]))
        + bytes_field(2, packed_field(1, [2]) + packed_field(2, [6]))
        + encoded_location(1)
        + encoded_location(2)
        + bytes_field(5, number_field(1, 1) + number_field(2, 1))
        + bytes_field(6, b"")
        + bytes_field(6, b"cpu")
    )
    profile = read_profile(data)
    assert profile.samples.column("stack_id").to_pylist() == [0, 0]
    assert profile.samples.column("cpu").to_pylist() == [5, 6]
    assert profile.frames.num_rows == 1


def test_unpacked_numbers_and_unknown_fields_are_read() -> None:
    sample = number_field(1, 1) + number_field(2, 9) + bytes_field(15, b"new")
    data = (
        bytes_field(1, b"")
        + bytes_field(2, sample)
        + bytes_field(4, number_field(1, 1))
        + bytes_field(6, b"")
        + bytes_field(6, b"note")
        + number_field(13, 1)
        + bytes_field(99, b"newer")
        + b"\xa1\x06" + bytes(8)  # field 100, fixed 64 bits
    )  # fmt: skip
    profile = read_profile(data)
    assert profile.value_columns == ("value_0",)
    assert profile.samples.column("value_0").to_pylist() == [9]
    assert profile.comments == ("note",)


def test_sample_types_of_one_name_get_columns_of_their_own() -> None:
    types = (ValueType("bytes", "b"), ValueType("n", "a"), ValueType("n", "b"), ValueType("", ""))
    profile = Profile(types, 0, None, 0, 0, heap_profile().samples, *([heap_profile().frames] * 2))
    assert profile.value_columns == ("bytes_0", "n", "n_2", "value_3")


def test_every_truncation_is_a_clear_error_or_a_whole_profile() -> None:
    plain = write_profile(heap_profile(), compress=False)
    for length in range(len(plain)):
        try:
            read_profile(plain[:length], source="cut.pprof")
        except FormatError as error:
            assert error.source == "cut.pprof"  # noqa: PT017
    zipped = gzip.compress(plain)
    for length in range(2, len(zipped)):
        with pytest.raises(TruncatedInput, match=r"^cut\.pprof, offset"):
            read_profile(zipped[:length], source="cut.pprof")


@given(st.data())
def test_damaged_profiles_are_clear_errors_or_profiles(data: st.DataObject) -> None:
    damaged = bytearray(write_profile(heap_profile(), compress=False))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_profile(bytes(damaged), source="bad")
    except FormatError as error:
        assert error.source == "bad"  # noqa: PT017


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "it has no sample type"),
        (b"heap profile: 1: 2 [3: 4] @ heap/2\n", "not a pprof profile: this is text"),
        (b"\x1f\x8bnot gzip at all....", "gzip"),
        (bytes_field(1, b"") + bytes_field(2, packed_field(2, [1, 2])), "has 2 values"),
        (bytes_field(1, b"") + bytes_field(2, packed_field(2, [1]) + packed_field(1, [7])),
         "missing location 7"),
        (bytes_field(1, number_field(1, 3)) + bytes_field(6, b""), "string 3 is named"),
        (bytes_field(1, b"") + bytes_field(4, number_field(2, 1)), "location has no id"),
        (bytes_field(1, b"") + bytes_field(4, number_field(1, 1) + number_field(2, 8)),
         "missing mapping 8"),
        (bytes_field(1, b"")
         + bytes_field(4, number_field(1, 1) + bytes_field(4, number_field(1, 5))),
         "missing function 5"),
        (number_field(1, 4), "sample_type|value type"),
    ],
)  # fmt: skip
def test_broken_references_name_the_offset(data: bytes, problem: str) -> None:
    with pytest.raises(FormatError, match=problem):
        read_profile(data, source="x")


def test_a_gzip_bomb_stops_at_the_limit() -> None:
    bomb = gzip.compress(bytes(64 << 20))
    assert len(bomb) < 100_000
    with pytest.raises(FormatError, match="larger than the limit of 1000000 bytes"):
        read_profile(bomb, limit_bytes=1_000_000)
    with pytest.raises(FormatError, match="larger than the limit of 10 bytes"):
        read_profile(write_profile(heap_profile(), compress=False), limit_bytes=10)


def test_a_stack_too_deep_is_refused() -> None:
    data = (
        bytes_field(1, b"")
        + bytes_field(2, packed_field(1, [1] * 70_000) + packed_field(2, [1]))
        + bytes_field(4, number_field(1, 1))
    )
    with pytest.raises(FormatError, match="more than 65,536 frames"):
        read_profile(data)


def test_few_bytes_cannot_ask_for_endless_names() -> None:
    """60,000 frames in each of 100 stacks, a kilobyte of name each."""
    stack = packed_field(1, [1] * 60_000)
    data = b"".join(
        [
            bytes_field(1, b""),
            *(bytes_field(2, packed_field(1, [1] * it) + stack + packed_field(2, [1]))
              for it in range(100)),
            bytes_field(4, number_field(1, 1) + bytes_field(4, number_field(1, 1))),
            bytes_field(5, number_field(1, 1) + number_field(2, 1)),
            bytes_field(6, b""),
            bytes_field(6, b"n" * 1024),
        ]
    )  # fmt: skip
    with pytest.raises(FormatError, match="expand to more than"):
        read_profile(gzip.compress(data))


def test_values_that_no_column_holds_do_not_change_the_profile() -> None:
    profile = replace(heap_profile(), comments=(), doc_url="")
    again = read_profile(write_profile(profile))
    assert (again.comments, again.doc_url) == ((), "")


RAW_SAMPLE = re.compile(r"((?: +-?\d+)+): ([\d ]*)")
RAW_LOCATION = re.compile(r" +(\d+): 0x\w+ M=\d+ (.*)")
RAW_LINE = re.compile(r" *(.+) (\S+?):(\d+)(?::\d+)?(?: s=\d+)?")  # columns came with 1.22


def raw_samples(text: str) -> list[tuple[tuple[int, ...], tuple[tuple[str, str, int], ...]]]:
    """The samples that `go tool pprof -raw` prints, sorted."""
    samples_text, _, rest = text.partition("\nLocations\n")
    locations: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    number = ""
    for line in rest.partition("\nMappings\n")[0].splitlines():
        if found := RAW_LOCATION.fullmatch(line):
            number, line = found.groups()  # noqa: PLW2901
        place = RAW_LINE.fullmatch(line)
        assert place is not None, line
        locations[number].append((place[1], place[2], int(place[3])))
    samples = []
    for line in samples_text.splitlines():
        if found := RAW_SAMPLE.fullmatch(line):
            frames = tuple(it for name in found[2].split() for it in locations[name])
            samples.append((tuple(int(value) for value in found[1].split()), frames))
    return sorted(samples)


@pytest.mark.needs_go
@pytest.mark.parametrize(
    "version",
    # Newer releases build `go tool pprof` when it is first used, which takes a while.
    [it if it == "go1.23.9" else pytest.param(it, marks=pytest.mark.slow) for it in RELEASES],
)
def test_samples_are_those_of_go_tool_pprof(version: str) -> None:
    run = run_profiled(version)
    printed = subprocess.run(
        ["go", "tool", "pprof", "-raw", "-symbolize=none", str(run.heap_proto)],
        env=require_go(version),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    profile = read_profile(run.heap_proto.read_bytes())
    assert f"Period: {profile.period}\n" in printed
    stacks: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    for row in profile.frames.to_pylist():
        stacks[row["stack_id"]].append((row["function"], row["file"], row["line"]))
    samples = sorted(
        (tuple(row[name] for name in profile.value_columns), tuple(stacks[row["stack_id"]]))
        for row in profile.samples.to_pylist()
    )
    assert len(samples) > 40
    assert samples == raw_samples(printed)
    labels = re.findall(r"^ +bytes:\[(\d+)\]", printed, re.MULTILINE)
    kept = [row["bytes"] for row in profile.samples.to_pylist() if row["bytes"] is not None]
    assert sorted(map(int, labels)) == sorted(kept)
    assert read_profile(write_profile(profile)) == profile
