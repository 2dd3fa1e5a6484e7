"""A Perfetto trace, written as it comes: packets need not be in order of time.

The reader sorts packets by time and keeps the order of the file where times are equal. Names
and stacks are interned for the whole trace, so the writer's memory is that of the distinct
ones; it buffers no event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from growwork.formats.perfetto.events import (
    SEQUENCE,
    encode_counter,
    encode_instants,
    encode_slices,
)
from growwork.formats.perfetto.interning import Interning
from growwork.formats.perfetto.spec import (
    BuiltinClock,
    ClockField,
    ClockSnapshotField,
    CounterDescriptorField,
    PacketField,
    SequenceFlags,
    TraceField,
    TrackDescriptorField,
    TrackOrdering,
)
from growwork.formats.perfetto.types import (
    CallFrame,
    ClockReading,
    Column,
    Instants,
    Slices,
    Track,
)
from growwork.formats.protobuf import bytes_field, number_field

__all__ = ["PerfettoWriter"]


class PerfettoWriter:
    """Writes one trace to `out`, which need not be seekable."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._interned = Interning()
        self._tracks: set[int] = set()
        # The first packet of a sequence says that nothing before it is needed.
        self._packet(
            number_field(PacketField.SEQUENCE_FLAGS, SequenceFlags.SEQ_INCREMENTAL_STATE_CLEARED)
        )

    def clock(self, reading: ClockReading) -> None:
        """Relate the events' clock to the wall clock."""
        readings = (
            (BuiltinClock.BUILTIN_CLOCK_BOOTTIME, reading.trace_ns),
            (BuiltinClock.BUILTIN_CLOCK_MONOTONIC, reading.mono_ns),
            (BuiltinClock.BUILTIN_CLOCK_REALTIME, reading.wall_ns),
        )
        clocks = b"".join(
            bytes_field(
                ClockSnapshotField.CLOCKS,
                number_field(ClockField.CLOCK_ID, clock)
                + number_field(ClockField.TIMESTAMP, time_ns),
            )
            for clock, time_ns in readings
        )
        self._packet(
            number_field(PacketField.TIMESTAMP, reading.trace_ns)
            + bytes_field(PacketField.CLOCK_SNAPSHOT, clocks)
        )

    def track(self, track: Track) -> None:
        """Describe a track before its first event; a second time does nothing."""
        if track.uuid in self._tracks:
            return
        self._tracks.add(track.uuid)
        entry = number_field(TrackDescriptorField.UUID, track.uuid)
        entry += bytes_field(TrackDescriptorField.NAME, track.name.encode())
        entry += number_field(TrackDescriptorField.PARENT_UUID, track.parent)
        if track.counter is not None:
            unit = number_field(CounterDescriptorField.UNIT, track.counter.value)
            entry += bytes_field(TrackDescriptorField.COUNTER, unit)
        entry += number_field(TrackDescriptorField.CHILD_ORDERING, TrackOrdering.EXPLICIT)
        entry += number_field(TrackDescriptorField.SIBLING_ORDER_RANK, track.rank)
        self._packet(bytes_field(PacketField.TRACK_DESCRIPTOR, entry))

    def name(self, text: str) -> int:
        """The number by which events refer to this name."""
        return self._interned.event_name(text)

    def has_stack(self, number: int) -> bool:
        """Whether `stack` was called with this number."""
        return self._interned.has_stack(number)

    def stack(self, number: int, frames: Iterable[CallFrame]) -> None:
        """Let events refer to a call stack, leaf first, by `number`, which is not 0."""
        self._interned.stack(number, frames)

    def slices(self, slices: Slices) -> None:
        """Write a begin and an end for each slice."""
        self._events(encode_slices(slices, self._arguments(slices.arguments)))

    def instants(self, instants: Instants) -> None:
        """Write an event for each instant."""
        self._events(encode_instants(instants, self._arguments(instants.arguments)))

    def counter(self, track: int, times: Column, values: Column) -> None:
        """Write the readings of one counter track."""
        self._events(encode_counter(track, times, values))

    def _arguments(self, named: Sequence[tuple[str, Column]]) -> list[tuple[int, Column]]:
        return [(self._interned.argument_name(name), values) for name, values in named]

    def _events(self, packets: Iterator[bytes]) -> None:
        interned = self._interned.take()
        if interned:
            flags = SequenceFlags.SEQ_NEEDS_INCREMENTAL_STATE
            self._packet(
                bytes_field(PacketField.INTERNED_DATA, interned)
                + number_field(PacketField.SEQUENCE_FLAGS, flags)
            )
        for part in packets:
            self._out.write(part)

    def _packet(self, content: bytes) -> None:
        sequence = number_field(PacketField.TRUSTED_PACKET_SEQUENCE_ID, SEQUENCE)
        self._out.write(bytes_field(TraceField.PACKET, content + sequence))
