"""Assists and pauses of a trace summed by stack, generation by generation, for profiles."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from growwork.formats.gotrace import EventType
from growwork.report.trace.pprof import ProfileKind, ProfileRow
from growwork.store.trace.batch_columns import ids_of
from growwork.store.trace.lookups import TraceLookups
from growwork.store.trace.rows import ASSIST_CLASSES, StackClasses

if TYPE_CHECKING:
    from growwork.formats.gotrace import ScannedGeneration

__all__ = ["RangeSums"]

_NO_STOPPING = 1  # bit of `cut`: the beginning is not in the trace, so neither is the stopping


class RangeSums:
    """Sums of the ranges of one kind; memory is that of their distinct stacks and texts."""

    def __init__(self, kind: ProfileKind, lookups: TraceLookups) -> None:
        """`kind` is `ASSIST` or `STW`."""
        self._of_assists = kind is ProfileKind.ASSIST
        self._lookups = lookups
        self._classes = StackClasses(lookups)
        self._sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(self, generation: ScannedGeneration) -> None:
        """Take the ranges that ended in a generation."""
        wanted = EventType.GC_MARK_ASSIST_BEGIN if self._of_assists else EventType.STW_BEGIN
        rows = generation.ranges.filter(pc.equal(generation.ranges.column("kind"), int(wanted)))
        length = pc.subtract(rows.column("end"), rows.column("start"))
        part = pc.subtract(length, rows.column("off")) if self._of_assists else _stopping(rows)
        columns = (rows.column("stack_id"), self._labels(rows), length, part)
        for stack_id, label, ns, part_ns in zip(*(one.to_pylist() for one in columns), strict=True):
            sums = self._sums[stack_id, label]
            sums[0] += 1
            sums[1] += ns
            sums[2] += part_ns

    def rows(self) -> list[ProfileRow]:
        """One row per stack and label."""
        key = "class" if self._of_assists else "kind"
        return [
            ProfileRow(stack_id, ((key, label),), tuple(sums))
            for (stack_id, label), sums in self._sums.items()
        ]

    def _labels(self, rows: pa.RecordBatch) -> pa.Array:
        if self._of_assists:
            codes = self._classes.codes(ids_of(rows, "stack_id"))
            return pa.array([ASSIST_CLASSES[code] for code in codes], pa.string())
        return self._lookups.texts(ids_of(rows, "text_id"))


def _stopping(rows: pa.RecordBatch) -> pa.Array:
    cut = pc.bit_wise_and(rows.column("cut"), pa.scalar(_NO_STOPPING, pa.uint8()))
    return pc.if_else(pc.equal(cut, 0), rows.column("arg0"), pa.scalar(0, pa.int64()))
