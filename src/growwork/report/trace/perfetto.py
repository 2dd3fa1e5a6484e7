"""A trace for Perfetto, generation by generation.

A track per P shows which goroutine ran on it, with the runs of mark workers inside; sweeps and
CPU samples have tracks beside it. Pauses, GC cycles, heap and goal have one track each. A
goroutine has a track only when it has a mark assist or a user region; a task always has one.
Slices are named by function, so that equal work has one name and one colour; the goroutine's
number is an argument of the slice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from growwork.analysis.trace.columns import Column
from growwork.analysis.trace.types import GoroutineState
from growwork.formats.gotrace import EventType
from growwork.formats.perfetto import (
    ClockReading,
    Instants,
    PerfettoWriter,
    Slices,
)
from growwork.report.trace.goroutine_names import GoroutineNames
from growwork.report.trace.perfetto_numbers import PerfettoNumbers
from growwork.report.trace.perfetto_tracks import (
    FIXED_TRACKS,
    Family,
    Fixed,
    family_track,
    uuid_base,
)
from growwork.store.trace.batch_columns import ids_of, integers_of, parts_of
from growwork.store.trace.lookups import TraceLookups
from growwork.store.trace.rows import ASSIST_CLASSES, StackClasses

if TYPE_CHECKING:
    from growwork.formats.gotrace import ScannedGeneration, TraceScanner

__all__ = ["TracePerfetto"]

_BEGAN_BEFORE = 1  # bit of `cut`
_COUNTERS = (
    (EventType.HEAP_ALLOC, Fixed.HEAP),
    (EventType.HEAP_GOAL, Fixed.GOAL),
    (EventType.PROCS_CHANGE, Fixed.PROCS),
)


class TracePerfetto:
    """Writes what a scan with `spans` yields; memory is that of one generation and of names."""

    def __init__(self, scanner: TraceScanner, out: BinaryIO) -> None:
        self._lookups = TraceLookups(scanner)
        self._writer = PerfettoWriter(out)
        self._classes = StackClasses(self._lookups)
        self._numbers = PerfettoNumbers(self._lookups, self._writer)
        self._names = GoroutineNames(self._lookups, self._writer.name)
        self._generation = 0
        for track in FIXED_TRACKS:
            self._writer.track(track)

    def add(self, generation: ScannedGeneration) -> None:
        """Write what ended in the next generation."""
        self._generation += 1
        if generation.clock is not None:
            clock = generation.clock
            self._writer.clock(ClockReading(clock.trace_ns, clock.mono_ns, clock.wall_ns))
        self._names.learn(generation.spans)
        self._runs(generation)
        self._pauses(_of_kind(generation, EventType.STW_BEGIN))
        self._cycles(_of_kind(generation, EventType.GC_BEGIN))
        self._sweeps(_of_kind(generation, EventType.GC_SWEEP_BEGIN))
        self._goroutines(generation)
        self._tasks(_of_kind(generation, EventType.USER_TASK_BEGIN))
        self._counters(generation)
        self._samples(generation.samples)

    def _runs(self, generation: ScannedGeneration) -> None:
        """What ran on each P, and inside that the runs of mark workers.

        The workers first: where one ends its goroutine's run ends, too, and the next may begin
        at the same moment.
        """
        workers = _of_kind(generation, EventType.GO_LABEL)
        workers = workers.filter(pc.greater_equal(workers.column("p"), 0))
        self._on_ps(workers, self._numbers.texts(workers))
        # In parts, because there are millions; they are in order of their ends, as on each P.
        for part in parts_of(generation.spans):
            ran = part.filter(pc.equal(part.column("state"), GoroutineState.RUNNING))
            ran = ran.filter(pc.greater_equal(ran.column("p"), 0))
            self._on_ps(ran, self._names.of(integers_of(ran, "g")))

    def _on_ps(self, rows: pa.RecordBatch, names: Column) -> None:
        procs = integers_of(rows, "p")
        self._numbers.describe(Family.RUNNING, procs, "P{}")
        self._writer.slices(
            Slices(
                track=procs + uuid_base(Family.RUNNING),
                start=integers_of(rows, "start"),
                end=integers_of(rows, "end"),
                name=names,
                arguments=(("goroutine", integers_of(rows, "g")),),
            )
        )

    def _pauses(self, rows: pa.RecordBatch) -> None:
        """The pauses, each with the time it took to stop all Ps inside."""
        stopping = rows.filter(pc.greater(rows.column("arg0"), 0))
        start = integers_of(rows, "start")
        stopped = integers_of(stopping, "start") + integers_of(stopping, "arg0")
        stopped = np.minimum(stopped, integers_of(stopping, "end"))  # a pause that is cut off
        name = self._writer.name("stopping")
        count = len(rows) + len(stopping)
        self._writer.slices(
            Slices(
                track=np.full(count, int(Fixed.PAUSES)),
                start=np.concatenate([start, integers_of(stopping, "start")]),
                end=np.concatenate([integers_of(rows, "end"), stopped]),
                name=np.concatenate([self._numbers.texts(rows), np.full(len(stopping), name)]),
                stack=np.concatenate(
                    [
                        self._numbers.stacks(rows, "stack_id"),
                        self._numbers.stacks(stopping, "extra_stack_id"),
                    ]
                ),
                arguments=(
                    (
                        "goroutine",
                        np.concatenate([integers_of(rows, "g"), integers_of(stopping, "arg1")]),
                    ),
                ),
            )
        )

    def _cycles(self, rows: pa.RecordBatch) -> None:
        self._ranges(rows, np.full(len(rows), int(Fixed.CYCLES)), "GC cycle", cycle="arg0")

    def _sweeps(self, rows: pa.RecordBatch) -> None:
        procs = integers_of(rows, "p")
        self._numbers.describe(Family.SWEEPS, procs, "P{} sweeps")
        track = procs + uuid_base(Family.SWEEPS)
        self._ranges(rows, track, "sweep", swept_bytes="arg0", reclaimed_bytes="arg1")

    def _tasks(self, rows: pa.RecordBatch) -> None:
        tasks = integers_of(rows, "arg0")
        texts = self._lookups.texts(ids_of(rows, "text_id")).to_pylist()
        for task, text in zip(tasks.tolist(), texts, strict=True):
            self._writer.track(family_track(Family.TASK, task, text))
        self._ranges(rows, tasks + uuid_base(Family.TASK), None, task="arg0", parent="arg1")

    def _ranges(
        self, rows: pa.RecordBatch, track: Column, name: str | None, **arguments: str
    ) -> None:
        """Slices of one kind of range; without a name each has that of its text."""
        names = self._numbers.texts(rows) if name is None else self._numbers.named(name, len(rows))
        self._writer.slices(
            Slices(
                track=track,
                start=integers_of(rows, "start"),
                end=integers_of(rows, "end"),
                name=names,
                stack=self._numbers.stacks(rows, "stack_id"),
                arguments=tuple(
                    (text, integers_of(rows, column)) for text, column in arguments.items()
                ),
            )
        )

    def _goroutines(self, generation: ScannedGeneration) -> None:
        """Mark assists and user regions, which nest, on the track of their goroutine."""
        assists = _of_kind(generation, EventType.GC_MARK_ASSIST_BEGIN)
        regions = _of_kind(generation, EventType.USER_REGION_BEGIN)
        classes = self._classes.codes(ids_of(assists, "stack_id"))
        of_class = [self._writer.name(f"mark assist ({name})") for name in ASSIST_CLASSES]
        names = np.array([of_class[code] for code in classes], np.int64)
        rows = pa.Table.from_batches([assists, regions]).combine_chunks()
        goroutines, start, end, off, cut = (
            np.asarray(rows.column(name).to_numpy(), dtype=np.int64)
            for name in ("g", "start", "end", "off", "cut")
        )
        self._numbers.describe(Family.GOROUTINE, goroutines, "G{}")
        # Ranges that began before the window all begin with it. Those that end in a later
        # generation are around those of this one and have to begin before them.
        begun_before = (cut & _BEGAN_BEFORE) != 0
        self._writer.slices(
            Slices(
                track=goroutines + uuid_base(Family.GOROUTINE),
                start=start - np.where(begun_before, self._generation, 0),
                end=end,
                name=np.concatenate([names, self._numbers.texts(regions)]),
                stack=np.concatenate(
                    [
                        self._numbers.stacks(assists, "stack_id"),
                        self._numbers.stacks(regions, "stack_id"),
                    ]
                ),
                arguments=(("running_ns", end - start - off),),
            )
        )

    def _counters(self, generation: ScannedGeneration) -> None:
        times, kinds, values = (
            integers_of(generation.heap, name) for name in ("time", "type", "value")
        )
        for kind, track in _COUNTERS:
            of_kind = kinds == kind
            self._writer.counter(track, times[of_kind], values[of_kind])
        busy = generation.utilization
        self._writer.counter(
            Fixed.GC_PROCS, integers_of(busy, "time"), integers_of(busy, "gc_procs")
        )

    def _samples(self, rows: pa.RecordBatch) -> None:
        """CPU samples, named by the function that was running, with their stacks."""
        procs = integers_of(rows, "p")
        self._numbers.describe(Family.SAMPLES, procs, "P{} CPU samples")
        self._writer.instants(
            Instants(
                track=procs + uuid_base(Family.SAMPLES),
                time=integers_of(rows, "time"),
                name=self._numbers.leaves(rows),
                stack=self._numbers.stacks(rows, "stack_id"),
                arguments=(("goroutine", integers_of(rows, "g")),),
            )
        )


def _of_kind(generation: ScannedGeneration, kind: EventType) -> pa.RecordBatch:
    return generation.ranges.filter(pc.equal(generation.ranges.column("kind"), int(kind)))
