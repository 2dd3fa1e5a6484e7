"""A Perfetto trace read back with the protos that Perfetto publishes, strictly."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as proto


@dataclass(frozen=True, slots=True)
class Slice:
    track: str  # its name, with those of its parents before it
    name: str
    start: int
    end: int
    depth: int
    arguments: tuple[tuple[str, int], ...] = ()
    stack: tuple[str, ...] = ()  # functions, leaf first


@dataclass(slots=True)
class PerfettoTrace:
    packets: int = 0
    tracks: list[str] = field(default_factory=list)
    slices: list[Slice] = field(default_factory=list)
    instants: list[Slice] = field(default_factory=list)
    counters: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    clocks: list[dict[int, int]] = field(default_factory=list)

    def on(self, track: str) -> list[Slice]:
        return [one for one in self.slices if one.track == track]


def read_perfetto(data: bytes) -> PerfettoTrace:
    """Everything in a trace; fails on unknown fields, unknown ids and slices left open."""
    message = proto.Trace()
    message.ParseFromString(data)
    assert_known(message)
    return _Reader().read(message)


def assert_known(message: Message) -> None:
    """No field that the published proto does not have."""
    assert not UnknownFieldSet(message), f"{message.DESCRIPTOR.full_name} has unknown fields"
    for descriptor, value in message.ListFields():
        if descriptor.message_type is not None:
            repeated = not isinstance(value, Message)
            for one in value if repeated else [value]:
                assert_known(one)


@dataclass(slots=True)
class _Reader:
    """Follows one writer sequence as the trace processor does."""

    texts: dict[tuple[str, int], str] = field(default_factory=dict)
    frames: dict[int, str] = field(default_factory=dict)
    stacks: dict[int, tuple[str, ...]] = field(default_factory=dict)
    tracks: dict[int, proto.TrackDescriptor] = field(default_factory=dict)
    result: PerfettoTrace = field(default_factory=PerfettoTrace)
    open: dict[int, list[tuple[proto.TrackEvent, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def read(self, trace: proto.Trace) -> PerfettoTrace:
        first, *rest = trace.packet
        cleared = proto.TracePacket.SequenceFlags.SEQ_INCREMENTAL_STATE_CLEARED
        assert first.sequence_flags == cleared
        assert all(packet.trusted_packet_sequence_id == 1 for packet in trace.packet)
        self.result.packets = len(trace.packet)
        events = []
        for packet in rest:
            self._take_tables(packet)
            if packet.HasField("track_event"):
                assert packet.sequence_flags == proto.TracePacket.SEQ_NEEDS_INCREMENTAL_STATE
                # Names are looked up when they are used: they have to be there by then.
                self._check_ids(packet.track_event)
                events.append((packet.timestamp, packet.track_event))
        for time, event in sorted(events, key=lambda pair: pair[0]):
            self._event(time, event)
        left = {self._path(track): stack for track, stack in self.open.items() if stack}
        assert not left, f"slices that do not end: {left}"
        self.result.tracks = [self._path(track) for track in self.tracks]
        self.result.slices.sort(key=lambda one: (one.track, one.start, one.depth))
        return self.result

    def _take_tables(self, packet: proto.TracePacket) -> None:
        data = packet.interned_data
        kinds = {
            "name": [(one.iid, one.name) for one in data.event_names],
            "argument": [(one.iid, one.name) for one in data.debug_annotation_names],
            "function": [(one.iid, one.str.decode()) for one in data.function_names],
            "source": [(one.iid, one.str.decode()) for one in data.source_paths],
        }
        for kind, entries in kinds.items():
            for iid, text in entries:
                assert (kind, iid) not in self.texts, "interned twice"
                self.texts[kind, iid] = text
        for frame in data.frames:
            assert self.texts["source", frame.source_path_iid] is not None
            assert frame.mapping_id
            self.frames[frame.iid] = self.texts["function", frame.function_name_id]
        for stack in data.callstacks:
            names = [self.frames[iid] for iid in stack.frame_ids]
            self.stacks[stack.iid] = tuple(reversed(names))
        if packet.HasField("track_descriptor"):
            assert packet.track_descriptor.uuid not in self.tracks, "a track described twice"
            self.tracks[packet.track_descriptor.uuid] = packet.track_descriptor
        if packet.HasField("clock_snapshot"):
            clocks = packet.clock_snapshot.clocks
            self.result.clocks.append({one.clock_id: one.timestamp for one in clocks})

    def _check_ids(self, event: proto.TrackEvent) -> None:
        assert event.track_uuid in self.tracks
        if event.type in (event.TYPE_SLICE_BEGIN, event.TYPE_INSTANT):
            assert ("name", event.name_iid) in self.texts
        assert not event.callstack_iid or event.callstack_iid in self.stacks

    def _event(self, time: int, event: proto.TrackEvent) -> None:
        if event.type == event.TYPE_COUNTER:
            self.result.counters[self._path(event.track_uuid)].append((time, event.counter_value))
        elif event.type == event.TYPE_INSTANT:
            self.result.instants.append(self._slice(event, time, time, 0))
        elif event.type == event.TYPE_SLICE_BEGIN:
            self.open[event.track_uuid].append((event, time))
        else:
            assert event.type == event.TYPE_SLICE_END
            begin, start = self.open[event.track_uuid].pop()
            depth = len(self.open[event.track_uuid])
            self.result.slices.append(self._slice(begin, start, time, depth))

    def _slice(self, event: proto.TrackEvent, start: int, end: int, depth: int) -> Slice:
        arguments = [
            (self.texts["argument", one.name_iid], one.int_value) for one in event.debug_annotations
        ]
        return Slice(
            track=self._path(event.track_uuid),
            name=self.texts["name", event.name_iid],
            start=start,
            end=end,
            depth=depth,
            arguments=tuple(arguments),
            stack=self.stacks[event.callstack_iid] if event.callstack_iid else (),
        )

    def _path(self, uuid: int) -> str:
        track = self.tracks[uuid]
        parent = f"{self._path(track.parent_uuid)} / " if track.parent_uuid else ""
        return parent + str(track.name)
