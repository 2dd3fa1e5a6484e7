"""Our side of the comparison: the tables of `TraceScanner`, in the form of findings."""

from __future__ import annotations

import mmap
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from growwork.formats.gotrace import EventType, ScannedGeneration, ScanOptions, TraceScanner
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
from tests.oracle.oracle import Hashes

__all__ = ["native_findings"]

_E = EventType
# By the wire's number of a state.
_STATES = ("NotExist", "Runnable", "Running", "Syscall", "Waiting")
# The state that each transition leaves; a status leaves none that is known.
_BEFORE = {
    _E.GO_CREATE: "NotExist",
    _E.GO_CREATE_BLOCKED: "NotExist",
    _E.GO_CREATE_SYSCALL: "NotExist",
    _E.GO_START: "Runnable",
    _E.GO_STOP: "Running",
    _E.GO_BLOCK: "Running",
    _E.GO_SYSCALL_BEGIN: "Running",
    _E.GO_SYSCALL_END: "Syscall",
    _E.GO_SYSCALL_END_BLOCKED: "Syscall",
    _E.GO_UNBLOCK: "Waiting",
    _E.GO_STATUS: "Undetermined",
    _E.GO_STATUS_STACK: "Undetermined",
}

Row = dict[str, int]


@dataclass
class _Tables:
    """The rows of all generations."""

    ranges: list[Row] = field(default_factory=list)
    utilization: list[Row] = field(default_factory=list)
    heap: list[Row] = field(default_factory=list)

    def add(self, generation: ScannedGeneration) -> None:
        self.ranges += generation.ranges.to_pylist()
        self.utilization += generation.utilization.to_pylist()
        self.heap += generation.heap.to_pylist()

    def of(self, kind: EventType) -> list[Row]:
        return [row for row in self.ranges if row["kind"] == kind]


def native_findings(trace: Path, options: ScanOptions | None = None) -> Findings:
    """Scan a trace and put its tables into the common form."""
    tables = _Tables()
    with trace.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        scanner = TraceScanner(data, name=trace.name, options=options)
        for generation in scanner:
            tables.add(generation)
        texts, stacks = scanner.texts(), [int(value) for value in Hashes(scanner).stacks()]
        first, last, totals = scanner.first_ns, scanner.last_ns, scanner.totals()
        del scanner, generation  # they hold views of the mapped file
    return Findings(
        first_ns=first,
        last_ns=last,
        pauses=_pauses(tables.of(_E.STW_BEGIN), texts),
        cycles=_cycles(tables.of(_E.GC_BEGIN), tables.heap),
        sweeps=_sweeps(tables.of(_E.GC_SWEEP_BEGIN)),
        assists=_assists(tables.of(_E.GC_MARK_ASSIST_BEGIN), stacks),
        workers=_workers(tables.of(_E.GO_LABEL), texts),
        states=_states(totals, texts, stacks),
        utilization=_utilization(tables.utilization),
    )


def _pauses(rows: Iterable[Row], texts: Sequence[str]) -> tuple[Pause, ...]:
    return tuple(
        sorted(
            Pause(row["start"], row["end"], texts[row["text_id"]], row["g"], row["cut"])
            for row in rows
        )
    )


def _cycles(rows: Iterable[Row], heap: Iterable[Row]) -> tuple[Cycle, ...]:
    readings = [(row["time"], row["value"]) for row in heap if row["type"] == _E.HEAP_ALLOC]

    def before(time: int) -> int:
        return next((value for at, value in reversed(readings) if at < time), 0)

    return tuple(
        sorted(Cycle(row["start"], row["end"], before(row["start"]), row["cut"]) for row in rows)
    )


def _sweeps(rows: Sequence[Row]) -> Sweeps:
    whole = [row for row in rows if row["cut"] == 0]
    ended = [row for row in rows if not row["cut"] & 2]
    return Sweeps(
        whole=len(whole),
        total_ns=sum(row["end"] - row["start"] for row in whole),
        swept_bytes=sum(row["arg0"] for row in ended),
        reclaimed_bytes=sum(row["arg1"] for row in ended),
        cut=len(rows) - len(whole),
    )


def _assists(rows: Iterable[Row], stacks: Sequence[int]) -> tuple[Assist, ...]:
    return tuple(
        sorted(
            Assist(
                begin_ns=row["start"],
                end_ns=row["end"],
                goroutine=row["g"],
                off_ns=row["off"],
                stack=stacks[row["stack_id"]],
                cut=row["cut"],
            )
            for row in rows
        )
    )


def _workers(rows: Iterable[Row], texts: Sequence[str]) -> tuple[WorkerRun, ...]:
    return tuple(
        sorted(
            WorkerRun(
                begin_ns=row["start"],
                end_ns=row["end"],
                goroutine=row["g"],
                proc=row["p"],
                label=texts[row["text_id"]],
                cut=row["cut"],
            )
            for row in rows
        )
    )


def _states(
    totals: pa.Table, texts: Sequence[str], stacks: Sequence[int]
) -> dict[StateKey, StateTotal]:
    # Two ids may be of equal stacks, and two causes leave the same state.
    rows: dict[StateKey, list[Row]] = defaultdict(list)
    for row in totals.to_pylist():
        key = StateKey(
            state=_STATES[row["state"]],
            before=_BEFORE[row["cause"]],
            reason=texts[row["reason_id"]],
            stack=stacks[row["stack_id"]],
        )
        rows[key].append(row)
    return {
        key: StateTotal(
            spans=sum(row["count"] for row in group),
            total_ns=sum(row["total_ns"] for row in group),
            max_ns=max(row["max_ns"] for row in group),
        )
        for key, group in rows.items()
    }


def _utilization(rows: Iterable[Row]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for row in rows:
        step = Step(row["time"], row["gc_procs"], row["procs"])
        if not steps or steps[-1][1:] != step[1:]:
            steps.append(step)
    return tuple(steps)
