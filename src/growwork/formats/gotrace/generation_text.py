"""One generation of a trace in text form.

The clock of the text counts nanoseconds. A reader computes times in floating point, which holds
whole numbers up to 2^53 only: beyond that (a machine up for 104 days) the time of a batch is a
little earlier than its first event, whose `dt` makes up for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

import numpy as np

from growwork.formats.gotrace.spec import NO_ID, EventType, TraceFormat, spec_of
from growwork.formats.gotrace.text import quote_data
from growwork.formats.gotrace.text_batches import (
    Entries,
    batch_starts,
    build_entries,
    concatenate,
    in_batches,
)
from growwork.formats.gotrace.wire_rows import WireRows, wire_columns
from growwork.formats.gotrace.writer import encode_uvarint

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from growwork.formats.gotrace.text_tables import Tables
    from growwork.formats.gotrace.types import ClockSnapshot, ExperimentalBatch, Generation

    Numbers = npt.NDArray[np.int64]

__all__ = ["GenerationText"]

_FREQUENCY = 1_000_000_000  # ticks per second: a tick is a nanosecond
_PIECE = 1 << 16  # events made to text at a time


class GenerationText:
    """Writes one generation, all but its end."""

    def __init__(
        self, out: TextIO, row: TraceFormat, generation: Generation, tables: Tables
    ) -> None:
        self.complete = generation.complete
        self.rounded_samples = 0  # CPU samples whose time is not exact
        self._out = out
        self._row = row
        self._number = generation.number
        self._clock = generation.clock
        self._tables = tables
        # The first event is the Sync, at the smallest time of a batch or moved behind the
        # generation before. A smaller time of its batch is moved again.
        self._start = int(_exactly(generation.events.column("time").to_numpy()[:1])[0])

    def write(self, rows: WireRows, experiments: Sequence[ExperimentalBatch]) -> None:
        """Write the batches in the order of the runtime: strings last.

        Strings and stacks of `rows` are ids of the trace.
        """
        rows = _with_local_ids(rows, self._tables)
        if not self.complete:
            self._out.write(f"# generation {self._number} is incomplete\n")
        self.write_sync(self._clock)
        samples = rows.type == EventType.CPU_SAMPLE
        events = rows.where(~samples)
        for start in range(0, len(events), _PIECE):
            self._write_events(events.where(slice(start, start + _PIECE)))
        self._write_samples(rows.where(samples))
        self._write_table(EventType.STACKS, self._tables.stacks)
        for batch in experiments:
            self._write_experiment(batch)
        self._write_table(EventType.STRINGS, self._tables.strings)

    def write_sync(self, clock: ClockSnapshot | None = None) -> None:
        """Write a batch with the frequency."""
        events = [_event(EventType.FREQUENCY, _FREQUENCY)]
        if self._row.sync_batch is EventType.SYNC:
            events.insert(0, _event(EventType.SYNC))
        if clock is not None:
            events.append(_snapshot(clock, self._start))
        size = sum(size for _, size in events)
        head, _ = _event(EventType.EVENT_BATCH, self._number, NO_ID, self._start, size)
        self._out.write(head + "".join(text for text, _ in events))

    def _write_events(self, rows: WireRows) -> None:
        before = np.maximum(_exactly(rows.time - 1), self._start)
        delta = np.diff(rows.time, prepend=0)
        turns = np.flatnonzero(np.diff(rows.m, prepend=~rows.m[0]))
        delta[turns] = (rows.time - before)[turns]
        entries = _entries(rows, delta)
        starts = batch_starts(entries.sizes, turns)
        if len(starts) > len(turns):  # a batch was full
            delta[starts] = (rows.time - before)[starts]
            entries = _entries(rows, delta)
        self._write_lines(
            in_batches(
                entries, starts, generation=self._number, m=rows.m[starts], time=before[starts]
            )
        )

    def _write_samples(self, rows: WireRows) -> None:
        if len(rows):
            self.rounded_samples += int(np.sum(_exactly(rows.time) != rows.time))
            columns = wire_columns(rows, EventType.CPU_SAMPLE)
            self._write_table(EventType.CPU_SAMPLES, _named(EventType.CPU_SAMPLE, columns))

    def _write_table(self, marker: EventType, entries: Entries) -> None:
        if not len(entries):
            return
        starts = batch_starts(entries.sizes, np.zeros(1, np.int64))
        self._write_lines(
            in_batches(
                entries,
                starts,
                generation=self._number,
                m=np.full(len(starts), NO_ID),
                time=np.full(len(starts), self._start),
                marker=spec_of(marker).name,
            )
        )

    def _write_experiment(self, batch: ExperimentalBatch) -> None:
        head, _ = _event(
            EventType.EXPERIMENTAL_BATCH, batch.experiment, self._number, batch.m, self._start
        )
        self._out.write(f"{head}\tdata={quote_data(batch.payload)}\n")

    def _write_lines(self, lines: pa.Array) -> None:
        self._out.write("".join(lines.to_pylist()))


def _with_local_ids(rows: WireRows, tables: Tables) -> WireRows:
    return replace(
        rows,
        stack=tables.stack_ids[rows.stack],
        extra_stack=tables.stack_ids[rows.extra_stack],
        text=tables.text_ids[rows.text],
        text2=tables.text_ids[rows.text2],
    )


def _entries(rows: WireRows, delta: Numbers) -> Entries:
    """Events with the time since the one before, in order."""
    parts = []
    for code in np.unique(rows.type):
        at = np.flatnonzero(rows.type == code)
        event_type = EventType(code)
        columns = [("dt", delta[at]), *wire_columns(rows.where(at), event_type)]
        parts.append((at, _named(event_type, columns)))
    return concatenate(parts)


def _named(event_type: EventType, columns: list[tuple[str, Numbers]]) -> Entries:
    return build_entries(f"{spec_of(event_type).name} ", columns, type_bytes=1)


def _event(event_type: EventType, *values: int) -> tuple[str, int]:
    """One event: its line and its bytes."""
    spec = spec_of(event_type)
    unsigned = [value % (1 << 64) for value in values]
    args = [f" {name}={value}" for name, value in zip(spec.args, unsigned, strict=True)]
    return f"{spec.name}{''.join(args)}\n", 1 + sum(len(encode_uvarint(value)) for value in values)


def _snapshot(clock: ClockSnapshot, start: int) -> tuple[str, int]:
    seconds, nanoseconds = divmod(clock.wall_ns, _FREQUENCY)
    delta = clock.trace_ns - start  # negative, as 64 bits, when the Sync was moved
    return _event(EventType.CLOCK_SNAPSHOT, delta, clock.mono_ns, seconds, nanoseconds)


def _exactly(times: Numbers) -> Numbers:
    """The same times, less what floating point cannot hold."""
    exponents = np.frexp(times.astype(np.float64))[1].astype(np.int64)
    lost_bits = np.maximum(exponents - 53, 0)
    exact: Numbers = times >> lost_bits << lost_bits
    return exact
