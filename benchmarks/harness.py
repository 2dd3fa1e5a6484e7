"""Run whole commands in turn and compare them pair by pair."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

__all__ = [
    "Run",
    "Spread",
    "check_exit",
    "describe_machine",
    "pair_ratios",
    "run_in_turn",
    "run_once",
    "table",
]


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process."""

    wall_s: float
    cpu_s: float
    peak_rss_mib: float  # of the largest process in it; never less than that of the harness


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure of several rounds."""

    median: float
    lowest: float
    highest: float

    def __str__(self) -> str:
        """`10.4 (9.8 to 11.0)`."""
        return f"{self.median:.3g} ({self.lowest:.3g} to {self.highest:.3g})"


def pair_ratios(figures: Sequence[float], others: Sequence[float]) -> Spread:
    """Each figure over the other of its round."""
    ratios = [figure / other for figure, other in zip(figures, others, strict=True)]
    return Spread(median(ratios), min(ratios), max(ratios))


def check_exit(argv: Sequence[str], exit_code: int, stderr: bytes) -> None:
    """Raise unless it is 0 or 1 (findings); 1 is also Python's code for an error nobody caught."""
    if exit_code not in (0, 1) or b"Traceback (most recent call last)" in stderr:
        raise RuntimeError(f"{' '.join(argv)}: exit {exit_code}\n{stderr.decode()}")


def run_once(
    argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Run:
    """Run a command to its end; its exit code may be 0 or 1 (findings), nothing else."""
    started = time.perf_counter()
    process = subprocess.Popen(
        argv,
        cwd=cwd,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )
    assert process.stderr is not None
    stderr = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    check_exit(argv, process.returncode, stderr)
    return Run(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def run_in_turn(commands: Sequence[Sequence[str]], *, rounds: int) -> list[list[Run]]:
    """Run the commands A B A B …, after one warm-up of each; one list of runs per command."""
    runs: list[list[Run]] = [[] for _ in commands]
    for round_number in range(rounds + 1):
        for index, argv in enumerate(commands):
            run = run_once(argv)
            if round_number:
                runs[index].append(run)
    return runs


def summary(runs: Sequence[Run]) -> str:
    """`0.061 s (0.059 to 0.066), 31 MiB`."""
    walls = [run.wall_s for run in runs]
    peak = max(run.peak_rss_mib for run in runs)
    return f"{median(walls):.3f} s ({min(walls):.3f} to {max(walls):.3f}), {peak:.0f} MiB"


def table(rows: Sequence[tuple[str, Sequence[Run]]]) -> str:
    """A Markdown table of commands, with the ratio of each to the first, pair by pair."""
    lines = [
        "| command | wall: median (range), peak memory | ratio to the first |",
        "|---|---|---|",
    ]
    reference = rows[0][1]
    for name, runs in rows:
        ratios = [run.wall_s / other.wall_s for run, other in zip(runs, reference, strict=True)]
        lines.append(f"| {name} | {summary(runs)} | {median(ratios):.2f} |")
    return "\n".join(lines)


def describe_machine() -> str:
    """CPU, core count, kernel and interpreter: what a figure depends on."""
    cpu = "unknown CPU"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].split(":", 1)[1].strip() if names else cpu
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{cpu}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {sys.version.split()[0]}, load average {load}"
    )
