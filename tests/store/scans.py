"""Scans of traces written as rows: what a scanner yields, without a trace behind it.

Only what a test names has a value; the rest is 0, and -1 where that means none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from growwork.formats.gotrace import (
    FRAMES_SCHEMA,
    HEAP_SCHEMA,
    RANGES_SCHEMA,
    SAMPLES_SCHEMA,
    SPANS_SCHEMA,
    TOTALS_SCHEMA,
    UTILIZATION_SCHEMA,
    ClockSnapshot,
    EventType,
    ScannedGeneration,
)

Row = dict[str, int]

ORIGIN = 1_000_000
RUNNABLE, RUNNING, SYSCALL, WAITING = 1, 2, 3, 4
_NONE = {"m": -1, "p": -1, "g": -1}


@dataclass(slots=True)
class Scan:
    """Stands where a `TraceScanner` does; stack n is frames n, texts are found by their text."""

    generations: Sequence[ScannedGeneration] = ()
    stacks: Sequence[tuple[str, ...]] = ()  # functions, leaf first; the first is stack 1
    words: Sequence[str] = ()  # the first is text 1
    spans: Sequence[Row] = ()
    origin_ns: int = ORIGIN
    last_ns: int = ORIGIN + 1000
    total_events: int = 77
    header: str = "go 1.26 trace"
    warnings: tuple[str, ...] = ()
    fetched: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[ScannedGeneration]:
        return iter(self.generations)

    def texts(self) -> list[str]:
        self.fetched.append("texts")
        return ["", *self.words]

    def frames(self) -> pa.Table:
        self.fetched.append("frames")
        rows = [
            {
                "stack_id": number,
                "depth": depth,
                "pc": 0x1000 + len(function),
                "function": function,
                "file": f"/src/{function}.go",
                "line": 10 + depth,
            }
            for number, functions in enumerate(self.stacks, start=1)
            for depth, function in enumerate(functions)
        ]
        return pa.Table.from_pylist(rows, FRAMES_SCHEMA)


def generation(
    *ranges: Row,
    spans: Sequence[Row] = (),
    heap: Sequence[Row] = (),
    samples: Sequence[Row] = (),
    utilization: Sequence[Row] = (),
    clock: ClockSnapshot | None = None,
    complete: bool = True,
) -> ScannedGeneration:
    """One generation of these rows; times are ns since `ORIGIN`."""
    return ScannedGeneration(
        number=1,
        complete=complete,
        bytes=0,
        clock=clock,
        ranges=_batch(ranges, RANGES_SCHEMA),
        utilization=_batch(utilization, UTILIZATION_SCHEMA),
        heap=_batch(heap, HEAP_SCHEMA),
        samples=_batch(samples, SAMPLES_SCHEMA),
        spans=_batch(spans, SPANS_SCHEMA),
    )


def range_of(kind: EventType, start: int, end: int, **columns: int) -> Row:
    """A range; `stack`, `text` and `extra_stack` are the ids of that name."""
    return _named({"kind": int(kind), "start": start, "end": end, **columns})


def span(g: int, state: int, start: int, end: int, cause: EventType, **columns: int) -> Row:
    """A goroutine span."""
    row = {"g": g, "state": state, "start": start, "end": end, "cause": int(cause), **columns}
    return _named(row)


def totals(*rows: Row) -> pa.Table:
    """Rows of a scan's totals."""
    return pa.Table.from_batches([_batch([_named(row) for row in rows], TOTALS_SCHEMA)])


def _named(row: Row) -> Row:
    short = {"stack", "extra_stack", "end_stack", "text", "reason"}
    return {f"{name}_id" if name in short else name: value for name, value in row.items()}


def _batch(rows: Sequence[Row], schema: pa.Schema) -> pa.RecordBatch:
    full = []
    for row in rows:
        unknown = row.keys() - set(schema.names)
        assert not unknown, f"no such columns: {unknown}"
        values = {name: row.get(name, _NONE.get(name, 0)) for name in schema.names}
        for name in ("start", "end", "time"):
            if name in values:
                values[name] += ORIGIN
        full.append(values)
    return pa.RecordBatch.from_pylist(full, schema=schema)
