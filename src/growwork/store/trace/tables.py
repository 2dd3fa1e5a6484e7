"""The tables of an execution trace: names, columns, units.

Names are stable; columns and tables are only ever added. Times count from the trace's first
event, as everywhere in growwork; `traces` says what that moment is on other clocks. Times and
durations are int64 nanoseconds, sizes are int64 bytes, a goroutine, P, M or task of -1 is none.
`partial` rows began before the trace (or the window) or did not end in it: they are clipped,
and without a beginning there is no stack.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

__all__ = ["FILE_COLUMN", "TABLES", "TableColumn", "TraceTable", "needs_spans"]

FILE_COLUMN = "file"  # first column of every table when there are several traces


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column; `unit` is empty where there is none."""

    name: str
    type: pa.DataType
    unit: str = ""
    meaning: str = ""
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class TraceTable:
    """One table."""

    name: str
    meaning: str
    columns: tuple[TableColumn, ...]

    @property
    def schema(self) -> pa.Schema:
        """The columns as Arrow fields, units in their metadata."""
        return pa.schema(
            [
                pa.field(one.name, one.type, one.nullable, {"unit": one.unit} if one.unit else None)
                for one in self.columns
            ]
        )


def _ns(name: str, meaning: str = "", *, nullable: bool = False) -> TableColumn:
    return TableColumn(name, pa.int64(), "ns", meaning, nullable)


def _bytes(name: str, meaning: str = "", *, nullable: bool = False) -> TableColumn:
    return TableColumn(name, pa.int64(), "bytes", meaning, nullable)


def _number(name: str, meaning: str = "", *, nullable: bool = False) -> TableColumn:
    return TableColumn(name, pa.int64(), "", meaning, nullable)


def _text(name: str, meaning: str = "") -> TableColumn:
    return TableColumn(name, pa.string(), "", meaning)


_STACK = TableColumn("stack_id", pa.uint32(), "", "joins frames; 0: no stack")
_GOROUTINE = _number("goroutine")
_START, _DURATION = _ns("start"), _ns("duration")
_PARTIAL = TableColumn("partial", pa.bool_(), "", "clipped to the trace or window")

_ROWS = (
    TraceTable(
        "pauses",
        "stop-the-world pauses",
        (
            _text("kind", "the runtime's own reason"),
            _START,
            _ns("stopping", "until the last P had stopped; null: not in the trace", nullable=True),
            _DURATION,
            _GOROUTINE,
            _STACK,
            _number("last_goroutine", "the one that stopped last"),
            TableColumn("last_stack_id", pa.uint32(), "", "where it stopped"),
            _PARTIAL,
        ),
    ),
    TraceTable(
        "assists",
        "mark assists: what allocating goroutines paid",
        (
            _START,
            _DURATION,
            _GOROUTINE,
            _STACK,
            _number(
                "map_line_id", "the growth line, where a source analysis names it", nullable=True
            ),
            _ns("running", "duration without the parts off the thread"),
            _text("class", "map-growth, map-other or other, by the names of the runtime frames"),
            _PARTIAL,
        ),
    ),
    TraceTable(
        "gc_cycles",
        "GC cycles up to the end of mark termination",
        (
            _START,
            _ns("mark_start", "end of the sweep termination pause", nullable=True),
            _ns("mark_end", "start of the mark termination pause", nullable=True),
            _ns("end"),
            _bytes("heap_before", "at the start", nullable=True),
            _bytes("heap_goal", "at the start", nullable=True),
            _bytes("heap_live", "what was marked", nullable=True),
            _ns("assist_cpu", "running time of assists that began in the cycle"),
            _ns("worker_cpu", "dedicated and fractional mark workers"),
            _ns("idle_cpu", "mark workers on Ps that had nothing else to do"),
            TableColumn("stack_id", pa.uint32(), "", "whose allocation crossed the trigger"),
            _PARTIAL,
        ),
    ),
    TraceTable(
        "goroutine_blocks",
        "every time a goroutine waited, was runnable without running, or was in a syscall",
        (
            _GOROUTINE,
            _text("reason", "the runtime's own, or the event that began it"),
            _START,
            _DURATION,
            TableColumn("stack_id", pa.uint32(), "", "where it began; runnable: who made it so"),
            _text("state", "waiting, runnable or syscall"),
        ),
    ),
    TraceTable(
        "cpu_samples",
        "samples of the CPU profiler that ran with the trace",
        (_ns("time"), _GOROUTINE, _number("p"), _number("m"), _STACK),
    ),
    TraceTable(
        "heap",
        "readings of the heap, each with the last reading of the other",
        (_ns("time"), _bytes("heap", nullable=True), _bytes("goal", nullable=True)),
    ),
    TraceTable(
        "utilization",
        "Ps at GC work, from each time on",
        (
            _ns("time"),
            TableColumn("gc_procs", pa.uint16(), "", "Ps in a pause, assist, sweep, mark worker"),
            TableColumn("procs", pa.uint16(), "", "GOMAXPROCS"),
        ),
    ),
    TraceTable(
        "mark_workers",
        "runs of background mark workers",
        (
            _START,
            _DURATION,
            _GOROUTINE,
            _number("p"),
            _text("mode", "dedicated, fractional or idle"),
            TableColumn("preempted", pa.bool_(), "", "stopped before it was done"),
            _PARTIAL,
        ),
    ),
    TraceTable(
        "sweeps",
        "sweeping, by goroutines that allocate and in the background",
        (
            _START,
            _DURATION,
            _number("p"),
            _bytes("swept"),
            _bytes("reclaimed"),
            _STACK,
            _PARTIAL,
        ),
    ),
    TraceTable(
        "regions",
        "user regions",
        (
            _START,
            _DURATION,
            _GOROUTINE,
            _text("name"),
            _number("task"),
            _ns("running", "duration without the parts off the thread"),
            _STACK,
            _PARTIAL,
        ),
    ),
    TraceTable(
        "tasks",
        "user tasks",
        (
            _START,
            _DURATION,
            _number("task"),
            _number("parent"),
            _text("name"),
            _STACK,
            _PARTIAL,
        ),
    ),
    TraceTable(
        "frames",
        "the frames of every stack",
        (
            TableColumn("stack_id", pa.uint32()),
            TableColumn("depth", pa.uint16(), "", "0: the leaf"),
            _text("function"),
            _text("file"),
            TableColumn("line", pa.uint32()),
            TableColumn("inlined", pa.bool_(), "", "null: a trace does not say", nullable=True),
        ),
    ),
    TraceTable(
        "traces",
        "one row per file",
        (
            _text("format", "the file's header"),
            _ns("origin", "the first event, on the trace's clock"),
            _ns("wall", "the first event since 1970, UTC; from Go 1.25 on", nullable=True),
            _DURATION,
            _number("events"),
            _number("generations"),
            TableColumn("complete", pa.bool_(), "", "nothing of it is lost"),
        ),
    ),
)

TABLES: dict[str, TraceTable] = {table.name: table for table in _ROWS}

_OF_SPANS = frozenset({"goroutine_blocks"})


def needs_spans(names: frozenset[str]) -> bool:
    """Whether these tables need every goroutine span, which makes a scan slower."""
    return bool(names & _OF_SPANS)
