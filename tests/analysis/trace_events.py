"""Builds the event columns of a trace generation in a test, one event at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from growwork.analysis.trace_columns import EventColumns, StackTable, columns_of
from growwork.formats.gotrace import EventType

NO_GOROUTINE = -1


@dataclass
class Generation:
    """Events of one generation in delivery order; `columns()` is what an analysis takes."""

    rows: list[tuple[int, int, int, int, int, int]] = field(default_factory=list)

    def event(
        self,
        time: int,
        kind: EventType,
        *,
        g: int = NO_GOROUTINE,
        arg0: int = 0,
        stack: int = 0,
        text: int = 0,
    ) -> Generation:
        self.rows.append((time, int(kind), g, arg0, stack, text))
        return self

    def columns(self) -> EventColumns:
        names = ("time", "type", "g", "arg0", "stack_id", "text_id")
        types = (pa.int64(), pa.uint8(), pa.int64(), pa.int64(), pa.uint32(), pa.uint32())
        columns = list(zip(*self.rows, strict=True)) or [()] * len(names)
        arrays = [pa.array(c, type=t) for c, t in zip(columns, types, strict=True)]
        return columns_of(pa.RecordBatch.from_arrays(arrays, names=list(names)))


def stack_table(stacks: dict[int, list[tuple[str, str, int]]]) -> StackTable:
    """A stack table from {stack id: [(function, file, line), leaf first]}."""
    rows = [
        (stack_id, depth, function, file, line)
        for stack_id, frames in stacks.items()
        for depth, (function, file, line) in enumerate(frames)
    ]
    return StackTable(
        pa.table(
            {
                "stack_id": pa.array([row[0] for row in rows], pa.uint32()),
                "depth": pa.array([row[1] for row in rows], pa.uint32()),
                "function": pa.array([row[2] for row in rows], pa.string()),
                "file": pa.array([row[3] for row in rows], pa.string()),
                "line": pa.array([row[4] for row in rows], pa.int64()),
            }
        )
    )
