"""Builds the tables of a trace scan in a test, one short row at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from growwork.analysis.trace.columns import RangeColumns, StackTable, range_columns
from growwork.analysis.trace.scan_end import ScanEnd
from growwork.formats.gotrace import (
    FRAMES_SCHEMA,
    HEAP_SCHEMA,
    HISTOGRAMS_SCHEMA,
    LONGEST_SCHEMA,
    RANGES_SCHEMA,
    SAMPLES_SCHEMA,
    SPANS_SCHEMA,
    TOTALS_SCHEMA,
    UTILIZATION_SCHEMA,
    EventType,
    ScannedGeneration,
)

Row = dict[str, int]
Frames = list[tuple[str, str, int]]  # function, file, line; leaf first

RUNNABLE, RUNNING, SYSCALL, WAITING = 1, 2, 3, 4
BEGAN_BEFORE, NOT_ENDED = 1, 2  # bits of `cut`


@dataclass
class Texts:
    """The texts of a trace; asking for one gives it an id."""

    known: list[str] = field(default_factory=lambda: [""])

    def id(self, text: str) -> int:
        if text not in self.known:
            self.known.append(text)
        return self.known.index(text)


@dataclass
class Tables:
    """One generation; every method adds a row and gives the generation back."""

    texts: Texts = field(default_factory=Texts)
    complete: bool = True
    ranges: list[Row] = field(default_factory=list)
    utilization: list[Row] = field(default_factory=list)
    heap: list[Row] = field(default_factory=list)
    samples: list[Row] = field(default_factory=list)

    def range(self, kind: EventType, start: int, end: int, **columns: int) -> Tables:
        row: Row = dict.fromkeys(RANGES_SCHEMA.names, 0)
        row.update(m=0, p=-1, g=-1, kind=int(kind), start=start, end=end)
        row.update(columns)
        self.ranges.append(row)
        return self

    def pause(self, start: int, end: int, kind: str, **columns: int) -> Tables:
        columns = {"g": 1, "arg1": -1, "text_id": self.texts.id(kind), **columns}
        return self.range(EventType.STW_BEGIN, start, end, **columns)

    def cycle(self, start: int, end: int, **columns: int) -> Tables:
        return self.range(EventType.GC_BEGIN, start, end, **columns)

    def assist(self, start: int, end: int, *, g: int = 1, **columns: int) -> Tables:
        return self.range(EventType.GC_MARK_ASSIST_BEGIN, start, end, g=g, **columns)

    def sweep(self, start: int, end: int, **columns: int) -> Tables:
        return self.range(EventType.GC_SWEEP_BEGIN, start, end, **columns)

    def worker(self, start: int, end: int, kind: str, **columns: int) -> Tables:
        columns = {
            "g": 90,
            "arg0": int(EventType.GO_BLOCK),
            "text_id": self.texts.id(f"GC ({kind})"),
            **columns,
        }
        return self.range(EventType.GO_LABEL, start, end, **columns)

    def gc_procs(self, time: int, busy: int, procs: int = 4) -> Tables:
        self.utilization.append({"time": time, "gc_procs": busy, "procs": procs})
        return self

    def heap_alloc(self, time: int, value: int) -> Tables:
        return self._reading(time, EventType.HEAP_ALLOC, value)

    def heap_goal(self, time: int, value: int) -> Tables:
        return self._reading(time, EventType.HEAP_GOAL, value)

    def sample(self, time: int, *, g: int = 1, stack_id: int = 0) -> Tables:
        self.samples.append({"time": time, "m": 0, "p": 0, "g": g, "stack_id": stack_id})
        return self

    def columns(self) -> RangeColumns:
        return range_columns(_batch(RANGES_SCHEMA, self.ranges))

    def scanned(self, number: int = 1) -> ScannedGeneration:
        return ScannedGeneration(
            number=number,
            complete=self.complete,
            bytes=1000,
            clock=None,
            ranges=_batch(RANGES_SCHEMA, self.ranges),
            utilization=_batch(UTILIZATION_SCHEMA, self.utilization),
            heap=_batch(HEAP_SCHEMA, self.heap),
            samples=_batch(SAMPLES_SCHEMA, self.samples),
            spans=_batch(SPANS_SCHEMA, []),
        )

    def _reading(self, time: int, kind: EventType, value: int) -> Tables:
        self.heap.append({"time": time, "type": int(kind), "value": value})
        return self


@dataclass
class End:
    """What the scanner has at the end of the trace."""

    first_ns: int = 0
    last_ns: int = 1_000_000_000
    texts: Texts = field(default_factory=Texts)
    stacks: dict[int, Frames] = field(default_factory=dict)
    complete: bool = True
    warnings: tuple[str, ...] = ()
    header: str = "go 1.26 trace"
    totals: list[Row] = field(default_factory=list)
    histograms: list[Row] = field(default_factory=list)
    longest: list[Row] = field(default_factory=list)

    def total(
        self,
        state: int,
        cause: EventType,
        reason: str = "",
        *,
        stack_id: int = 0,
        count: int = 1,
        total_ns: int,
        max_ns: int = 0,
    ) -> End:
        self.totals.append(
            {
                "state": state,
                "cause": int(cause),
                "reason_id": self.texts.id(reason),
                "stack_id": stack_id,
                "count": count,
                "total_ns": total_ns,
                "max_ns": max_ns or total_ns,
            }
        )
        return self

    def bucket(
        self, state: int, cause: EventType, reason: str, *, low_ns: int, high_ns: int, count: int
    ) -> End:
        self.histograms.append(
            {
                "state": state,
                "cause": int(cause),
                "reason_id": self.texts.id(reason),
                "bucket": 0,
                "low_ns": low_ns,
                "high_ns": high_ns,
                "count": count,
            }
        )
        return self

    def span(self, state: int, start: int, end: int, *, reason: str = "", **columns: int) -> End:
        row: Row = dict.fromkeys(LONGEST_SCHEMA.names, 0)
        row.update(state=state, start=start, end=end, reason_id=self.texts.id(reason))
        row.update(p=-1, g=1, other_g=-1)
        row.update(columns)
        self.longest.append(row)
        return self

    def scan_end(self, generations: int = 1) -> ScanEnd:
        return ScanEnd(
            first_ns=self.first_ns,
            last_ns=self.last_ns,
            events=1000,
            generations=generations,
            complete=self.complete,
            header=self.header,
            totals=_table(TOTALS_SCHEMA, self.totals),
            histograms=_table(HISTOGRAMS_SCHEMA, self.histograms),
            longest=_table(LONGEST_SCHEMA, self.longest),
            stacks=stack_table(self.stacks),
            texts=self.texts.known,
            warnings=self.warnings,
        )


def stack_table(stacks: dict[int, Frames]) -> StackTable:
    """A stack table from {stack id: frames}."""
    rows = [
        {
            "stack_id": stack_id,
            "depth": depth,
            "pc": 0,
            "function": function,
            "file": file,
            "line": line,
        }
        for stack_id, frames in sorted(stacks.items())
        for depth, (function, file, line) in enumerate(frames)
    ]
    columns = {
        one.name: pa.array([row[one.name] for row in rows], _plain(one.type)).cast(one.type)
        for one in FRAMES_SCHEMA
    }
    return StackTable(pa.table(columns, schema=FRAMES_SCHEMA))


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _batch(schema: pa.Schema, rows: list[Row]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def _table(schema: pa.Schema, rows: list[Row]) -> pa.Table:
    return pa.Table.from_batches([_batch(schema, rows)], schema=schema)
