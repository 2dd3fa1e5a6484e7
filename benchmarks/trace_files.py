"""Traces for the benchmarks, recorded by `tracegen` when one is first asked for.

They are kept for the run of the benchmarks only, on disk and not in /tmp, which may be memory.
`GROWWORK_BENCH_TRACES=FOLDER` keeps them there, for runs of single benchmarks.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import platformdirs

__all__ = ["Recipe", "build_go", "copy_of_module", "trace_file", "trace_folder"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to record; `number` tells recordings of the same recipe apart."""

    kind: str  # mix or spawn, see tracegen
    megabytes: int
    megabytes_per_s: int = 10
    number: int = 0

    @property
    def name(self) -> str:
        """`mix-150MB-0`."""
        return f"{self.kind}-{self.megabytes}MB-{self.number}"


@cache
def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """Removed when the interpreter ends."""
    parent = platformdirs.user_cache_path("growwork", appauthor=False)
    parent.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix="bench-", dir=parent)


def trace_folder() -> Path:
    """Where traces and the programs that make and read them lie."""
    kept = os.environ.get("GROWWORK_BENCH_TRACES")
    if not kept:
        return Path(temporary_folder().name)
    folder = Path(kept)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def copy_of_module(name: str) -> Path:
    """A fresh copy of a Go module of the benchmarks, for a build that may change its go.mod."""
    copy = trace_folder() / f"{name}-source"
    copy.mkdir(exist_ok=True)
    for file in (Path(__file__).parent / name).iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def build_go(source: Path, name: str) -> Path:
    """Build the Go command in `source` and return the program."""
    program = trace_folder() / name
    subprocess.run(["go", "build", "-o", str(program), "."], cwd=source, check=True)
    return program


@cache
def tracegen() -> Path:
    """The program that records."""
    return build_go(copy_of_module("tracegen"), "tracegen")


def trace_file(recipe: Recipe) -> Path:
    """A trace of at least the recipe's size."""
    file = trace_folder() / f"{recipe.name}.trace"
    if file.exists():
        return file
    unfinished = file.with_suffix(".unfinished")
    subprocess.run(
        [
            str(tracegen()),
            f"-kind={recipe.kind}",
            f"-bytes={recipe.megabytes * 1_000_000}",
            f"-rate={recipe.megabytes_per_s * 1_000_000}",
            "-limit=10m",
            "-o",
            str(unfinished),
        ],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return unfinished.rename(file)
