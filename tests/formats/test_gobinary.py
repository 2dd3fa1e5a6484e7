"""Executables against what the runtime, `go version -m` and `go tool addr2line` say of them."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from growwork.core.errors import FormatError, TruncatedInput, UnsupportedVersion
from growwork.formats.allocprofile import alloc_profile_from_heapdebug
from growwork.formats.gobinary import GoBinary, MapTypeSize, read_build_info
from growwork.formats.heapdebug import read_heapdebug
from tests.formats.profiled import (
    FAST_RELEASES,
    FLAGS,
    RELEASES,
    SOURCE,
    Frame,
    Run,
    printed_name,
    run_profiled,
)
from tests.gotoolchains import require_go

pytestmark = pytest.mark.needs_go


def read_binary(run: Run) -> GoBinary:
    return GoBinary(run.binary.read_bytes(), name=run.binary.name)


@pytest.mark.parametrize("version", FAST_RELEASES)
def test_frames_are_those_of_the_runtime(version: str) -> None:
    check_frames(run_profiled(version))


@pytest.mark.slow
@pytest.mark.parametrize("mode", FLAGS)
@pytest.mark.parametrize("version", RELEASES)
def test_frames_are_those_of_the_runtime_in_every_build_mode(version: str, mode: str) -> None:
    check_frames(run_profiled(version, mode))


def check_frames(run: Run) -> None:
    """Every stack of the text profile against runtime.CallersFrames of the same process."""
    profile = read_heapdebug(run.heap_text)
    view = alloc_profile_from_heapdebug(profile, read_binary(run))
    assert view.warnings == ()
    frames: dict[int, list[Frame]] = defaultdict(list)
    names = ("stack_id", "function", "file", "line")
    for stack_id, function, file, line in zip(
        *(view.frames.column(name).to_pylist() for name in names), strict=True
    ):
        frames[stack_id].append((printed_name(function), file, line))
    stacks: dict[int, list[int]] = defaultdict(list)
    for stack_id, pc in zip(
        *(profile.pcs.column(name).to_pylist() for name in ("stack_id", "pc")), strict=True
    ):
        stacks[stack_id].append(pc)
    compared = 0
    for stack_id, pcs in stacks.items():
        expected = run.stacks.get(tuple(pcs))
        if expected is not None:  # the two dumps are taken a moment apart
            assert frames[stack_id] == expected
            compared += 1
    assert compared >= 40
    assert sum(view.frames.column("inlined").to_pylist()) >= 40


def addr2line(version: str, binary: Path, pcs: Iterable[int]) -> list[str]:
    """Function and place of each counter, in turn."""
    return subprocess.run(
        ["go", "tool", "addr2line", str(binary)],
        input="".join(f"{pc:#x}\n" for pc in pcs),
        env=require_go(version),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()


def test_without_return_addresses_frames_are_those_of_addr2line() -> None:
    version = FAST_RELEASES[-1]
    run = run_profiled(version)
    binary = read_binary(run)
    pcs = sorted({pc - 1 for stack in run.stacks for pc in stack})
    answer = addr2line(version, run.binary, pcs)
    table = binary.symbolize(pcs, return_addresses=False)
    innermost = {
        row["pc"]: f"{row['file']}:{row['line']}" for row in table.to_pylist() if row["depth"] == 0
    }
    # addr2line has the place of the innermost call but the name of the outermost function.
    assert [innermost[pc] for pc in pcs] == answer[1::2]
    outermost = {row["pc"]: row["function"] for row in table.to_pylist() if not row["inlined"]}
    assert [outermost[pc] for pc in pcs] == answer[::2]


@pytest.mark.slow
@pytest.mark.parametrize("stripped", [False, True])
@pytest.mark.parametrize("target", ["linux/arm64", "linux/386", "darwin/arm64", "windows/amd64"])
@pytest.mark.parametrize("version", FAST_RELEASES)
def test_executables_for_other_systems(
    version: str, target: str, stripped: bool, tmp_path: Path
) -> None:
    """Places as addr2line gives them, and map types; inlined calls without a symbol table too."""
    system, architecture = target.split("/")
    env = require_go(version) | {"GOOS": system, "GOARCH": architecture, "CGO_ENABLED": "0"}
    flags = ("-ldflags=-s -w",) if stripped else ()
    path = tmp_path / "profiled"
    subprocess.run(["go", "build", "-o", str(path), *flags, "."], cwd=SOURCE, env=env, check=True)
    binary = GoBinary(path.read_bytes(), name=target)
    assert binary.build_info.setting("GOARCH") == architecture
    assert bool(binary.map_types()) is not stripped
    entry = binary.function_entry("main.allocate")
    assert entry is not None
    # Up to the last instruction only: addr2line strays where padding begins.
    pcs = range(entry, entry + 800, 4)
    table = binary.symbolize(pcs, return_addresses=False)
    assert sum(table.column("inlined").to_pylist()) > 50
    if stripped and system == "windows":
        return  # addr2line finds no line table there
    answer = addr2line(version, path, pcs)
    innermost = [f"{it['file']}:{it['line']}" for it in table.to_pylist() if it["depth"] == 0]
    assert innermost == answer[1::2]


@pytest.mark.parametrize("version", FAST_RELEASES)
def test_inlined_calls_are_frames(version: str) -> None:
    """put is inlined into twice, that into index, that into allocate: one counter, four frames."""
    binary = read_binary(run_profiled(version))
    entry = binary.function_entry("main.allocate")
    assert entry is not None
    table = binary.symbolize(range(entry, entry + 4000), return_addresses=False)
    chains = defaultdict(list)
    for row in table.to_pylist():
        chains[row["pc"]].append((row["function"], row["inlined"]))
    nested = [(f"main.{name}", True) for name in ("put", "twice", "index")]
    assert [*nested, ("main.allocate", False)] in chains.values()


@pytest.mark.parametrize("version", FAST_RELEASES)
def test_build_info_is_that_of_go_version(version: str) -> None:
    run = run_profiled(version)
    printed = subprocess.run(
        ["go", "version", "-m", str(run.binary)],
        env=require_go(version),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    info = read_binary(run).build_info
    assert info == read_build_info(printed)
    assert (info.go_version, info.path) == (version, "example.com/profiled")
    assert info.main is not None
    assert info.main.path == "example.com/profiled"
    assert info.setting("GOOS") == "linux"
    assert not info.trimpath


@pytest.mark.parametrize(
    ("version", "point_group", "swiss"), [("go1.23.9", 144, False), ("go1.27.3", 136, True)]
)
def test_map_array_sizes(version: str, point_group: int, swiss: bool) -> None:
    """int and pointer take eight bytes each; the 200-byte element is stored as a pointer."""
    types = read_binary(run_profiled(version)).map_types()
    assert MapTypeSize("int", "*main.point", point_group, swiss) in types
    assert MapTypeSize("main.point", "main.wide", point_group, swiss) in types


@pytest.mark.slow
def test_stripped_binaries_have_no_map_types_but_inlined_frames() -> None:
    binary = read_binary(run_profiled("go1.27.3", "stripped"))
    assert binary.map_types() == ()
    assert binary.has_inline_trees


def test_a_counter_outside_the_program_has_no_row() -> None:
    binary = read_binary(run_profiled(FAST_RELEASES[0]))
    assert binary.symbolize([0, 1, 2**64 - 1, 0x400000]).num_rows == 0
    assert binary.symbolize([]).num_rows == 0
    assert binary.function_entry("main.absent") is None


def test_the_profile_of_another_program_is_noticed() -> None:
    run = run_profiled(FAST_RELEASES[0])
    other = read_binary(run_profiled(FAST_RELEASES[1]))
    view = alloc_profile_from_heapdebug(read_heapdebug(run.heap_text), other)
    assert len(view.warnings) == 1
    assert "is not the program of this profile" in view.warnings[0]
    assert not view.runtime_frames
    assert "main.index" in view.frames.column("function").to_pylist()


def test_other_executables_are_refused() -> None:
    with pytest.raises(FormatError, match="not made by the Go toolchain"):
        GoBinary(Path(sys.executable).read_bytes(), name="python")
    with pytest.raises(FormatError, match=r"notes\.txt: not an executable"):
        GoBinary(b"just text", name="notes.txt")
    with pytest.raises(FormatError, match="not an executable"):
        GoBinary(b"", name="empty")


def test_every_truncation_is_a_clear_error() -> None:
    data = memoryview(run_profiled(FAST_RELEASES[0]).binary.read_bytes())
    for length in [*range(1, 1500), *range(1500, len(data), len(data) // 500)]:
        with pytest.raises(FormatError, match=r"^cut"):
            GoBinary(data[:length], name="cut")
    for length in (4, 64, 1000, len(data) // 2):
        with pytest.raises(TruncatedInput):
            GoBinary(data[:length], name="cut")


@pytest.mark.parametrize("version", FAST_RELEASES)
def test_damaged_bytes_give_frames_or_clear_errors(version: str) -> None:
    run = run_profiled(version)
    whole = run.binary.read_bytes()
    pcs = sorted({pc for stack in run.stacks for pc in stack})
    chance = random.Random(7)
    table = whole.find(b"\xf1\xff\xff\xff\x00\x00\x01\x08")
    debug = whole.find(b"\x00.debug_info")
    regions = [(table, 64, 6), (table, len(whole) - table, 400), (debug, 2000, 3)]
    read = 0
    for turn in range(300):
        data = bytearray(whole)
        start, length, most = regions[turn % len(regions)]
        for _ in range(1 + chance.randrange(most)):
            data[min(start + chance.randrange(length), len(data) - 1)] = chance.randrange(256)
        try:
            binary = GoBinary(bytes(data), name="damaged")
            binary.symbolize(pcs)
            binary.map_types()
            read += 1
        except FormatError as error:
            assert error.source == "damaged"  # noqa: PT017
    assert 0 < read < 300


def test_a_line_table_of_an_old_release_is_named() -> None:
    data = bytearray(run_profiled(FAST_RELEASES[0]).binary.read_bytes())
    table = data.find(b"\xf1\xff\xff\xff\x00\x00\x01\x08")
    data[table] = 0xF0
    with pytest.raises(UnsupportedVersion, match=r"before 1\.20"):
        GoBinary(bytes(data), name="old")
