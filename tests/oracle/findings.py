"""What a trace means: the form in which Go's reader and growwork are compared.

Times are nanoseconds on the trace's clock; stacks are hashes of their frames, 0 for none. Bits of
`cut`: 1, begun before the trace, and counted from its first event; 2, not ended in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

__all__ = [
    "Assist",
    "Cycle",
    "Findings",
    "Pause",
    "StateKey",
    "StateTotal",
    "Step",
    "Sweeps",
    "WorkerRun",
    "differences",
]


class Pause(NamedTuple):
    """One stop of the world."""

    begin_ns: int
    end_ns: int
    kind: str
    goroutine: int
    cut: int


class Cycle(NamedTuple):
    """One GC cycle up to the end of mark termination."""

    begin_ns: int
    end_ns: int
    heap_bytes: int  # the last reading before it began, 0 when there was none
    cut: int


class Assist(NamedTuple):
    """One mark assist; off its P the goroutine was preempted, yielded or waited for work."""

    begin_ns: int
    end_ns: int
    goroutine: int
    off_ns: int
    stack: int
    cut: int


class WorkerRun(NamedTuple):
    """One run of a mark worker, from its label until its goroutine left the P."""

    begin_ns: int
    end_ns: int
    goroutine: int
    proc: int
    label: str
    cut: int


class Sweeps(NamedTuple):
    """Sums over sweeps: number and time of the whole ones, bytes of all that ended."""

    whole: int
    total_ns: int
    swept_bytes: int
    reclaimed_bytes: int
    cut: int


class StateKey(NamedTuple):
    """What the time of a goroutine is attributed to."""

    state: str
    before: str  # the state before; "Undetermined" where the trace's status said the state
    reason: str
    stack: int


class StateTotal(NamedTuple):
    """The spans of one key that a transition ended."""

    spans: int
    total_ns: int
    max_ns: int


class Step(NamedTuple):
    """From a time on, so many of the Ps work for the GC."""

    time_ns: int
    gc_procs: int
    procs: int


@dataclass(frozen=True, slots=True)
class Findings:
    """All that is compared; rows are sorted."""

    first_ns: int
    last_ns: int
    pauses: tuple[Pause, ...]
    cycles: tuple[Cycle, ...]
    sweeps: Sweeps
    assists: tuple[Assist, ...]
    workers: tuple[WorkerRun, ...]
    states: dict[StateKey, StateTotal]
    utilization: tuple[Step, ...]


def differences(ours: Findings, theirs: Findings) -> list[str]:
    """What differs, one line an aspect with the first thing that does."""
    found = []
    for name in ("first_ns", "last_ns", "sweeps"):
        one, other = getattr(ours, name), getattr(theirs, name)
        if one != other:
            found.append(f"{name}: ours {one}, Go's {other}")
    for name in ("pauses", "cycles", "assists", "workers", "utilization"):
        found += _of_rows(name, getattr(ours, name), getattr(theirs, name))
    found += _of_rows("states", sorted(ours.states.items()), sorted(theirs.states.items()))
    return found


def _of_rows(name: str, ours: Sequence[object], theirs: Sequence[object]) -> list[str]:
    if ours == theirs:
        return []
    only_ours = [row for row in ours if row not in theirs]
    only_theirs = [row for row in theirs if row not in ours]
    counts = f"{len(ours)} rows, Go {len(theirs)}"
    ours_first = f"{len(only_ours)} only ours, first {only_ours[:1]}"
    theirs_first = f"{len(only_theirs)} only Go's, first {only_theirs[:1]}"
    return [f"{name}: {counts}; {ours_first}; {theirs_first}"]
