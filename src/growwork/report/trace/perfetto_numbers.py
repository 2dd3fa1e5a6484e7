"""Numbers by which Perfetto's events refer to what a scan's rows name: texts, stacks, tracks."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from growwork.analysis.trace.columns import Column
from growwork.formats.perfetto import CallFrame, PerfettoWriter
from growwork.report.trace.perfetto_tracks import Family, family_track
from growwork.store.trace.batch_columns import ids_of
from growwork.store.trace.lookups import TraceLookups

__all__ = ["PerfettoNumbers"]


class PerfettoNumbers:
    """Tells the writer what is new in some rows; all answers have one number per row."""

    def __init__(self, lookups: TraceLookups, writer: PerfettoWriter) -> None:
        self._lookups = lookups
        self._writer = writer

    def texts(self, rows: pa.RecordBatch) -> Column:
        """Names that are the rows' texts."""
        different, places = np.unique(ids_of(rows, "text_id"), return_inverse=True)
        texts = self._lookups.texts(different).to_pylist()
        numbers = np.array([self._writer.name(text) for text in texts], np.int64)
        return numbers[places]

    def named(self, name: str, count: int) -> Column:
        """The same name for every row."""
        return np.full(count, self._writer.name(name), np.int64)

    def leaves(self, rows: pa.RecordBatch) -> Column:
        """Names that are the innermost functions of the rows' stacks."""
        ids = ids_of(rows, "stack_id")
        different, places = np.unique(ids, return_inverse=True)
        stacks = self._lookups.stacks(ids)
        frames = [stacks.frames(one) for one in different.tolist()]
        names = [one[0].function if one else "no stack" for one in frames]
        numbers = np.array([self._writer.name(name) for name in names], np.int64)
        return numbers[places]

    def stacks(self, rows: pa.RecordBatch, column: str) -> Column:
        """Call stacks; 0 for a row without, or without frames."""
        ids = ids_of(rows, column)
        different, places = np.unique(ids, return_inverse=True)
        numbers = [self._stack(one) for one in different.tolist()]
        return np.array(numbers, np.int64)[places]

    def describe(self, family: Family, numbers: Column, name: str) -> None:
        """Make sure that there are tracks of these numbers; `name` has a place for the number."""
        for number in np.unique(numbers).tolist():
            shown = name.format(number if number >= 0 else "?")
            self._writer.track(family_track(family, number, shown))

    def _stack(self, stack_id: int) -> int:
        if stack_id == 0 or self._writer.has_stack(stack_id):
            return stack_id
        frames = self._lookups.stacks(np.array([stack_id], np.uint32)).frames(stack_id)
        if not frames:
            return 0
        self._writer.stack(
            stack_id, [CallFrame(one.function, one.file, one.line) for one in frames]
        )
        return stack_id
