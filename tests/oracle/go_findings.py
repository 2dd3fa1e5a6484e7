"""Go's side of the comparison: what `goreader analysis` computes with Go's own reader."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.oracle.findings import (
    Assist,
    Cycle,
    Findings,
    Pause,
    StateKey,
    StateTotal,
    Step,
    Sweeps,
    WorkerRun,
)
from tests.oracle.oracle import go_reader

__all__ = ["CurveDefect", "GoFindings", "GoMinimum", "go_findings"]


@dataclass(frozen=True, slots=True)
class GoMinimum:
    """The minimum mutator utilisation of one window length, three ways (see mmu.go)."""

    window_ns: int
    fixed: float  # exact, of our definition of utilisation
    curve: float  # Go's MMUCurve of the same steps
    go: float | None  # Go alone; None where MutatorUtilizationV2 panics


@dataclass(frozen=True, slots=True)
class CurveDefect:
    """How Go's MutatorUtilizationV2 counts mark workers (see curvedefect.go)."""

    error: str
    labels: int
    repeats: int
    end_ns: int
    final: float


@dataclass(frozen=True, slots=True)
class GoFindings:
    """Go's findings, with what there is only of Go."""

    findings: Findings
    minimums: tuple[GoMinimum, ...]
    curve: CurveDefect


def go_findings(trace: Path) -> GoFindings:
    """Analyse a trace that Go's reader accepts."""
    binary = go_reader()
    if binary is None:
        raise RuntimeError("no toolchain to build the oracle with")
    done = subprocess.run([binary, "analysis", trace], capture_output=True, check=True)
    found = json.loads(done.stdout)
    states = {
        StateKey(row["state"], row["before"], row["reason"], row["stack"]): StateTotal(
            row["count"], row["total_ns"], row["max_ns"]
        )
        for row in found["states"]
    }
    curve = found["curve"]
    return GoFindings(
        findings=Findings(
            first_ns=found["first_ns"],
            last_ns=found["last_ns"],
            pauses=tuple(sorted(Pause(**row) for row in found["pauses"] or ())),
            cycles=tuple(sorted(Cycle(**row) for row in found["cycles"] or ())),
            sweeps=Sweeps(**found["sweeps"]),
            assists=tuple(sorted(Assist(**row) for row in found["assists"] or ())),
            workers=tuple(sorted(WorkerRun(**row) for row in found["workers"] or ())),
            states=states,
            utilization=tuple(Step(**row) for row in found["utilization"] or ()),
        ),
        minimums=tuple(GoMinimum(**row) for row in found["mmu"] or ()),
        curve=CurveDefect(
            error=curve["error"],
            labels=curve["labels"],
            repeats=curve["repeats"],
            end_ns=curve["end_ns"],
            final=curve["final"],
        ),
    )
