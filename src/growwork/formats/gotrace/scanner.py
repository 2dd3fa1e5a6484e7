"""One pass over a trace that pairs what belongs together: ranges, and goroutine states.

`TraceReader` gives every event; this gives intervals, which are far fewer and are what an
analysis wants: stop-the-world pauses, GC cycles, mark assists, sweeps, runs of mark workers,
user regions and tasks; the time goroutines spent in each state, summed by cause and stack; the
longest of these spans; and how many Ps the GC kept busy. It knows nothing of maps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from growwork._native import GoTraceScanner
from growwork.formats.faults import naming
from growwork.formats.gotrace.reader import REMEDY
from growwork.formats.gotrace.scan import (
    HISTOGRAMS_SCHEMA,
    LONGEST_SCHEMA,
    TOTALS_SCHEMA,
    ScannedGeneration,
    ScanOptions,
)
from growwork.formats.gotrace.types import FRAMES_SCHEMA, ClockSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

__all__ = ["TraceScanner"]


class TraceScanner:
    """Scans one trace, once; memory is that of one generation and of what is open."""

    def __init__(
        self, data: Buffer, *, name: str = "<trace>", options: ScanOptions | None = None
    ) -> None:
        """Read the header of `data`; raises as `TraceReader` does."""
        chosen = options or ScanOptions()
        self._name = name
        with naming(name, remedy=REMEDY):
            self._scanner = GoTraceScanner(
                data,
                threads=chosen.threads,
                start_ns=chosen.start_ns,
                end_ns=chosen.end_ns,
                goroutine=chosen.goroutine,
                region=chosen.region,
                spans=chosen.spans,
                longest=chosen.longest,
                wait_reasons=list(chosen.wait_reasons),
            )

    @property
    def header(self) -> str:
        """The file's own words, `go 1.26 trace`."""
        return f"go 1.{self.format} trace"

    @property
    def format(self) -> int:
        """The format's number, 26 of `go 1.26 trace`; not the version of Go that wrote it."""
        return self._scanner.format

    @property
    def origin_ns(self) -> int:
        """Time of the first event; known before anything is read."""
        return self._scanner.origin_ns

    @property
    def first_ns(self) -> int:
        """Time of the first event delivered so far."""
        return self._scanner.first_ns

    @property
    def last_ns(self) -> int:
        """Time of the last event delivered so far, in the window or not."""
        return self._scanner.last_ns

    @property
    def total_events(self) -> int:
        """Events delivered so far, of all types."""
        return self._scanner.total_events

    @property
    def position(self) -> int:
        """Offset up to which the data has been read and will not be looked at again."""
        return self._scanner.position

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was lost so far, one line each."""
        return tuple(f"{self._name}: {warning}" for warning in self._scanner.warnings)

    def __iter__(self) -> Iterator[ScannedGeneration]:
        """Read on; raises `FormatError` at the end when not one event could be read."""
        while True:
            with naming(self._name, remedy=REMEDY):
                parts = self._scanner.next_generation()
            if parts is None:
                return
            number, complete, size, clock, tables = parts
            snapshot = None if clock is None else ClockSnapshot(*clock)
            yield ScannedGeneration(number, complete, size, snapshot, *tables)

    def totals(self) -> pa.Table:
        """Time per state, cause, reason and stack (`TOTALS_SCHEMA`), in that order."""
        return pa.Table.from_batches([self._scanner.totals()], TOTALS_SCHEMA)

    def histograms(self) -> pa.Table:
        """Spans by duration (`HISTOGRAMS_SCHEMA`), in order."""
        return pa.Table.from_batches([self._scanner.histograms()], HISTOGRAMS_SCHEMA)

    def longest(self) -> pa.Table:
        """The longest spans (`LONGEST_SCHEMA`), by state, longest first."""
        return pa.Table.from_batches([self._scanner.longest()], LONGEST_SCHEMA)

    def frames(self) -> pa.Table:
        """Frames of all stacks in the rows so far (`FRAMES_SCHEMA`), sorted by id and depth."""
        return pa.Table.from_batches([self._scanner.frames()], FRAMES_SCHEMA)

    def texts(self) -> list[str]:
        """Texts in the rows so far; the index is the id, and id 0 is the empty text."""
        return self._scanner.texts()
