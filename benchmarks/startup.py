"""How long `growwork --version` takes; the budget is 150 ms."""

from __future__ import annotations

import sys

from benchmarks.harness import run_in_turn, table

TITLE = "Start-up"


def measure() -> str:
    """The whole process beside a bare interpreter and `go version`."""
    bare = [sys.executable, "-c", "pass"]
    version = [sys.executable, "-m", "growwork", "--version"]
    go = ["go", "version"]
    runs = run_in_turn([bare, version, go], rounds=15)
    names = ("python -c pass", "growwork --version", "go version")
    return table(list(zip(names, runs, strict=True)))
