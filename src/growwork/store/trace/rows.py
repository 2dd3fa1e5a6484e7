"""Rows of a trace's tables from what ended in one generation.

A function per table, each from the scan's columns to the table's, in the order `TABLES` has
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from growwork.analysis.trace.assists import MAP_GROWTH, MAP_OTHER, OTHER, classify_frames
from growwork.analysis.trace.types import GoroutineState
from growwork.formats.gotrace import EventType
from growwork.formats.gotrace.spec import EVENTS
from growwork.store.trace.batch_columns import Ids, ids_of, parts_of
from growwork.store.trace.lookups import TraceLookups
from growwork.store.trace.tables import TABLES

if TYPE_CHECKING:
    from growwork.formats.gotrace import ScannedGeneration

__all__ = ["ASSIST_CLASSES", "WORKER_LABEL", "RowSource", "StackClasses", "rows_of"]

ASSIST_CLASSES = (OTHER, MAP_OTHER, MAP_GROWTH)
WORKER_LABEL = "GC ("  # of a mark worker: GC (dedicated), GC (fractional), GC (idle)

_Arrays: TypeAlias = Sequence[pa.Array]
_STATES = {
    GoroutineState.RUNNABLE: "runnable",
    GoroutineState.SYSCALL: "syscall",
    GoroutineState.WAITING: "waiting",
}
_EVENT_NAMES = {spec.type: spec.name for spec in EVENTS}


class StackClasses:
    """The class of each stack: growth of a map, other map code, or neither."""

    def __init__(self, lookups: TraceLookups) -> None:
        self._lookups = lookups
        self._known: dict[int, int] = {0: 0}

    def codes(self, ids: Ids) -> list[int]:
        """Per id, an index into `ASSIST_CLASSES`."""
        wanted = ids.tolist()
        new = set(wanted) - self._known.keys()
        if new:
            stacks = self._lookups.stacks(ids)
            for stack_id in new:
                klass = classify_frames(stacks.frames(stack_id))
                self._known[stack_id] = ASSIST_CLASSES.index(klass)
        return [self._known[stack_id] for stack_id in wanted]


@dataclass(frozen=True, slots=True)
class RowSource:
    """What every table needs to know of its trace."""

    origin_ns: int  # of the trace's clock; rows count from it
    lookups: TraceLookups
    classes: StackClasses


def rows_of(
    name: str, generation: ScannedGeneration, source: RowSource
) -> Iterator[pa.RecordBatch]:
    """The rows of one table that a generation has; `KeyError` for tables that need all of them."""
    schema = TABLES[name].schema
    for arrays in _MAKERS[name](generation, source):
        cast = [array.cast(field.type) for array, field in zip(arrays, schema, strict=True)]
        yield pa.RecordBatch.from_arrays(cast, schema=schema)


def _of_kind(generation: ScannedGeneration, kind: EventType) -> pa.RecordBatch:
    return generation.ranges.filter(pc.equal(generation.ranges.column("kind"), int(kind)))


def _interval(rows: pa.RecordBatch, source: RowSource) -> tuple[pa.Array, pa.Array]:
    """Start since the first event, and duration."""
    start, end = rows.column("start"), rows.column("end")
    return pc.subtract(start, source.origin_ns), pc.subtract(end, start)


def _running(rows: pa.RecordBatch) -> pa.Array:
    length = pc.subtract(rows.column("end"), rows.column("start"))
    return pc.subtract(length, rows.column("off"))


def _partial(rows: pa.RecordBatch) -> pa.Array:
    return pc.not_equal(rows.column("cut"), 0)


def _texts(rows: pa.RecordBatch, source: RowSource) -> pa.Array:
    return source.lookups.texts(ids_of(rows, "text_id"))


def _pauses(generation: ScannedGeneration, source: RowSource) -> Iterator[_Arrays]:
    rows = _of_kind(generation, EventType.STW_BEGIN)
    start, duration = _interval(rows, source)
    clipped = pc.not_equal(pc.bit_wise_and(rows.column("cut"), pa.scalar(1, pa.uint8())), 0)
    yield (
        _texts(rows, source),
        start,
        pc.if_else(clipped, pa.scalar(None, pa.int64()), rows.column("arg0")),
        duration,
        rows.column("g"),
        rows.column("stack_id"),
        rows.column("arg1"),
        rows.column("extra_stack_id"),
        _partial(rows),
    )


def _assists(generation: ScannedGeneration, source: RowSource) -> Iterator[_Arrays]:
    rows = _of_kind(generation, EventType.GC_MARK_ASSIST_BEGIN)
    start, duration = _interval(rows, source)
    codes = source.classes.codes(ids_of(rows, "stack_id"))
    yield (
        start,
        duration,
        rows.column("g"),
        rows.column("stack_id"),
        pa.nulls(len(rows), pa.int64()),
        _running(rows),
        pa.array(ASSIST_CLASSES).take(pa.array(codes, pa.int8())),
        _partial(rows),
    )


def _blocks(generation: ScannedGeneration, source: RowSource) -> Iterator[_Arrays]:
    states = pa.array([_STATES.get(number, "") for number in range(max(_STATES) + 1)])
    for part in parts_of(generation.spans):
        rows = part.filter(pc.not_equal(part.column("state"), GoroutineState.RUNNING))
        start, duration = _interval(rows, source)
        yield (
            rows.column("g"),
            _reasons(rows, source),
            start,
            duration,
            rows.column("stack_id"),
            states.take(rows.column("state")),
        )


def _reasons(rows: pa.RecordBatch, source: RowSource) -> pa.Array:
    """The runtime's text, or the name of the event that began the state."""
    reasons, causes = ids_of(rows, "reason_id"), ids_of(rows, "cause")
    texts = source.lookups.all_texts(reasons)
    names = [_EVENT_NAMES.get(number, "") for number in range(256)]  # type: ignore[call-overload]
    every = pa.concat_arrays([texts, pa.array(names, pa.string())])
    return every.take(pa.array(np.where(reasons > 0, reasons, len(texts) + causes)))


def _samples(generation: ScannedGeneration, source: RowSource) -> Iterator[_Arrays]:
    rows = generation.samples
    time = pc.subtract(rows.column("time"), source.origin_ns)
    yield (time, *(rows.column(name) for name in ("g", "p", "m", "stack_id")))


def _utilization(generation: ScannedGeneration, source: RowSource) -> Iterator[_Arrays]:
    rows = generation.utilization
    time = pc.subtract(rows.column("time"), source.origin_ns)
    yield time, rows.column("gc_procs"), rows.column("procs")


def _workers(generation: ScannedGeneration, source: RowSource) -> Iterator[_Arrays]:
    rows = _of_kind(generation, EventType.GO_LABEL)
    start, duration = _interval(rows, source)
    label = _texts(rows, source)
    yield (
        start,
        duration,
        rows.column("g"),
        rows.column("p"),
        pc.utf8_rtrim(pc.replace_substring(label, WORKER_LABEL, ""), ")"),
        pc.equal(rows.column("arg0"), int(EventType.GO_STOP)),
        _partial(rows),
    )


def _sweeps(generation: ScannedGeneration, source: RowSource) -> Iterator[_Arrays]:
    rows = _of_kind(generation, EventType.GC_SWEEP_BEGIN)
    start, duration = _interval(rows, source)
    columns = (rows.column(name) for name in ("p", "arg0", "arg1", "stack_id"))
    yield (start, duration, *columns, _partial(rows))


def _regions(generation: ScannedGeneration, source: RowSource) -> Iterator[_Arrays]:
    rows = _of_kind(generation, EventType.USER_REGION_BEGIN)
    start, duration = _interval(rows, source)
    yield (
        start,
        duration,
        rows.column("g"),
        _texts(rows, source),
        rows.column("arg0"),
        _running(rows),
        rows.column("stack_id"),
        _partial(rows),
    )


def _tasks(generation: ScannedGeneration, source: RowSource) -> Iterator[_Arrays]:
    rows = _of_kind(generation, EventType.USER_TASK_BEGIN)
    start, duration = _interval(rows, source)
    yield (
        start,
        duration,
        rows.column("arg0"),
        rows.column("arg1"),
        _texts(rows, source),
        rows.column("stack_id"),
        _partial(rows),
    )


_MAKERS: dict[str, Callable[[ScannedGeneration, RowSource], Iterator[_Arrays]]] = {
    "pauses": _pauses,
    "assists": _assists,
    "goroutine_blocks": _blocks,
    "cpu_samples": _samples,
    "utilization": _utilization,
    "mark_workers": _workers,
    "sweeps": _sweeps,
    "regions": _regions,
    "tasks": _tasks,
}
