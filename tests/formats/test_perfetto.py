"""Perfetto traces against the protos that Perfetto publishes."""

from __future__ import annotations

import io
from enum import IntEnum

import numpy as np
import pytest
from google.protobuf.descriptor import Descriptor, EnumDescriptor
from hypothesis import given
from hypothesis import strategies as st
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as proto

from growwork.formats.perfetto import (
    CallFrame,
    ClockReading,
    Counter,
    Instants,
    PerfettoWriter,
    Slices,
    Track,
    spec,
)
from tests.formats.perfetto_reader import PerfettoTrace, Slice, read_perfetto

MESSAGES: dict[type[IntEnum], Descriptor] = {
    spec.TraceField: proto.Trace.DESCRIPTOR,
    spec.PacketField: proto.TracePacket.DESCRIPTOR,
    spec.EventField: proto.TrackEvent.DESCRIPTOR,
    spec.DebugAnnotationField: proto.DebugAnnotation.DESCRIPTOR,
    spec.TrackDescriptorField: proto.TrackDescriptor.DESCRIPTOR,
    spec.CounterDescriptorField: proto.CounterDescriptor.DESCRIPTOR,
    spec.InternedDataField: proto.InternedData.DESCRIPTOR,
    spec.InternedStringField: proto.InternedString.DESCRIPTOR,
    spec.MappingField: proto.Mapping.DESCRIPTOR,
    spec.FrameField: proto.Frame.DESCRIPTOR,
    spec.CallstackField: proto.Callstack.DESCRIPTOR,
    spec.ClockSnapshotField: proto.ClockSnapshot.DESCRIPTOR,
    spec.ClockField: proto.ClockSnapshot.Clock.DESCRIPTOR,
}
ENUMS: dict[type[IntEnum], EnumDescriptor] = {
    spec.SequenceFlags: proto.TracePacket.SequenceFlags.DESCRIPTOR,
    spec.EventType: proto.TrackEvent.Type.DESCRIPTOR,
    spec.TrackOrdering: proto.TrackDescriptor.ChildTracksOrdering.DESCRIPTOR,
    spec.CounterUnit: proto.CounterDescriptor.Unit.DESCRIPTOR,
    spec.BuiltinClock: proto.BuiltinClock.DESCRIPTOR,
}


@pytest.mark.parametrize("ours", MESSAGES, ids=lambda ours: ours.__name__)
def test_field_numbers_are_those_of_the_published_proto(ours: type[IntEnum]) -> None:
    fields = MESSAGES[ours].fields_by_name
    assert {one.name: fields[one.name.lower()].number for one in ours} == {
        one.name: one.value for one in ours
    }


@pytest.mark.parametrize("ours", ENUMS, ids=lambda ours: ours.__name__)
def test_enum_values_are_those_of_the_published_proto(ours: type[IntEnum]) -> None:
    values = ENUMS[ours].values_by_name
    assert {one.name: values[one.name].number for one in ours} == {
        one.name: one.value for one in ours
    }


def test_every_class_of_the_spec_is_compared() -> None:
    classes = {getattr(spec, name) for name in spec.__all__}
    assert classes == set(MESSAGES) | set(ENUMS)


def column(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def new_writer() -> tuple[io.BytesIO, PerfettoWriter]:
    out = io.BytesIO()
    writer = PerfettoWriter(out)
    writer.track(Track(7, "P0"))
    return out, writer


def test_slices_carry_name_arguments_and_stack() -> None:
    out, writer = new_writer()
    writer.track(Track(8, "stopped", parent=7, rank=1))
    writer.stack(31, [CallFrame("main.leaf", "/a.go", 3), CallFrame("main.main", "/a.go", 9)])
    name = writer.name("work")
    writer.slices(
        Slices(
            track=column(8, 7),
            start=column(20, 1 << 62),
            end=column(30, (1 << 62) + 5),
            name=column(name, name),
            stack=column(31, 0),
            arguments=(("goroutine", column(12, -1)),),
        )
    )
    assert read_perfetto(out.getvalue()).slices == [
        Slice("P0", "work", 1 << 62, (1 << 62) + 5, 0, (("goroutine", -1),)),
        Slice("P0 / stopped", "work", 20, 30, 0, (("goroutine", 12),), ("main.leaf", "main.main")),
    ]


def test_instants_counters_and_clocks_arrive() -> None:
    out, writer = new_writer()
    writer.track(Track(9, "heap", counter=Counter.BYTES))
    writer.counter(9, column(5, 6), column(4096, 0))
    writer.instants(Instants(column(7, 7), column(9, 8), column(*[writer.name("tick")] * 2)))
    writer.clock(ClockReading(1000, 2000, 1_700_000_000_000_000_000))
    trace = read_perfetto(out.getvalue())
    assert trace.counters == {"heap": [(5, 4096), (6, 0)]}
    assert [(one.track, one.name, one.start) for one in trace.instants] == [
        ("P0", "tick", 8),
        ("P0", "tick", 9),
    ]
    assert trace.clocks == [{6: 1000, 3: 2000, 1: 1_700_000_000_000_000_000}]


def test_a_counter_knows_its_unit() -> None:
    out, writer = new_writer()
    writer.track(Track(9, "heap", counter=Counter.BYTES))
    message = proto.Trace()
    message.ParseFromString(out.getvalue())
    track = message.packet[-1].track_descriptor
    assert track.counter.unit == proto.CounterDescriptor.UNIT_SIZE_BYTES


def test_names_stacks_and_tracks_are_written_once() -> None:
    out, writer = new_writer()
    frames = [CallFrame("main.leaf", "/a.go", 3)]
    for start in (10, 30, 50):
        writer.track(Track(7, "P0"))
        writer.stack(4, frames)
        name = writer.name("work")
        writer.slices(Slices(column(7), column(start), column(start + 9), column(name), column(4)))
    assert [one.stack for one in read_perfetto(out.getvalue()).slices] == [("main.leaf",)] * 3
    assert out.getvalue().count(b"main.leaf") == out.getvalue().count(b"work") == 1


Interval = tuple[int, int]


@st.composite
def nested(draw: st.DrawFn, low: int = 0, high: int = 40, depth: int = 3) -> list[Interval]:
    """Intervals of which any two are nested or apart; some are empty, some share an end."""
    cuts = sorted(draw(st.lists(st.integers(low, high), max_size=6)))
    intervals: list[Interval] = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        intervals.append((start, end))
        if depth and end > start:
            intervals += draw(nested(start, end, depth - 1))
    return intervals


@given(nested(), st.randoms(use_true_random=False))
def test_slices_nest_in_whatever_order_they_are_given(
    intervals: list[Interval], random: object
) -> None:
    random.shuffle(intervals)  # type: ignore[attr-defined]
    out, writer = new_writer()
    starts, ends = (column(*[one[side] for one in intervals]) for side in (0, 1))
    names = column(*[writer.name(f"{start} {end}") for start, end in intervals])
    writer.slices(Slices(np.full(len(intervals), 7), starts, ends, names))
    trace: PerfettoTrace = read_perfetto(out.getvalue())
    # Had an end closed another slice than its own, name and times would differ.
    assert sorted((one.start, one.end) for one in trace.slices) == sorted(intervals)
    assert all(one.name == f"{one.start} {one.end}" for one in trace.slices)


def test_many_packets_are_written_in_parts_that_join() -> None:
    out, writer = new_writer()
    count = 50_000
    starts = np.arange(count, dtype=np.int64) * 10
    name = writer.name("work")
    writer.slices(Slices(np.full(count, 7), starts, starts + 10, np.full(count, name)))
    trace = read_perfetto(out.getvalue())
    assert [one.start for one in trace.slices] == starts.tolist()
    assert {one.depth for one in trace.slices} == {0}
