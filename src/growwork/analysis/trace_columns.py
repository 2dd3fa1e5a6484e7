"""One generation of an execution trace as numpy columns, and the stacks of the whole trace.

The analyses of a trace are accumulators: each takes generation after generation through
`add`, keeps only what its result needs, and is asked for the result at the end. None of them
holds an event table, so a trace of any length costs the memory of one generation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from growwork.analysis.types import StackFrame
from growwork.formats.gotrace import EventType

__all__ = ["Column", "EventColumns", "StackTable", "columns_of"]

Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Delivered events of one generation, in order; all columns have the same length.

    `time` is in nanoseconds. `goroutine` is the context before the event, -1 for none; `arg0`
    is the first wire argument. `stack` and `text` are ids that hold for the whole trace, 0 for
    none.
    """

    time: Column
    type: npt.NDArray[np.uint8]
    goroutine: Column
    arg0: Column
    stack: npt.NDArray[np.uint32]
    text: npt.NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.time)

    def of(
        self, *types: EventType, between: Sequence[tuple[int, int]] | None = None
    ) -> EventColumns:
        """The events of these types alone, still in order.

        `between` keeps only those within one of the time intervals, which are in order and
        include their ends.
        """
        wanted = np.zeros(256, dtype=np.bool_)
        wanted[[int(one) for one in types]] = True
        if between is None:
            return self.at(np.flatnonzero(wanted[self.type]))
        starts = np.searchsorted(self.time, [begin for begin, _ in between], side="left")
        ends = np.searchsorted(self.time, [end for _, end in between], side="right")
        rows = [np.arange(s, e) for s, e in zip(starts.tolist(), ends.tolist(), strict=True)]
        inside = np.concatenate(rows) if rows else np.arange(0)
        return self.at(inside[wanted[self.type[inside]]])

    def at(self, rows: npt.NDArray[np.intp]) -> EventColumns:
        """The events at these places."""
        return EventColumns(
            self.time[rows],
            self.type[rows],
            self.goroutine[rows],
            self.arg0[rows],
            self.stack[rows],
            self.text[rows],
        )


def columns_of(events: pa.RecordBatch) -> EventColumns:
    """The columns the analyses need of a batch of the trace reader."""

    def integers(name: str) -> Column:
        return np.asarray(events.column(name).to_numpy(zero_copy_only=False), dtype=np.int64)

    def ids(name: str) -> npt.NDArray[np.uint32]:
        return np.asarray(events.column(name).to_numpy(zero_copy_only=False), dtype=np.uint32)

    return EventColumns(
        integers("time"),
        np.asarray(events.column("type").to_numpy(zero_copy_only=False), dtype=np.uint8),
        integers("g"),
        integers("arg0"),
        ids("stack_id"),
        ids("text_id"),
    )


class StackTable:
    """Stacks by id, built once from the reader's `frames()` table.

    A stack becomes `StackFrame` objects only when somebody asks for it: a trace has tens of
    thousands of stacks and an analysis shows a few.
    """

    def __init__(self, frames: pa.Table) -> None:
        """`frames` has stack_id, depth, function, file and line, sorted by the first two."""
        self._frames = frames
        self._ids = np.asarray(frames.column("stack_id").to_numpy()).astype(np.int64, copy=False)
        self._known: dict[int, tuple[StackFrame, ...]] = {0: ()}

    def frames(self, stack_id: int) -> tuple[StackFrame, ...]:
        """The frames of a stack, leaf first; empty for 0 and for an id without frames."""
        known = self._known.get(stack_id)
        if known is None:
            known = self._known[stack_id] = tuple(self._build(stack_id))
        return known

    def _build(self, stack_id: int) -> Iterable[StackFrame]:
        first = int(np.searchsorted(self._ids, stack_id, side="left"))
        last = int(np.searchsorted(self._ids, stack_id, side="right"))
        part = self._frames.slice(first, last - first)
        rows = zip(
            part.column("function").to_pylist(),
            part.column("file").to_pylist(),
            part.column("line").to_pylist(),
            strict=True,
        )
        return (StackFrame(str(name), str(file), int(line)) for name, file, line in rows)
