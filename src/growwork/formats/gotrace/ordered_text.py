"""The ordered events of a trace in the text form of Go's own tests.

`read_text` makes a trace of the text again, with the same stream of events: times, contexts,
stacks, texts and arguments. It is not the trace that was read: batches are cut where the thread
changes, so that the text has the events in the order of the stream; the clock counts
nanoseconds, so that every event has the time at which it was delivered; and what the order adds
is left out (`wire_rows`). Events in their final order with times that increase leave a reader
no choice, so that any reader of the format finds this order again.

What comes out different, or not at all:

- Bytes of strings that are not UTF-8 read as U+FFFD, so they are written as that.
- Times of CPU samples above 2^53 ns (a machine up for 104 days) that the order moved by single
  nanoseconds are rounded; a warning says so. Go computes times in floating point. Times near
  2^63 ns, as in corrupt traces, are rounded too.
- A last generation that is incomplete is closed like a complete one, so that other tools can
  read what is left of it; so a reader ends it with a Sync of its own, as it does where the
  trace has unreadable bytes at its end. Without its clock snapshot it cannot be complete.
- An incomplete generation that is followed by others stays incomplete, for a reader must forget
  after it what it knew, as with the original.
- Events newer than the file's format, and experiments with numbers above 127, cannot be said
  in text; a warning says so. Go's reader of text takes no line above 64 KiB, which the data of
  a large experimental batch is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

import numpy as np

from growwork.formats.gotrace.generation_text import GenerationText
from growwork.formats.gotrace.reader import TraceReader
from growwork.formats.gotrace.spec import EventType, TraceFormat, events_of, format_of, spec_of
from growwork.formats.gotrace.text_tables import build_tables
from growwork.formats.gotrace.wire_rows import wire_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Buffer

    from growwork.formats.gotrace.types import ExperimentalBatch, Generation

__all__ = ["write_ordered_text"]

_MAX_EXPERIMENTS = 0x80


def write_ordered_text(data: Buffer, out: TextIO, *, name: str = "<trace>") -> tuple[str, ...]:
    """Write the events of a trace, a generation at a time; what was lost, one line each.

    Raises as `TraceReader` does.
    """
    reader = TraceReader(data, name=name)
    row = format_of(reader.format)
    out.write(f"Trace Go1.{row.number}\n")
    writer = _Writer(out, row)
    for generation in reader:
        writer.write(generation, reader)
    writer.close()
    return (*reader.warnings, *(f"{name}: {warning}" for warning in writer.warnings()))


class _Writer:
    """Writes generation after generation, and the end of each when it is known."""

    def __init__(self, out: TextIO, row: TraceFormat) -> None:
        self._out = out
        self._row = row
        self._known = {spec.type for spec in events_of(row)}
        self._foreign: set[EventType] = set()
        self._rounded_samples = 0
        self._left_out = 0
        self._previous: GenerationText | None = None

    def write(self, generation: Generation, reader: TraceReader) -> None:
        """Write one generation, all but the end."""
        if self._previous is not None:
            self._end(self._previous, last=False)
        first = self._previous is None or not self._previous.complete
        rows = wire_rows(generation.events, first=first)
        self._foreign |= {EventType(code) for code in np.unique(rows.type)} - self._known
        tables = build_tables(
            np.concatenate([rows.text, rows.text2]),
            np.concatenate([rows.stack, rows.extra_stack]),
            reader.texts(),
            reader.frames(),
        )
        text = GenerationText(self._out, self._row, generation, tables)
        text.write(rows, self._writable(reader.experiments()))
        self._rounded_samples += text.rounded_samples
        self._previous = text

    def _writable(self, batches: Sequence[ExperimentalBatch]) -> list[ExperimentalBatch]:
        """Batches of experiments less those whose number the text cannot say.

        It is a byte on the wire; the text has all numbers with a variable length.
        """
        writable = [batch for batch in batches if batch.experiment < _MAX_EXPERIMENTS]
        self._left_out += len(batches) - len(writable)
        if writable:
            self._foreign |= {EventType.EXPERIMENTAL_BATCH} - self._known
        return writable

    def close(self) -> None:
        """Write the end of the last generation."""
        if self._previous is not None:
            self._end(self._previous, last=True)

    def warnings(self) -> list[str]:
        """Why the text does not say all that the events do."""
        warnings = []
        if self._rounded_samples:
            warnings.append(
                f"times of {self._rounded_samples} CPU samples are rounded: "
                "they are above 2^53 ns and not whole ticks"
            )
        if self._left_out:
            warnings.append(
                f"{self._left_out} batches of unknown experiments (number {_MAX_EXPERIMENTS} or "
                "above) are left out"
            )
        if self._foreign:
            names = ", ".join(spec_of(event_type).name for event_type in sorted(self._foreign))
            warnings.append(
                f"the text cannot be read back: format 1.{self._row.number} has no {names}"
            )
        return warnings

    def _end(self, text: GenerationText, *, last: bool) -> None:
        stays_incomplete = not text.complete and not last
        if self._row.explicit_end and not stays_incomplete:
            self._out.write(f"{spec_of(EventType.END_OF_GENERATION).name}\n")
        elif stays_incomplete and not self._row.explicit_end:
            # These formats have no end to leave out; this is what a reader objects to instead.
            text.write_sync()
