"""The table of GC cycles, which is put together from what a whole trace says about them.

A cycle runs from its GCBegin to its GCEnd, when mark termination is done. Heap and goal at its
start are the last readings before it; while the world is stopped for mark termination the
runtime sets the heap to what was marked, so the last reading before the end is the live heap
(runtime/mgcpacer.go, resetLive).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from growwork.formats.gotrace import EventType
from growwork.store.trace.batch_columns import integers_of
from growwork.store.trace.series import Intervals, Readings
from growwork.store.trace.tables import TABLES

if TYPE_CHECKING:
    from growwork.formats.gotrace import ScannedGeneration
    from growwork.store.trace.lookups import TraceLookups

__all__ = ["CycleRows"]

_SWEEP_TERMINATION = "GC sweep termination"
_MARK_TERMINATION = "GC mark termination"
_IDLE = "GC (idle)"
_NOT_ENDED = 2  # bit of `cut`
_BUSY = ("GC (dedicated)", "GC (fractional)")


@dataclass(frozen=True, slots=True)
class _Cycle:
    start: int
    end: int
    stack_id: int
    cut: bool
    heap_before: int | None
    heap_goal: int | None
    heap_live: int | None


class CycleRows:
    """Collects cycles and what happened in them; memory grows with assists and worker runs."""

    def __init__(self, lookups: TraceLookups) -> None:
        self._lookups = lookups
        self._heap, self._goal = Readings(), Readings()
        self._cycles: list[_Cycle] = []
        self._assists, self._busy, self._idle = Intervals(), Intervals(), Intervals()
        self._sweep_terminations = Intervals()
        self._mark_terminations = Intervals()

    def add(self, generation: ScannedGeneration) -> None:
        """Take the ranges and readings of the next generation."""
        times, kinds, values = (integers_of(generation.heap, n) for n in ("time", "type", "value"))
        for event_type, readings in (
            (EventType.HEAP_ALLOC, self._heap),
            (EventType.HEAP_GOAL, self._goal),
        ):
            readings.add(times[kinds == event_type], values[kinds == event_type])
        self._add_work(generation.ranges)
        self._add_cycles(generation.ranges)

    def batch(self, origin_ns: int) -> pa.RecordBatch:
        """The table's rows, in order; times count from `origin_ns`."""
        cycles = sorted(self._cycles, key=lambda one: one.start)
        begins = np.array([one.start for one in cycles], np.int64)
        ends = np.array([one.end for one in cycles], np.int64)
        opened = self._sweep_terminations.first_end(begins, ends)
        closed = self._mark_terminations.last_start(begins, ends)
        columns = (
            begins - origin_ns,
            [None if time is None else time - origin_ns for time in opened],
            [None if time is None else time - origin_ns for time in closed],
            ends - origin_ns,
            [one.heap_before for one in cycles],
            [one.heap_goal for one in cycles],
            [one.heap_live for one in cycles],
            self._assists.total_within(begins, ends),
            self._busy.total_within(begins, ends),
            self._idle.total_within(begins, ends),
            [one.stack_id for one in cycles],
            [one.cut for one in cycles],
        )
        schema = TABLES["gc_cycles"].schema
        arrays = [pa.array(column, one.type) for column, one in zip(columns, schema, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _add_work(self, ranges: pa.RecordBatch) -> None:
        kinds, starts, ends, off = (integers_of(ranges, n) for n in ("kind", "start", "end", "off"))
        paid = kinds == EventType.GC_MARK_ASSIST_BEGIN
        self._assists.add(starts[paid], (ends - starts - off)[paid])
        told = np.flatnonzero((kinds == EventType.GO_LABEL) | (kinds == EventType.STW_BEGIN))
        text_ids = integers_of(ranges, "text_id")[told].astype(np.uint32)
        texts = self._lookups.texts(text_ids).to_numpy(zero_copy_only=False)
        for names, work in (
            (_BUSY, self._busy),
            ((_IDLE,), self._idle),
            ((_SWEEP_TERMINATION,), self._sweep_terminations),
            ((_MARK_TERMINATION,), self._mark_terminations),
        ):
            rows = told[np.isin(texts.astype(str), names)]
            work.add(starts[rows], (ends - starts)[rows])

    def _add_cycles(self, ranges: pa.RecordBatch) -> None:
        kinds = integers_of(ranges, "kind")
        columns = [integers_of(ranges, name) for name in ("start", "end", "stack_id", "cut")]
        for row in np.flatnonzero(kinds == EventType.GC_BEGIN):
            start, end, stack_id, cut = (int(column[row]) for column in columns)
            self._cycles.append(
                _Cycle(
                    start=start,
                    end=end,
                    stack_id=stack_id,
                    cut=cut != 0,
                    heap_before=self._heap.before(start),
                    heap_goal=self._goal.before(start),
                    heap_live=None if cut & _NOT_ENDED else self._heap.before(end),
                )
            )
            self._heap.forget_before(end)
            self._goal.forget_before(end)
