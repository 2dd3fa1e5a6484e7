"""A full ordered pass over a trace beside Go's own reader, golang.org/x/exp/trace.

Both deliver every event in order and count it by type. Their event counts and a hash of the order
are compared before anything is timed. The goals are 10 times Go's reader on one core and 14 times
on both. The decode-only ceiling is growwork's own decoder without any ordering, on one core.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

from benchmarks.harness import pair_ratios
from benchmarks.trace_files import Recipe, build_go, copy_of_module, trace_file

TITLE = "Reading traces in order"

RECIPES = (Recipe("mix", 150), Recipe("spawn", 120))
GOALS = {1: 10, 2: 14}  # by cores: times Go's reader
ROUNDS = 5

PASS = (sys.executable, "-m", "benchmarks.trace_pass")


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of a file."""

    events: int
    wall_s: float
    cpu_s: float
    peak_rss_mib: float
    stream_hash: int | None

    @property
    def events_per_s(self) -> float:
        """By the wall clock."""
        return self.events / self.wall_s


@cache
def build_exptrace() -> tuple[Path, str]:
    """Go's reader as a program, with the newest golang.org/x/exp, and that version."""
    source = copy_of_module("exptrace")
    module = "golang.org/x/exp"
    subprocess.run(
        ["go", "get", f"{module}@latest"], cwd=source, stderr=subprocess.DEVNULL, check=True
    )
    listed = subprocess.run(
        ["go", "list", "-m", "-f", "{{.Version}}", module],
        cwd=source,
        capture_output=True,
        text=True,
        check=True,
    )
    return build_go(source, "exptrace"), listed.stdout.strip()


def read(argv: Sequence[str], cores: int) -> Pass:
    """Run a reader; on one core it is pinned to the last one this process may use."""
    env = dict(os.environ)
    if cores == 1:
        env["GOMAXPROCS"] = "1"
        argv = ["taskset", "-c", str(max(os.sched_getaffinity(0))), *argv]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stderr}")
    report = json.loads(done.stdout)
    stream_hash = report.get("hash")
    return Pass(
        events=int(report["events"]),
        wall_s=float(report["wall_s"]),
        cpu_s=float(report["cpu_s"]),
        peak_rss_mib=float(report["peak_rss_kib"]) / 1024,
        stream_hash=None if stream_hash is None else int(stream_hash),
    )


def check_equal(peer: Path, file: Path) -> Pass:
    """Both read the same events in the same order, with one thread and with two."""
    expected = read([str(peer), "-hash", str(file)], 2)
    for threads in GOALS:
        found = read([*PASS, str(file), f"--threads={threads}", "--hash"], threads)
        if (found.events, found.stream_hash) != (expected.events, expected.stream_hash):
            raise RuntimeError(
                f"{file.name}, {threads} threads: {found.events} events, order "
                f"{found.stream_hash}; Go's reader has {expected.events}, {expected.stream_hash}"
            )
    return expected


def read_in_turn(commands: Sequence[Sequence[str]], cores: int, *, rounds: int) -> list[list[Pass]]:
    """Read A B C A B C …, after one warm-up of each; one list of passes per command."""
    passes: list[list[Pass]] = [[] for _ in commands]
    for round_number in range(rounds + 1):
        for index, argv in enumerate(commands):
            done = read(argv, cores)
            if round_number:
                passes[index].append(done)
    return passes


def speed(passes: Sequence[Pass]) -> str:
    """`7.9 M/s, 81 MiB`."""
    events_per_s = median(each.events_per_s for each in passes) / 1e6
    return f"{events_per_s:.1f} M/s, {max(each.peak_rss_mib for each in passes):.0f} MiB"


def compare(peer: Path, file: Path, *, rounds: int = ROUNDS) -> list[str]:
    """The rows of one file: on one core and on both."""
    events = check_equal(peer, file).events
    size = f"{file.name}, {file.stat().st_size / 1e6:.0f} MB, {events / 1e6:.1f} M events"
    decode_only = [*PASS, str(file), "--decode-only"]
    rows = []
    ceiling_s: list[float] = []
    for cores, goal in GOALS.items():
        ours = [*PASS, str(file), f"--threads={cores}"]
        commands = [[str(peer), str(file)], ours, *([decode_only] if cores == 1 else [])]
        go, growwork, *decoding = read_in_turn(commands, cores, rounds=rounds)
        if {each.events for each in (*go, *growwork)} != {events}:
            raise RuntimeError(f"{file.name}: a timed pass has not read {events} events")
        if decoding:
            ceiling_s = [each.wall_s for each in decoding[0]]
        ratio = pair_ratios(
            [each.events_per_s for each in growwork], [each.events_per_s for each in go]
        )
        share = median(ceiling_s) / median(each.wall_s for each in growwork)
        rows.append(
            f"| {size} | {cores} | {speed(go)} | {speed(growwork)} | {ratio} | {goal} "
            f"| {share:.0%} |"
        )
    return rows


def measure() -> str:
    """Both files, on one core and on both."""
    peer, version = build_exptrace()
    rows = [row for recipe in RECIPES for row in compare(peer, trace_file(recipe))]
    return "\n".join(
        [
            (
                f"golang.org/x/exp {version}. Speeds are medians of {ROUNDS} rounds, in delivered "
                "events per second; peak memory is that of the process, the mapped file included.\n"
            ),
            (
                "| file | cores | Go's reader | growwork | ratio, pair by pair: median (range) "
                "| goal | share of the decode-only ceiling |"
            ),
            "|---|---|---|---|---|---|---|",
            *rows,
        ]
    )
