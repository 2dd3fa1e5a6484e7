"""The tables of a trace as a stream of record batches, from one pass over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from growwork.store.trace.cycles import CycleRows
from growwork.store.trace.heap import HeapRows
from growwork.store.trace.lookups import TraceLookups
from growwork.store.trace.rows import RowSource, StackClasses, rows_of
from growwork.store.trace.tables import TABLES

if TYPE_CHECKING:
    from growwork.formats.gotrace import ClockSnapshot, ScannedGeneration, TraceScanner

__all__ = ["stream_tables"]

_OF_WHOLE_TRACE = frozenset({"gc_cycles", "frames", "traces", "heap"})


def stream_tables(
    scanner: TraceScanner, generations: Iterable[ScannedGeneration], names: frozenset[str]
) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Batches of the tables `names`, with the name of each, as generations are read.

    `generations` are those of `scanner`, from the first to the last. Memory is that of one
    generation, and for `gc_cycles` a few numbers per assist and mark worker. A table may have no
    batch. Raises as reading the trace does.
    """
    lookups = TraceLookups(scanner)
    source = RowSource(scanner.origin_ns, lookups, StackClasses(lookups))
    plain = [name for name in TABLES if name in names - _OF_WHOLE_TRACE]
    cycles, heap = CycleRows(lookups), HeapRows()
    count, complete = 0, True
    clock: ClockSnapshot | None = None
    for generation in generations:
        count += 1
        complete = complete and generation.complete
        clock = clock or generation.clock
        for name in plain:
            yield from ((name, batch) for batch in rows_of(name, generation, source))
        if "heap" in names:
            yield "heap", heap.batch(generation, source.origin_ns)
        if "gc_cycles" in names:
            cycles.add(generation)
    if "gc_cycles" in names:
        yield "gc_cycles", cycles.batch(source.origin_ns)
    if "frames" in names:
        yield from (("frames", batch) for batch in _frames(scanner.frames()))
    if "traces" in names:
        yield "traces", _traces(scanner, count, complete, clock)


def _frames(frames: pa.Table) -> Iterator[pa.RecordBatch]:
    schema = TABLES["frames"].schema
    columns = [
        pa.nulls(len(frames), pa.bool_()) if one.name == "inlined" else frames.column(one.name)
        for one in schema
    ]
    names = schema.names
    return iter(pa.table(columns, names=names).cast(schema).to_batches())


def _traces(
    scanner: TraceScanner, generations: int, complete: bool, clock: ClockSnapshot | None
) -> pa.RecordBatch:
    origin_ns = scanner.origin_ns
    row = {
        "format": scanner.header,
        "origin": origin_ns,
        "wall": None if clock is None else clock.wall_ns + origin_ns - clock.trace_ns,
        "duration": scanner.last_ns - origin_ns,
        "events": scanner.total_events,
        "generations": generations,
        "complete": complete and not scanner.warnings,
    }
    return pa.RecordBatch.from_pylist([row], schema=TABLES["traces"].schema)
