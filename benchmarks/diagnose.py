"""How long `growwork diagnose` takes on a recording of the demo service; the budget is 10 s."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import run_in_turn, table
from growwork.gocode import module_dir

TITLE = "Diagnosing the demo's recording"


def measure() -> str:
    """Diagnose beside what Go's own tool needs for the trace alone."""
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder, "rec")
        subprocess.run(
            [
                sys.executable,
                "-m",
                "growwork",
                "record",
                "-o",
                str(recording),
                "--",
                "go",
                "run",
                "./cmd/storefront",
            ],
            cwd=module_dir("storefront"),
            stdout=subprocess.DEVNULL,
            check=True,
        )
        trace = recording / "trace.out"
        size = f"Trace of {trace.stat().st_size / 2**20:.0f} MiB.\n\n"
        diagnose = [sys.executable, "-m", "growwork", "diagnose", str(recording)]
        peer = ["go", "tool", "trace", "-pprof=sched", str(trace)]
        runs = run_in_turn([diagnose, peer], rounds=3)
    names = ("growwork diagnose REC", "go tool trace -pprof=sched REC/trace.out")
    return size + table(list(zip(names, runs, strict=True)))
