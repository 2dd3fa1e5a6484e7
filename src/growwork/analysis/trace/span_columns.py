"""The longest goroutine spans of a trace as columns."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from growwork.analysis.trace.columns import Column, integers

__all__ = ["SpanColumns", "span_columns"]


@dataclass(frozen=True, slots=True)
class SpanColumns:
    """Rows of `LONGEST_SCHEMA`; all columns have the same length."""

    state: Column
    cause: Column
    reason_id: Column
    start: Column
    end: Column
    g: Column
    stack_id: Column  # of what began the span
    end_stack_id: Column  # of what ended it: where a run stopped
    other_g: Column  # who made the goroutine runnable, -1 for nobody

    def __len__(self) -> int:
        return len(self.start)

    @property
    def duration(self) -> Column:
        """How long each lasted."""
        length: Column = self.end - self.start
        return length

    def of(self, state: int) -> SpanColumns:
        """The spans in one state."""
        return self.at(np.flatnonzero(self.state == state))

    def at(self, rows: npt.NDArray[np.intp]) -> SpanColumns:
        """The spans at these places."""
        return SpanColumns(*(getattr(self, one.name)[rows] for one in fields(self)))


def span_columns(longest: pa.Table) -> SpanColumns:
    """The columns the analyses need of the scanner's longest spans."""
    return SpanColumns(*(integers(longest, one.name) for one in fields(SpanColumns)))
