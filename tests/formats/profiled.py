"""Runs of the program in tests/data/gobinary/profiled, and what the runtime said of them."""

from __future__ import annotations

import atexit
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.gotoolchains import require_go

SOURCE = Path(__file__).parents[1] / "data" / "gobinary" / "profiled"

# The newest release of each kind of map in the fast tests, every release in the slow ones.
FAST_RELEASES = ("go1.23.9", "go1.27.3")
RELEASES = ("go1.21.13", "go1.23.9", "go1.24.11", "go1.26.8", "go1.27.3")
FLAGS = {
    "plain": (),
    "stripped": ("-ldflags=-s -w",),
    "trimpath": ("-trimpath",),
    "pie": ("-buildmode=pie",),
    "stripped-pie": ("-buildmode=pie", "-ldflags=-s -w"),
}

Frame = tuple[str, str, int]  # function, file, line


@dataclass(frozen=True, slots=True)
class Run:
    """One build and run."""

    binary: Path
    heap_text: bytes
    heap_proto: Path
    stacks: dict[tuple[int, ...], list[Frame]]  # return addresses to runtime.CallersFrames


@cache
def run_profiled(version: str, mode: str = "plain") -> Run:
    """Build with a release and flags and run; skips the test where the release is missing."""
    env = require_go(version)
    folder = Path(mkdtemp(prefix="growwork-profiled-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    binary = folder / "profiled"
    subprocess.run(
        ["go", "build", "-o", str(binary), *FLAGS[mode], "."], cwd=SOURCE, env=env, check=True
    )
    subprocess.run([str(binary), str(folder)], check=True, timeout=60)
    return Run(
        binary=binary,
        heap_text=(folder / "heap.debug1.txt").read_bytes(),
        heap_proto=folder / "heap.pprof",
        stacks=_read_stacks((folder / "frames.txt").read_text()),
    )


def _read_stacks(text: str) -> dict[tuple[int, ...], list[Frame]]:
    stacks: dict[tuple[int, ...], list[Frame]] = {}
    frames: list[Frame] = []
    for line in text.splitlines():
        if line.startswith("0x"):
            frames = []  # a stack repeats for each object size
            stacks[tuple(int(pc, 16) for pc in line.split())] = frames
        elif line.startswith("\t"):
            function, file, number = line[1:].split("\t")
            frames.append((function, file, int(number)))
    return stacks


def printed_name(function: str) -> str:
    """A symbol as the runtime prints it: type arguments as `[...]` (funcNameForPrint)."""
    start, end = function.find("["), function.rfind("]")
    if start < 0 or end <= start:
        return function
    return f"{function[:start]}[...]{function[end + 1 :]}"
