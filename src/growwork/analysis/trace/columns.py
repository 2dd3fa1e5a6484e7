"""The tables of a trace scan as numpy columns, and the stacks of the whole trace.

The analyses of a trace are accumulators: each takes generation after generation through `add`,
keeps only what its result needs, and is asked for the result at the end. None of them holds a
table, so a trace of any length costs the memory of one generation, but for the ranges a result
is made of (pauses, cycles, assists), which are kept as columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from growwork.analysis.types import StackFrame
from growwork.formats.gotrace import RANGES_SCHEMA, EventType

__all__ = [
    "Column",
    "RangeColumns",
    "StackIds",
    "StackTable",
    "concatenate",
    "gather",
    "integers",
    "range_columns",
]

_Number = TypeVar("_Number", bound=np.generic)

Column = npt.NDArray[np.int64]
StackIds = npt.NDArray[np.uint32]  # 0 is no stack; also ids of texts


@dataclass(frozen=True, slots=True)
class RangeColumns:
    """Rows of `RANGES_SCHEMA`; all columns have the same length."""

    kind: npt.NDArray[np.uint8]
    start: Column
    end: Column
    off: Column
    g: Column
    stack_id: StackIds
    text_id: StackIds
    arg0: Column
    arg1: Column
    extra_stack_id: StackIds
    cut: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.start)

    def of(self, kind: EventType) -> RangeColumns:
        """The ranges of one kind, in the same order."""
        return self.at(np.flatnonzero(self.kind == kind))

    def at(self, rows: npt.NDArray[np.intp]) -> RangeColumns:
        """The ranges at these places."""
        return RangeColumns(*(getattr(self, one.name)[rows] for one in _RANGE_FIELDS))


_RANGE_FIELDS = fields(RangeColumns)


def range_columns(batch: pa.RecordBatch) -> RangeColumns:
    """The columns the analyses need of a generation's ranges."""
    return RangeColumns(
        *(batch.column(one.name).to_numpy(zero_copy_only=False) for one in _RANGE_FIELDS)
    )


def concatenate(parts: Sequence[RangeColumns]) -> RangeColumns:
    """The ranges of all parts in one."""
    some = parts or [range_columns(pa.RecordBatch.from_pylist([], schema=RANGES_SCHEMA))]
    return RangeColumns(
        *(np.concatenate([getattr(part, one.name) for part in some]) for one in _RANGE_FIELDS)
    )


def integers(rows: pa.RecordBatch | pa.Table, name: str) -> Column:
    """A column as int64."""
    column = rows.column(name)
    values = column.to_numpy() if isinstance(rows, pa.Table) else column.to_numpy(False)
    return np.asarray(values, dtype=np.int64)


def gather(parts: Sequence[npt.NDArray[_Number]]) -> npt.NDArray[_Number]:
    """All parts of a column in one; without parts, no rows of int64."""
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


class StackTable:
    """Stacks by id, built once from the scanner's `frames()` table.

    A stack becomes `StackFrame` objects only when somebody asks for it: a trace has tens of
    thousands of stacks and an analysis shows a few.
    """

    def __init__(self, frames: pa.Table) -> None:
        """`frames` has stack_id, depth, function, file and line, sorted by the first two."""
        self._frames = frames
        self._known: dict[int, tuple[StackFrame, ...]] = {0: ()}

    @cached_property
    def ids(self) -> Column:
        """Per frame, the id of its stack; ascending."""
        return integers(self._frames, "stack_id")

    @cached_property
    def lines(self) -> Column:
        """Per frame, its line."""
        return integers(self._frames, "line")

    @cached_property
    def functions(self) -> tuple[Column, list[str]]:
        """Per frame an index into the names, and the names."""
        return self._names("function")

    @cached_property
    def files(self) -> tuple[Column, list[str]]:
        """Per frame an index into the files, and the files."""
        return self._names("file")

    def frames(self, stack_id: int) -> tuple[StackFrame, ...]:
        """The frames of a stack, leaf first; empty for 0 and for an id without frames."""
        known = self._known.get(stack_id)
        if known is None:
            first, last = np.searchsorted(self.ids, (stack_id, stack_id + 1)).tolist()
            known = tuple(self.frame(row) for row in range(first, last))
            self._known[stack_id] = known
        return known

    def frame(self, row: int) -> StackFrame:
        """The frame at a place of the table."""
        functions, files = self.functions, self.files
        return StackFrame(
            functions[1][functions[0][row]], files[1][files[0][row]], int(self.lines[row])
        )

    def _names(self, name: str) -> tuple[Column, list[str]]:
        column = self._frames.column(name)
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        # One dictionary for all chunks, of which a scan has one.
        encoded = column.unify_dictionaries()
        chunks = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in encoded.chunks]
        names = encoded.chunk(0).dictionary.to_pylist() if chunks else []
        return gather([np.asarray(chunk, dtype=np.int64) for chunk in chunks]), names
