"""What a command keeps in memory while it runs, and a guard for commands that take nearly all."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import Run, check_exit, run_once

__all__ = ["Memory", "available_mib", "run_guarded", "watch_memory"]

SAMPLE_EVERY_S = 0.01
GUARD_EVERY_S = 0.02
RESERVE_MIB = 1024

MAPPING = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)$")
RESIDENT = re.compile(r"^(Rss|Anonymous): +(\d+) kB$")


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of a command and its children; the largest of each that was seen."""

    total_mib: float
    anonymous_mib: float
    file_mib: float  # pages of files: programs, libraries and the mapped inputs
    beyond_inputs_mib: float  # all but the pages of the mapped inputs


def process_tree(pid: int) -> list[int]:
    """The process and its descendants that still run."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += process_tree(int(child))
    return found


def resident(pid: int, inputs: frozenset[str]) -> Memory:
    """What one process holds now, by /proc/PID/smaps."""
    total = anonymous = of_inputs = 0
    is_input = False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if amount := RESIDENT.match(line):
            kib = int(amount[2])
            if amount[1] == "Anonymous":
                anonymous += kib
            else:
                total += kib
                of_inputs += kib if is_input else 0
        elif mapping := MAPPING.match(line):
            is_input = mapping[1] in inputs
    return Memory(
        total / 1024, anonymous / 1024, (total - anonymous) / 1024, (total - of_inputs) / 1024
    )


def resident_tree(pid: int, inputs: frozenset[str]) -> Memory:
    """The sum over the process tree; a file that two processes map counts twice."""
    total = anonymous = file = beyond = 0.0
    try:
        for member in process_tree(pid):
            held = resident(member, inputs)
            total += held.total_mib
            anonymous += held.anonymous_mib
            file += held.file_mib
            beyond += held.beyond_inputs_mib
    except (FileNotFoundError, ProcessLookupError):
        pass  # a process ended while it was looked at; what was seen so far is a lower bound
    return Memory(total, anonymous, file, beyond)


def watch_memory(argv: Sequence[str], inputs: Sequence[Path]) -> Memory:
    """Run a command and look at its memory all the time, which slows it: not for timing."""
    names = frozenset(str(file.resolve()) for file in inputs)
    peak = Memory(0, 0, 0, 0)
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
        )
        while process.poll() is None:
            now = resident_tree(process.pid, names)
            peak = Memory(
                max(peak.total_mib, now.total_mib),
                max(peak.anonymous_mib, now.anonymous_mib),
                max(peak.file_mib, now.file_mib),
                max(peak.beyond_inputs_mib, now.beyond_inputs_mib),
            )
            time.sleep(SAMPLE_EVERY_S)
        errors.seek(0)
        check_exit(argv, process.returncode, errors.read())
    return peak


def available_mib() -> int:
    """What the kernel says that a new program may use."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    raise RuntimeError("/proc/meminfo: no line MemAvailable")


def run_guarded(argv: Sequence[str]) -> Run | None:
    """As `run_once`; None when the machine ran short of memory, and the command was ended."""
    done = threading.Event()
    ended = threading.Event()

    def guard() -> None:
        while not done.wait(GUARD_EVERY_S):
            if available_mib() < RESERVE_MIB:
                ended.set()  # and look again: a process that ends meanwhile cuts the loop short
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    for pid in process_tree(os.getpid())[1:]:
                        os.kill(pid, signal.SIGKILL)

    watcher = threading.Thread(target=guard)
    watcher.start()
    try:
        return run_once(argv)
    except RuntimeError:
        if ended.is_set():
            return None
        raise
    finally:
        done.set()
        watcher.join()
