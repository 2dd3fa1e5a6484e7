"""Field numbers of the messages a trace of slices, counters and samples is made of.

From protos/perfetto/trace/perfetto_trace.proto of Perfetto; each class is the message of that
name, and the tests compare every number with the published proto.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = [
    "BuiltinClock",
    "CallstackField",
    "ClockField",
    "ClockSnapshotField",
    "CounterDescriptorField",
    "CounterUnit",
    "DebugAnnotationField",
    "EventField",
    "EventType",
    "FrameField",
    "InternedDataField",
    "InternedStringField",
    "MappingField",
    "PacketField",
    "SequenceFlags",
    "TraceField",
    "TrackDescriptorField",
    "TrackOrdering",
]


class TraceField(IntEnum):
    """`Trace`."""

    PACKET = 1


class PacketField(IntEnum):
    """`TracePacket`."""

    CLOCK_SNAPSHOT = 6
    TIMESTAMP = 8
    TRUSTED_PACKET_SEQUENCE_ID = 10
    TRACK_EVENT = 11
    INTERNED_DATA = 12
    SEQUENCE_FLAGS = 13
    TRACK_DESCRIPTOR = 60


class SequenceFlags(IntEnum):
    """`TracePacket.SequenceFlags`."""

    SEQ_INCREMENTAL_STATE_CLEARED = 1
    SEQ_NEEDS_INCREMENTAL_STATE = 2


class EventField(IntEnum):
    """`TrackEvent`."""

    DEBUG_ANNOTATIONS = 4
    TYPE = 9
    NAME_IID = 10
    TRACK_UUID = 11
    COUNTER_VALUE = 30
    CALLSTACK_IID = 56


class EventType(IntEnum):
    """`TrackEvent.Type`."""

    TYPE_SLICE_BEGIN = 1
    TYPE_SLICE_END = 2
    TYPE_INSTANT = 3
    TYPE_COUNTER = 4


class DebugAnnotationField(IntEnum):
    """`DebugAnnotation`."""

    NAME_IID = 1
    INT_VALUE = 4


class TrackDescriptorField(IntEnum):
    """`TrackDescriptor`."""

    UUID = 1
    NAME = 2
    PARENT_UUID = 5
    COUNTER = 8
    CHILD_ORDERING = 11
    SIBLING_ORDER_RANK = 12


class TrackOrdering(IntEnum):
    """`TrackDescriptor.ChildTracksOrdering`."""

    EXPLICIT = 3


class CounterDescriptorField(IntEnum):
    """`CounterDescriptor`."""

    UNIT = 3


class CounterUnit(IntEnum):
    """`CounterDescriptor.Unit`."""

    UNIT_COUNT = 2
    UNIT_SIZE_BYTES = 3


class InternedDataField(IntEnum):
    """`InternedData`."""

    EVENT_NAMES = 2
    DEBUG_ANNOTATION_NAMES = 3
    FUNCTION_NAMES = 5
    FRAMES = 6
    CALLSTACKS = 7
    MAPPING_PATHS = 17
    SOURCE_PATHS = 18
    MAPPINGS = 19


class InternedStringField(IntEnum):
    """`InternedString`; `EventName` and `DebugAnnotationName` have the same two fields."""

    IID = 1
    STR = 2


class MappingField(IntEnum):
    """`Mapping`."""

    IID = 1
    PATH_STRING_IDS = 7


class FrameField(IntEnum):
    """`Frame`."""

    IID = 1
    FUNCTION_NAME_ID = 2
    MAPPING_ID = 3
    SOURCE_PATH_IID = 5
    LINE_NUMBER = 6


class CallstackField(IntEnum):
    """`Callstack`."""

    IID = 1
    FRAME_IDS = 2


class ClockSnapshotField(IntEnum):
    """`ClockSnapshot`."""

    CLOCKS = 1


class ClockField(IntEnum):
    """`ClockSnapshot.Clock`."""

    CLOCK_ID = 1
    TIMESTAMP = 2


class BuiltinClock(IntEnum):
    """`BuiltinClock`; packets without a clock id are in the second, the format's default."""

    BUILTIN_CLOCK_REALTIME = 1
    BUILTIN_CLOCK_MONOTONIC = 3
    BUILTIN_CLOCK_BOOTTIME = 6
