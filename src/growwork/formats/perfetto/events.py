"""Slices, instants and counters as `TracePacket` messages, thousands at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from growwork.formats.perfetto.spec import (
    DebugAnnotationField,
    EventField,
    EventType,
    PacketField,
    SequenceFlags,
    TraceField,
)
from growwork.formats.perfetto.types import Column, Instants, Slices
from growwork.formats.protobuf import number_field
from growwork.formats.protobuf_rows import (
    Rows,
    constant_rows,
    joined,
    message_rows,
    number_rows,
)

__all__ = ["SEQUENCE", "encode_counter", "encode_instants", "encode_slices"]

SEQUENCE = 1  # all packets are of one writer sequence

_HEAD = number_field(PacketField.TRUSTED_PACKET_SEQUENCE_ID, SEQUENCE) + number_field(
    PacketField.SEQUENCE_FLAGS, SequenceFlags.SEQ_NEEDS_INCREMENTAL_STATE
)
_CHUNK = 1 << 14  # packets; what is made of them stays in the processor's cache
_Arguments = Sequence[tuple[int, Column]]  # of each, the interned name and a value per event


@dataclass(frozen=True, slots=True)
class _Events:
    """Rows of one kind of packet. `opens` marks those with name, stack and arguments."""

    time: Column
    type: npt.NDArray[np.uint8]
    track: Column
    opens: npt.NDArray[np.bool_]
    name: Column
    stack: Column | None
    arguments: _Arguments

    def at(self, rows: npt.NDArray[np.intp]) -> _Events:
        return _Events(
            self.time[rows],
            self.type[rows],
            self.track[rows],
            self.opens[rows],
            self.name[rows],
            None if self.stack is None else self.stack[rows],
            [(name, values[rows]) for name, values in self.arguments],
        )


def encode_slices(slices: Slices, arguments: _Arguments) -> Iterator[bytes]:
    """A begin and an end for each slice, in order of time.

    At one moment ends come before begins, and of several begins the one that lasts longest is
    first, so that slices nest whatever order they are given in.
    """
    count = len(slices)
    start, end = slices.start, slices.end
    times = np.concatenate([start, end])
    # An empty slice ends after it has begun, at the same time.
    phase = np.concatenate([np.ones(count, np.int8), np.where(end > start, 0, 2)])
    other = np.concatenate([end, start])
    order = np.lexsort((-other, phase, times))
    opens = np.arange(2 * count) < count
    for part in _parts(order):
        rows = np.where(part < count, part, part - count)
        begun = opens[part]
        kind = np.where(begun, EventType.TYPE_SLICE_BEGIN, EventType.TYPE_SLICE_END)
        yield _encode(
            _Events(
                times[part],
                kind.astype(np.uint8),
                slices.track[rows],
                begun,
                slices.name[rows],
                None if slices.stack is None else slices.stack[rows],
                [(name, values[rows]) for name, values in arguments],
            )
        )


def encode_instants(instants: Instants, arguments: _Arguments) -> Iterator[bytes]:
    """A packet for each instant, in order of time."""
    count = len(instants)
    events = _Events(
        instants.time,
        np.full(count, EventType.TYPE_INSTANT, np.uint8),
        instants.track,
        np.ones(count, np.bool_),
        instants.name,
        instants.stack,
        arguments,
    )
    for part in _parts(np.argsort(instants.time, kind="stable")):
        yield _encode(events.at(part))


def encode_counter(track: int, times: Column, values: Column) -> Iterator[bytes]:
    """A packet for each value of one counter, in the order given."""
    for part in _parts(np.arange(len(times))):
        count = len(part)
        event = joined(
            constant_rows(count, number_field(EventField.TYPE, EventType.TYPE_COUNTER)),
            constant_rows(count, number_field(EventField.TRACK_UUID, track)),
            number_rows(EventField.COUNTER_VALUE, values[part]),
        )
        yield _packets(times[part], event)


def _parts(order: npt.NDArray[np.intp]) -> Iterator[npt.NDArray[np.intp]]:
    for first in range(0, len(order), _CHUNK):
        yield order[first : first + _CHUNK]


def _encode(events: _Events) -> bytes:
    opens = events.opens
    fields = [
        number_rows(EventField.TYPE, events.type),
        number_rows(EventField.TRACK_UUID, events.track),
        number_rows(EventField.NAME_IID, events.name, opens),
    ]
    if events.stack is not None:
        has_stack = opens & (events.stack != 0)
        fields.append(number_rows(EventField.CALLSTACK_IID, events.stack, has_stack))
    for name, values in events.arguments:
        annotation = joined(
            constant_rows(len(values), number_field(DebugAnnotationField.NAME_IID, name)),
            number_rows(DebugAnnotationField.INT_VALUE, values),
        )
        fields.append(message_rows(EventField.DEBUG_ANNOTATIONS, annotation, opens))
    return _packets(events.time, joined(*fields))


def _packets(times: Column, event: Rows) -> bytes:
    packet = joined(
        number_rows(PacketField.TIMESTAMP, times),
        constant_rows(len(times), _HEAD),
        message_rows(PacketField.TRACK_EVENT, event),
    )
    return message_rows(TraceField.PACKET, packet).encode()
