"""`growwork trace FILE`, the whole process, beside `go tool trace -pprof=sched FILE`.

The goals are 30 times faster with 1/50 of the peak memory, at most 150 MB beyond the pages of the
mapped file, and no more for a file four times as long. Go's tool keeps every event: it needs most
of the memory of a large machine, and is left out where that is not there. Peak memory is the
kernel's maximum for the process; the parts of growwork's are sampled in a run that is not timed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.harness import Run, pair_ratios, run_once
from benchmarks.memory import Memory, available_mib, run_guarded, watch_memory
from benchmarks.trace_files import Recipe, trace_file

TITLE = "`growwork trace` as a process"

RECIPES = (Recipe("mix", 150), Recipe("spawn", 120))
LENGTHENED = (Recipe("mix", 600), Recipe("spawn", 480))
SMALL = Recipe("mix", 5, megabytes_per_s=1)
ROUNDS = 3

TIMES_FASTER_GOAL = 30
MEMORY_RATIO_GOAL = 50
BEYOND_GOAL_MB = 150

# 15 GiB for 120 MB of spawn, 11 GiB for 150 MB of mix; a run that needs more is ended by the guard.
PEER_MIB_PER_FILE_MB = 130


def growwork(file: Path) -> list[str]:
    """Ours."""
    return [sys.executable, "-m", "growwork", "trace", str(file)]


def go_tool(file: Path) -> list[str]:
    """The peer."""
    return ["go", "tool", "trace", "-pprof=sched", str(file)]


def read_through(file: Path) -> None:
    """Bring a file into the page cache, for both alike."""
    with file.open("rb") as data:
        while data.read(1 << 24):
            pass


def run_both(file: Path, *, rounds: int) -> tuple[list[Run], list[Run], str]:
    """Runs of the peer and of growwork in turn, and why the peer's are missing if they are."""
    ours: list[Run] = []
    peers: list[Run] = []
    needed = PEER_MIB_PER_FILE_MB * file.stat().st_size // 1_000_000
    note = ""
    if available_mib() < needed:
        note = f"not run: it needs about {needed} MiB, {available_mib()} MiB are available"
    read_through(file)
    for _ in range(rounds):
        if not note:
            peer = run_guarded(go_tool(file))
            if peer is None:
                note, peers = "ended: the machine ran short of memory", []
            else:
                peers.append(peer)
        read_through(file)  # the peer may have pushed it out
        ours.append(run_once(growwork(file)))
    return peers, ours, note


def describe(runs: Sequence[Run]) -> str:
    """`0.92 s (0.90 to 0.95), 240 MiB`."""
    walls = [run.wall_s for run in runs]
    peak = max(run.peak_rss_mib for run in runs)
    return f"{median(walls):.2f} s ({min(walls):.2f} to {max(walls):.2f}), {peak:.0f} MiB"


def compare(file: Path, *, rounds: int = ROUNDS) -> str:
    """One row: both, and the ratios with their goals."""
    peers, ours, note = run_both(file, rounds=rounds)
    size = f"{file.name}, {file.stat().st_size / 1e6:.0f} MB"
    if note:
        return f"| {size} | {note} | {describe(ours)} | | |"
    faster = pair_ratios([run.wall_s for run in peers], [run.wall_s for run in ours])
    smaller = pair_ratios([run.peak_rss_mib for run in peers], [run.peak_rss_mib for run in ours])
    return f"| {size} | {describe(peers)} | {describe(ours)} | {faster} | {smaller} |"


def describe_memory(file: Path, memory: Memory) -> str:
    """One row: where growwork's memory is."""
    beyond_mb = memory.beyond_inputs_mib * 2**20 / 1e6
    return (
        f"| {file.name}, {file.stat().st_size / 1e6:.0f} MB | {memory.total_mib:.0f} MiB "
        f"| {memory.anonymous_mib:.0f} MiB | {memory.file_mib:.0f} MiB | {beyond_mb:.0f} MB |"
    )


def measure_files(
    recipes: Sequence[Recipe], lengthened: Sequence[Recipe], *, rounds: int = ROUNDS
) -> str:
    """The speed on `recipes`, and growwork's memory on these and on the lengthened ones."""
    small = trace_file(SMALL)  # warms up: Go compiles its tool when it is first used
    run_once(go_tool(small))
    run_once(growwork(small))
    rows = [compare(trace_file(recipe), rounds=rounds) for recipe in recipes]
    files = [
        trace_file(recipe) for pair in zip(recipes, lengthened, strict=True) for recipe in pair
    ]
    memory = [describe_memory(file, watch_memory(growwork(file), [file])) for file in files]
    return "\n".join(
        [
            (
                f"| file | go tool trace -pprof=sched | growwork trace "
                f"| times faster, pair by pair (goal {TIMES_FASTER_GOAL}) "
                f"| times less memory (goal {MEMORY_RATIO_GOAL}) |"
            ),
            "|---|---|---|---|---|",
            *rows,
            "",
            (
                f"| growwork trace | peak memory | anonymous | of files "
                f"| beyond the mapped trace (goal {BEYOND_GOAL_MB} MB) |"
            ),
            "|---|---|---|---|---|",
            *memory,
        ]
    )


def measure() -> str:
    """Both kinds of trace."""
    return measure_files(RECIPES, LENGTHENED)
