"""The table of heap readings: heap and goal, each as last read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from growwork.analysis.trace.columns import Column
from growwork.formats.gotrace import EventType
from growwork.store.trace.tables import TABLES

if TYPE_CHECKING:
    from growwork.formats.gotrace import ScannedGeneration

__all__ = ["HeapRows"]


class HeapRows:
    """Carries the last readings from one generation to the next."""

    def __init__(self) -> None:
        self._heap: int | None = None
        self._goal: int | None = None

    def batch(self, generation: ScannedGeneration, origin_ns: int) -> pa.RecordBatch:
        """A row per reading of heap or goal; null before the first reading of a column."""
        rows = generation.heap
        kinds = rows.column("type").to_numpy()
        wanted = np.flatnonzero((kinds == EventType.HEAP_ALLOC) | (kinds == EventType.HEAP_GOAL))
        kinds = kinds[wanted]
        values = rows.column("value").to_numpy()[wanted]
        heap, self._heap = _carried(values, kinds == EventType.HEAP_ALLOC, self._heap)
        goal, self._goal = _carried(values, kinds == EventType.HEAP_GOAL, self._goal)
        times = rows.column("time").to_numpy()[wanted] - origin_ns
        return pa.RecordBatch.from_arrays(
            [pa.array(times, pa.int64()), heap, goal], schema=TABLES["heap"].schema
        )


def _carried(
    values: Column, read: np.ndarray[tuple[int], np.dtype[np.bool_]], last: int | None
) -> tuple[pa.Array, int | None]:
    """Per row, the last value that was read up to it, and the one to carry on."""
    at = np.maximum.accumulate(np.where(read, np.arange(len(values)), -1))
    carried = np.where(at >= 0, values[at], 0 if last is None else last)
    unknown = (at < 0) & (last is None)
    after = int(values[at[-1]]) if len(at) and at[-1] >= 0 else last
    return pa.array(carried, pa.int64(), mask=unknown), after
