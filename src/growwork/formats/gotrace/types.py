"""What a trace reader yields: columns per generation, and typed events for small traces."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from growwork.formats.gotrace.spec import NO_ID, EventType

__all__ = [
    "EVENT_SCHEMA",
    "FRAMES_SCHEMA",
    "ClockSnapshot",
    "ExperimentalBatch",
    "Frame",
    "Generation",
    "TraceEvent",
    "build_schema",
]


def build_schema(**columns: pa.DataType) -> pa.Schema:
    """A schema of columns without nulls."""
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns.items()])


# One row per delivered event, in order. `time` is in ns and strictly increases through the whole
# trace. `derived` rows are made by the reader: Sync; the GoUnblock, GoBlock or GoDestroy, GoStart
# of a GoSwitch; the ProcSteal of a thread that leaves Go with its P. m, p and g are the context
# before the event's own effect, -1 for none. arg0 to arg2 are the wire arguments after the time
# that are neither stacks nor strings, in order, unsigned values bit-cast; UserTaskEnd has its
# task's parent in arg1, Sync its ordinal in arg0. Ids hold for the whole trace; 0 is "no stack"
# and "". text_id is a reason, kind, name or label; STWEnd and UserTaskEnd have that of their
# begin. text2_id is the message of a UserLog, extra_stack_id the start function of a GoCreate.
EVENT_SCHEMA: pa.Schema = build_schema(
    time=pa.int64(),
    type=pa.uint8(),
    derived=pa.bool_(),
    m=pa.int64(),
    p=pa.int64(),
    g=pa.int64(),
    arg0=pa.int64(),
    arg1=pa.int64(),
    arg2=pa.int64(),
    stack_id=pa.uint32(),
    extra_stack_id=pa.uint32(),
    text_id=pa.uint32(),
    text2_id=pa.uint32(),
)

# One row per frame of each stack in use; depth 0 is the leaf. Inlined calls are frames.
FRAMES_SCHEMA: pa.Schema = build_schema(
    stack_id=pa.uint32(),
    depth=pa.uint16(),
    pc=pa.uint64(),
    function=pa.dictionary(pa.uint32(), pa.string()),
    file=pa.dictionary(pa.uint32(), pa.string()),
    line=pa.uint32(),
)


@dataclass(frozen=True, slots=True)
class ClockSnapshot:
    """Three clocks read at one moment."""

    trace_ns: int  # the clock of event times
    mono_ns: int  # the operating system's monotonic clock
    wall_ns: int  # since 1970, UTC


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation: about a second of the program, complete in itself."""

    number: int  # as the runtime counts; the first of a file need not be 1
    events: pa.RecordBatch  # EVENT_SCHEMA
    complete: bool  # nothing is missing, and every ordering rule held
    bytes: int  # of the file
    clock: ClockSnapshot | None = None  # traces of Go 1.25 and newer


@dataclass(frozen=True, slots=True)
class ExperimentalBatch:
    """What the events of an experiment of the runtime refer to, such as a table of types."""

    experiment: int
    generation: int
    m: int  # the thread that wrote it, -1 for none
    payload: bytes  # as the experiment has it


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a stack as the trace has it."""

    pc: int
    function: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One event, fully resolved; the fields are those of `EVENT_SCHEMA`."""

    time: int
    type: EventType
    m: int = NO_ID
    args: tuple[int, ...] = ()
    p: int = NO_ID
    g: int = NO_ID
    stack: tuple[Frame, ...] = ()
    extra_stack: tuple[Frame, ...] = ()
    text: str = ""
    text2: str = ""
    derived: bool = False
