"""`growwork trace *.trace --rank pause` over 64 files beside Go's tool on two of them.

The files have 5 MB and about five generations each; eight were recorded, each has eight copies.
The goal is to rank all of them in less time than `go tool trace -pprof=sched` needs for two.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.harness import Run, pair_ratios, run_once
from benchmarks.trace_files import Recipe, trace_file, trace_folder

TITLE = "Ranking 64 traces"

RECIPES = tuple(
    Recipe(kind, 5, megabytes_per_s=1, number=number)
    for number in range(4)
    for kind in ("mix", "spawn")
)
COPIES = 8
ROUNDS = 5


def copy_files(recipes: Sequence[Recipe], copies: int, folder: Path) -> list[Path]:
    """Every recording under several names; they are files of their own, as recorded ones are."""
    files = []
    for recipe in recipes:
        recorded = trace_file(recipe)
        for number in range(copies):
            file = folder / f"{recorded.stem}-{number}.trace"
            shutil.copyfile(recorded, file)
            files.append(file)
    return files


def run_peer(files: Sequence[Path]) -> Run:
    """Go's tool reads one file after the other."""
    runs = [run_once(["go", "tool", "trace", "-pprof=sched", str(file)]) for file in files]
    return Run(
        sum(run.wall_s for run in runs),
        sum(run.cpu_s for run in runs),
        max(run.peak_rss_mib for run in runs),
    )


def describe(name: str, runs: Sequence[Run]) -> str:
    """The first cells of a row."""
    walls = [run.wall_s for run in runs]
    return (
        f"| {name} | {median(walls):.2f} s ({min(walls):.2f} to {max(walls):.2f}) "
        f"| {median(run.cpu_s for run in runs):.2f} s "
        f"| {max(run.peak_rss_mib for run in runs):.0f} MiB "
    )


def compare(recipes: Sequence[Recipe], *, copies: int = COPIES, rounds: int = ROUNDS) -> str:
    """In turn, after one warm-up of each."""
    peers: list[Run] = []
    ours: list[Run] = []
    with tempfile.TemporaryDirectory(dir=trace_folder()) as folder:
        files = copy_files(recipes, copies, Path(folder))
        two = [trace_file(recipe) for recipe in recipes[:2]]
        rank = [sys.executable, "-m", "growwork", "trace", *map(str, files), "--rank", "pause"]
        for round_number in range(rounds + 1):
            peer, growwork = run_peer(two), run_once(rank)
            if round_number:
                peers.append(peer)
                ours.append(growwork)
    ratio = pair_ratios([run.wall_s for run in ours], [run.wall_s for run in peers])
    megabytes = sum(recipe.megabytes for recipe in recipes) * copies
    return "\n".join(
        [
            (
                "| command | wall: median (range) | CPU | peak memory of the largest process "
                "| ratio, pair by pair (goal: below 1) |"
            ),
            "|---|---|---|---|---|",
            describe("go tool trace -pprof=sched, 2 files one after the other", peers) + "| 1 |",
            describe(f"growwork trace --rank pause, {len(files)} files of {megabytes} MB", ours)
            + f"| {ratio} |",
        ]
    )


def measure() -> str:
    """All 64."""
    return compare(RECIPES)
