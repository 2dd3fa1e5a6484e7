"""Bytes of an execution trace to columns, a generation at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from growwork._native import GoTraceDecoder
from growwork.formats.faults import naming
from growwork.formats.gotrace.spec import EventType, spec_of
from growwork.formats.gotrace.types import (
    FRAMES_SCHEMA,
    ClockSnapshot,
    ExperimentalBatch,
    Frame,
    Generation,
    TraceEvent,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

__all__ = ["REMEDY", "TraceReader", "read_events"]

REMEDY = (
    "expected a trace of Go 1.22 to 1.27, from runtime/trace, /debug/pprof/trace or go test -trace"
)


class TraceReader:
    """Reads one trace, once.

    Iterating yields generations in order, each with its events in the one order that the
    scheduler's rules allow (that of Go's own reader). A generation that is cut or broken is
    delivered as far as its events can be ordered, with `complete` false and a warning that says
    what is lost; reading goes on at the next generation when there is one. Memory is that of one
    generation.
    """

    def __init__(
        self,
        data: Buffer,
        *,
        name: str = "<trace>",
        event_types: frozenset[EventType] | None = None,
    ) -> None:
        """Read the header of `data`: bytes, a memoryview, or an mmap of a file.

        With `event_types` only rows of these types are made; all events are ordered all the same.
        Raises `UnsupportedVersion` for formats before 1.22 and after 1.26, `TruncatedInput` for
        a file that ends in its header, `FormatError` for a file of another kind.
        """
        types = None if event_types is None else bytes(sorted(event_types))
        self._name = name
        with naming(name, remedy=REMEDY):
            self._decoder = GoTraceDecoder(data, types)

    @property
    def header(self) -> str:
        """The file's own words, `go 1.26 trace`."""
        return f"go 1.{self._decoder.format} trace"

    @property
    def format(self) -> int:
        """The format's number, 26 of `go 1.26 trace`; not the version of Go that wrote it."""
        return self._decoder.format

    @property
    def total_events(self) -> int:
        """Events delivered so far, of all types."""
        return self._decoder.total_events

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was lost so far, one line each."""
        return tuple(f"{self._name}: {warning}" for warning in self._decoder.warnings)

    def __iter__(self) -> Iterator[Generation]:
        """Read on.

        Raises `FormatError` or `TruncatedInput` at the end when not one event could be read.
        """
        while True:
            with naming(self._name, remedy=REMEDY):
                parts = self._decoder.next_generation()
            if parts is None:
                return
            number, events, complete, size, clock = parts
            snapshot = None if clock is None else ClockSnapshot(*clock)
            yield Generation(number, events, complete, size, snapshot)

    def experiments(self) -> tuple[ExperimentalBatch, ...]:
        """Data of experiments in the generation read last, in the order of the file."""
        return tuple(ExperimentalBatch(*parts) for parts in self._decoder.experiments())

    def frames(self) -> pa.Table:
        """Frames of all stacks in the rows so far (`FRAMES_SCHEMA`), sorted by id and depth."""
        return pa.Table.from_batches([self._decoder.frames()], FRAMES_SCHEMA)

    def texts(self) -> list[str]:
        """Texts in the rows so far; the index is the id, and id 0 is the empty text."""
        return self._decoder.texts()


def read_events(reader: TraceReader) -> Iterator[TraceEvent]:
    """The events of a trace one by one, fully resolved; for small traces and for eyes."""
    for generation in reader:
        texts = reader.texts()
        stacks = _stacks(reader.frames())
        for row in generation.events.to_pylist():
            event_type = EventType(row["type"])
            args = (row["arg0"], row["arg1"], row["arg2"])
            yield TraceEvent(
                time=row["time"],
                type=event_type,
                m=row["m"],
                args=args[: _arity(event_type)],
                p=row["p"],
                g=row["g"],
                stack=stacks[row["stack_id"]],
                extra_stack=stacks[row["extra_stack_id"]],
                text=texts[row["text_id"]],
                text2=texts[row["text2_id"]],
                derived=row["derived"],
            )


def _arity(event_type: EventType) -> int:
    spec = spec_of(event_type)
    # A Sync has its ordinal; the arguments of a CPU sample are its context and time.
    return len(spec.values) if spec.timed else int(event_type is EventType.SYNC)


def _stacks(frames: pa.Table) -> dict[int, tuple[Frame, ...]]:
    stacks: dict[int, list[Frame]] = {}
    for row in frames.to_pylist():
        frame = Frame(row["pc"], row["function"], row["file"], row["line"])
        stacks.setdefault(row["stack_id"], []).append(frame)
    return {0: (), **{stack_id: tuple(found) for stack_id, found in stacks.items()}}
