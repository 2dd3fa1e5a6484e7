"""What a trace says about time, by stack, as profiles that `go tool pprof` opens.

Mark assist is by the stack that paid it, a pause by the stack that asked for it, a wait to run
by the stack that made the goroutine runnable (as `go tool trace -pprof=sched` has it), a
syscall or a wait by the stack that went into it. States that began before the trace are left
out of the last three: how long they took is not known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pyarrow as pa

from growwork.analysis.trace.types import GoroutineState
from growwork.formats.gotrace import EventType
from growwork.formats.gotrace.spec import spec_of
from growwork.formats.pprof import Profile, ValueType
from growwork.formats.pprof.types import FRAMES, LABELS

__all__ = ["ProfileKind", "ProfileRow", "build_profile", "rows_of_totals"]


class ProfileKind(Enum):
    """What a profile is of; the value is what the command line calls it."""

    ASSIST = "assist"
    STW = "stw"
    LATENCY = "latency"
    SYSCALL = "syscall"
    BLOCK = "block"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One sample; `values` has one entry per sample type of the kind."""

    stack_id: int
    labels: tuple[tuple[str, str], ...]
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a kind is written; `comment` is what the numbers mean and do not mean."""

    sample_types: tuple[ValueType, ...]
    comment: str
    default: int = 1  # of the sample types, the one shown first


def _times(count: str, *names: str) -> tuple[ValueType, ...]:
    return (ValueType(count, "count"), *(ValueType(name, "nanoseconds") for name in names))


_DELAY = _times("contentions", "delay")  # the names `go tool trace` gives
_SHAPES = {
    ProfileKind.ASSIST: _Shape(
        _times("assists", "assist", "running"),
        "Mark assist by the stack that paid. It names who paid, not who caused marking; assist is "
        "wall time, running leaves out the parts off the thread.",
    ),
    ProfileKind.STW: _Shape(
        _times("pauses", "pause", "stopping"),
        "Stop-the-world time by the stack that asked. For GC pauses that is whose allocation "
        "crossed the trigger: the unlucky one, not the cause.",
    ),
    ProfileKind.LATENCY: _Shape(
        _DELAY,
        "Time runnable without running, by the stack that made the goroutine runnable. Unlike in "
        "go tool trace the wait of a goroutine before it first runs counts, too.",
    ),
    ProfileKind.SYSCALL: _Shape(_DELAY, "Time in syscalls, by the stack that entered them."),
    ProfileKind.BLOCK: _Shape(
        _DELAY, "Time blocked on channels, select and package sync, by the stack that blocked."
    ),
    ProfileKind.NETWORK: _Shape(_DELAY, "Time waiting for the network, by the stack that waited."),
}
_BEFORE_TRACE = (EventType.GO_STATUS, EventType.GO_STATUS_STACK)


def _any_reason(_reason: str) -> bool:
    return True


def _is_blocking(reason: str) -> bool:
    return any(part in reason for part in ("chan", "sync", "select"))


def _is_network(reason: str) -> bool:
    return reason == "network"


# Of the kinds that are sums over a state: the state, and which reasons belong to it.
_STATES: dict[ProfileKind, tuple[int, Callable[[str], bool]]] = {
    ProfileKind.LATENCY: (GoroutineState.RUNNABLE, _any_reason),
    ProfileKind.SYSCALL: (GoroutineState.SYSCALL, _any_reason),
    ProfileKind.BLOCK: (GoroutineState.WAITING, _is_blocking),
    ProfileKind.NETWORK: (GoroutineState.WAITING, _is_network),
}


def rows_of_totals(kind: ProfileKind, totals: pa.Table, texts: list[str]) -> list[ProfileRow]:
    """The rows of a kind that is about a goroutine state, from a scan's totals.

    `texts` is indexed by reason id. `KeyError` for assists and pauses, which are ranges.
    """
    state, belongs = _STATES[kind]
    sums: dict[tuple[int, tuple[tuple[str, str], ...]], tuple[int, int]] = {}
    names = ("state", "cause", "reason_id", "stack_id", "count", "total_ns")
    for row in zip(*(totals.column(name).to_pylist() for name in names), strict=True):
        row_state, cause, reason_id, stack_id, count, total_ns = row
        reason = texts[reason_id]
        if row_state == state and cause not in _BEFORE_TRACE and belongs(reason):
            labels = (("reason", reason),) if reason else ()
            if kind is ProfileKind.LATENCY:
                labels = (("cause", spec_of(EventType(cause)).name), *labels)
            counted, summed = sums.get((stack_id, labels), (0, 0))
            sums[stack_id, labels] = counted + count, summed + total_ns
    return [ProfileRow(stack_id, labels, values) for (stack_id, labels), values in sums.items()]


def build_profile(
    kind: ProfileKind,
    rows: list[ProfileRow],
    frames: pa.Table,
    *,
    time_ns: int = 0,
    duration_ns: int = 0,
) -> Profile:
    """A profile of the rows, most time first; `frames` is a scan's, with at least their stacks.

    `time_ns` is since 1970, 0 where a trace does not say. A row without a stack is a sample
    without locations: it counts for the total.
    """
    shape = _SHAPES[kind]
    shown = shape.default
    ordered = sorted(rows, key=lambda row: (-row.values[shown], row.stack_id, row.labels))
    columns = {
        one.type: pa.array([row.values[place] for row in ordered], pa.int64())
        for place, one in enumerate(shape.sample_types)
    }
    samples = {
        "sample_id": pa.array(range(len(ordered)), pa.uint32()),
        "stack_id": pa.array([row.stack_id for row in ordered], pa.uint32()),
        **columns,
        "bytes": pa.nulls(len(ordered), pa.int64()),
    }
    labels = [
        {"sample_id": number, "key": key, "text": text, "number": None, "unit": ""}
        for number, row in enumerate(ordered)
        for key, text in row.labels
    ]
    return Profile(
        sample_types=shape.sample_types,
        period=1,
        period_type=ValueType("trace", "count"),
        time_ns=time_ns,
        duration_ns=duration_ns,
        samples=pa.table(samples),
        frames=_profile_frames(frames, {row.stack_id for row in rows}),
        labels=pa.Table.from_pylist(labels, schema=LABELS),
        comments=(shape.comment,),
        default_sample_type=shape.sample_types[shown].type,
    )


def _profile_frames(frames: pa.Table, wanted: set[int]) -> pa.Table:
    """The frames of these stacks as a profile has them."""
    ids = frames.column("stack_id").to_numpy()
    kept = frames.filter(pa.array(np.isin(ids, np.array(sorted(wanted), dtype=np.uint32))))
    count = len(kept)
    columns = {
        **{name: kept.column(name) for name in ("stack_id", "depth", "pc", "function", "file")},
        "line": kept.column("line"),
        "inlined": pa.repeat(pa.scalar(False), count),
        "start_line": pa.repeat(pa.scalar(0, pa.uint32()), count),
        "mapping": pa.nulls(count, pa.uint32()),
    }
    return pa.table([columns[field.name] for field in FRAMES], names=FRAMES.names).cast(FRAMES)
