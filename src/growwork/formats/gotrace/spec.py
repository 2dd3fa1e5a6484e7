"""The events of a Go execution trace as data; a file format is a slice of the table.

Names, numbers and arguments are those of GOROOT/src/internal/trace/tracev2/events.go, with the
kinds of arguments in their names: `stack` and `new_stack` are stack ids, `…_string` string ids.
The native decoder has its own copy (rust/src/gotrace/spec.rs); a test holds both together.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

__all__ = [
    "EVENTS",
    "FORMATS",
    "MAX_BATCH_BYTES",
    "NO_ID",
    "EventSpec",
    "EventType",
    "TraceFormat",
    "events_of",
    "format_of",
    "spec_of",
]

NO_ID = -1  # no M, P or G
MAX_BATCH_BYTES = 64 << 10


class EventType(IntEnum):
    """The byte that begins an event on the wire."""

    EVENT_BATCH = 1
    STACKS = 2
    STACK = 3
    STRINGS = 4
    STRING = 5
    CPU_SAMPLES = 6
    CPU_SAMPLE = 7
    FREQUENCY = 8
    PROCS_CHANGE = 9
    PROC_START = 10
    PROC_STOP = 11
    PROC_STEAL = 12
    PROC_STATUS = 13
    GO_CREATE = 14
    GO_CREATE_SYSCALL = 15
    GO_START = 16
    GO_DESTROY = 17
    GO_DESTROY_SYSCALL = 18
    GO_STOP = 19
    GO_BLOCK = 20
    GO_UNBLOCK = 21
    GO_SYSCALL_BEGIN = 22
    GO_SYSCALL_END = 23
    GO_SYSCALL_END_BLOCKED = 24
    GO_STATUS = 25
    STW_BEGIN = 26
    STW_END = 27
    GC_ACTIVE = 28
    GC_BEGIN = 29
    GC_END = 30
    GC_SWEEP_ACTIVE = 31
    GC_SWEEP_BEGIN = 32
    GC_SWEEP_END = 33
    GC_MARK_ASSIST_ACTIVE = 34
    GC_MARK_ASSIST_BEGIN = 35
    GC_MARK_ASSIST_END = 36
    HEAP_ALLOC = 37
    HEAP_GOAL = 38
    GO_LABEL = 39
    USER_TASK_BEGIN = 40
    USER_TASK_END = 41
    USER_REGION_BEGIN = 42
    USER_REGION_END = 43
    USER_LOG = 44
    GO_SWITCH = 45
    GO_SWITCH_DESTROY = 46
    GO_CREATE_BLOCKED = 47
    GO_STATUS_STACK = 48
    EXPERIMENTAL_BATCH = 49
    SYNC = 50
    CLOCK_SNAPSHOT = 51
    END_OF_GENERATION = 52
    SPAN = 128
    SPAN_ALLOC = 129
    SPAN_FREE = 130
    HEAP_OBJECT = 131
    HEAP_OBJECT_ALLOC = 132
    HEAP_OBJECT_FREE = 133
    GOROUTINE_STACK = 134
    GOROUTINE_STACK_ALLOC = 135
    GOROUTINE_STACK_FREE = 136


@dataclass(frozen=True, slots=True)
class EventSpec:
    """How one event is written."""

    type: EventType
    name: str
    args: tuple[str, ...] = ()  # of timed events `dt` first, the ticks since the event before
    timed: bool = True  # stands in an ordinary batch and is delivered to readers
    has_data: bool = False  # followed by a length and that many bytes
    is_stack: bool = False  # followed by `nframes` frames of four numbers

    @property
    def values(self) -> tuple[str, ...]:
        """The arguments that are neither the time nor an id of a string or stack."""
        return tuple(
            arg for arg in self.args if arg != "dt" and not arg.endswith(("stack", "string"))
        )

    @property
    def texts(self) -> tuple[str, ...]:
        """The arguments that are string ids."""
        return tuple(arg for arg in self.args if arg.endswith("string"))


def _timed(event_type: EventType, name: str, *args: str) -> EventSpec:
    return EventSpec(event_type, name, ("dt", *args))


def _structural(
    event_type: EventType,
    name: str,
    *args: str,
    has_data: bool = False,
    is_stack: bool = False,
) -> EventSpec:
    return EventSpec(event_type, name, args, timed=False, has_data=has_data, is_stack=is_stack)


EVENTS: tuple[EventSpec, ...] = (
    _structural(EventType.EVENT_BATCH, "EventBatch", "gen", "m", "time", "size"),
    _structural(EventType.STACKS, "Stacks"),
    _structural(EventType.STACK, "Stack", "id", "nframes", is_stack=True),
    _structural(EventType.STRINGS, "Strings"),
    _structural(EventType.STRING, "String", "id", has_data=True),
    _structural(EventType.CPU_SAMPLES, "CPUSamples"),
    _structural(EventType.CPU_SAMPLE, "CPUSample", "time", "m", "p", "g", "stack"),
    _structural(EventType.FREQUENCY, "Frequency", "freq"),
    _timed(EventType.PROCS_CHANGE, "ProcsChange", "procs_value", "stack"),
    _timed(EventType.PROC_START, "ProcStart", "p", "p_seq"),
    _timed(EventType.PROC_STOP, "ProcStop"),
    _timed(EventType.PROC_STEAL, "ProcSteal", "p", "p_seq", "m"),
    _timed(EventType.PROC_STATUS, "ProcStatus", "p", "pstatus"),
    _timed(EventType.GO_CREATE, "GoCreate", "new_g", "new_stack", "stack"),
    _timed(EventType.GO_CREATE_SYSCALL, "GoCreateSyscall", "new_g"),
    _timed(EventType.GO_START, "GoStart", "g", "g_seq"),
    _timed(EventType.GO_DESTROY, "GoDestroy"),
    _timed(EventType.GO_DESTROY_SYSCALL, "GoDestroySyscall"),
    _timed(EventType.GO_STOP, "GoStop", "reason_string", "stack"),
    _timed(EventType.GO_BLOCK, "GoBlock", "reason_string", "stack"),
    _timed(EventType.GO_UNBLOCK, "GoUnblock", "g", "g_seq", "stack"),
    _timed(EventType.GO_SYSCALL_BEGIN, "GoSyscallBegin", "p_seq", "stack"),
    _timed(EventType.GO_SYSCALL_END, "GoSyscallEnd"),
    _timed(EventType.GO_SYSCALL_END_BLOCKED, "GoSyscallEndBlocked"),
    _timed(EventType.GO_STATUS, "GoStatus", "g", "m", "gstatus"),
    _timed(EventType.STW_BEGIN, "STWBegin", "kind_string", "stack"),
    _timed(EventType.STW_END, "STWEnd"),
    _timed(EventType.GC_ACTIVE, "GCActive", "gc_seq"),
    _timed(EventType.GC_BEGIN, "GCBegin", "gc_seq", "stack"),
    _timed(EventType.GC_END, "GCEnd", "gc_seq"),
    _timed(EventType.GC_SWEEP_ACTIVE, "GCSweepActive", "p"),
    _timed(EventType.GC_SWEEP_BEGIN, "GCSweepBegin", "stack"),
    _timed(EventType.GC_SWEEP_END, "GCSweepEnd", "swept_value", "reclaimed_value"),
    _timed(EventType.GC_MARK_ASSIST_ACTIVE, "GCMarkAssistActive", "g"),
    _timed(EventType.GC_MARK_ASSIST_BEGIN, "GCMarkAssistBegin", "stack"),
    _timed(EventType.GC_MARK_ASSIST_END, "GCMarkAssistEnd"),
    _timed(EventType.HEAP_ALLOC, "HeapAlloc", "heapalloc_value"),
    _timed(EventType.HEAP_GOAL, "HeapGoal", "heapgoal_value"),
    _timed(EventType.GO_LABEL, "GoLabel", "label_string"),
    _timed(
        EventType.USER_TASK_BEGIN, "UserTaskBegin", "task", "parent_task", "name_string", "stack"
    ),
    _timed(EventType.USER_TASK_END, "UserTaskEnd", "task", "stack"),
    _timed(EventType.USER_REGION_BEGIN, "UserRegionBegin", "task", "name_string", "stack"),
    _timed(EventType.USER_REGION_END, "UserRegionEnd", "task", "name_string", "stack"),
    _timed(EventType.USER_LOG, "UserLog", "task", "key_string", "value_string", "stack"),
    _timed(EventType.GO_SWITCH, "GoSwitch", "g", "g_seq"),
    _timed(EventType.GO_SWITCH_DESTROY, "GoSwitchDestroy", "g", "g_seq"),
    _timed(EventType.GO_CREATE_BLOCKED, "GoCreateBlocked", "new_g", "new_stack", "stack"),
    _timed(EventType.GO_STATUS_STACK, "GoStatusStack", "g", "m", "gstatus", "stack"),
    _structural(
        EventType.EXPERIMENTAL_BATCH, "ExperimentalBatch", "exp", "gen", "m", "time", has_data=True
    ),
    _structural(EventType.SYNC, "Sync"),
    _structural(EventType.CLOCK_SNAPSHOT, "ClockSnapshot", "dt", "mono", "sec", "nsec"),
    _structural(EventType.END_OF_GENERATION, "EndOfGeneration"),
    _timed(EventType.SPAN, "Span", "id", "npages_value", "kindclass"),
    _timed(EventType.SPAN_ALLOC, "SpanAlloc", "id", "npages_value", "kindclass"),
    _timed(EventType.SPAN_FREE, "SpanFree", "id"),
    _timed(EventType.HEAP_OBJECT, "HeapObject", "id", "type"),
    _timed(EventType.HEAP_OBJECT_ALLOC, "HeapObjectAlloc", "id", "type"),
    _timed(EventType.HEAP_OBJECT_FREE, "HeapObjectFree", "id"),
    _timed(EventType.GOROUTINE_STACK, "GoroutineStack", "id", "order"),
    _timed(EventType.GOROUTINE_STACK_ALLOC, "GoroutineStackAlloc", "id", "order"),
    _timed(EventType.GOROUTINE_STACK_FREE, "GoroutineStackFree", "id"),
)


@dataclass(frozen=True, slots=True)
class TraceFormat:
    """One file format: NN of the header `go 1.NN trace`, and what sets it apart."""

    number: int
    last_event: EventType  # the newest event below the experimental ones
    sync_batch: EventType  # first byte of the batch that holds the frequency
    clock_snapshot: bool  # the sync batch holds a snapshot of the clocks
    explicit_end: bool  # a generation ends with an event, not with the next one


# GOROOT/src/internal/trace/version/version.go; runtime/trace.go of the releases.
FORMATS: tuple[TraceFormat, ...] = (
    TraceFormat(22, EventType.USER_LOG, EventType.FREQUENCY, False, False),
    TraceFormat(23, EventType.EXPERIMENTAL_BATCH, EventType.FREQUENCY, False, False),
    TraceFormat(25, EventType.CLOCK_SNAPSHOT, EventType.SYNC, True, False),
    TraceFormat(26, EventType.END_OF_GENERATION, EventType.SYNC, True, True),
)

_BY_TYPE = {spec.type: spec for spec in EVENTS}


def spec_of(event_type: EventType) -> EventSpec:
    """The row of an event."""
    return _BY_TYPE[event_type]


def format_of(number: int) -> TraceFormat:
    """The row of a format; `KeyError` for a number that is none."""
    for row in FORMATS:
        if row.number == number:
            return row
    raise KeyError(number)


def events_of(row: TraceFormat) -> tuple[EventSpec, ...]:
    """The events a file of this format may hold.

    Experimental events came with the format of 1.23, which has the first event they need.
    """
    experiments = row.last_event >= EventType.EXPERIMENTAL_BATCH
    return tuple(
        spec
        for spec in EVENTS
        if spec.type <= row.last_event or (experiments and spec.type >= EventType.SPAN)
    )
