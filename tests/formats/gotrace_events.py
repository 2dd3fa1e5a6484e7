"""Traces written in code: the few events every program has, and shorthand for the rest."""

from __future__ import annotations

from collections.abc import Iterable

from growwork.formats.gotrace import (
    EventType,
    Frame,
    GenerationSource,
    TraceEvent,
    TraceReader,
    read_events,
    write_trace,
)

RUNNABLE, RUNNING, SYSCALL, WAITING = 1, 2, 3, 4  # goroutine states
P_RUNNING, P_IDLE, P_SYSCALL, P_ABANDONED = 1, 2, 3, 4  # P states
E = EventType


def stack(*functions: str) -> tuple[Frame, ...]:
    """A stack of these functions, leaf first."""
    return tuple(
        Frame(0x400000 + 16 * len(name), name, f"/src/{name}.go", 10 + at)
        for at, name in enumerate(functions)
    )


def at(time: int, kind: EventType, *args: int, m: int = 1, **fields: object) -> TraceEvent:
    """An event of M 1, unless another is named."""
    return TraceEvent(time, kind, m, args, **fields)  # type: ignore[arg-type]


def running(time: int, *, m: int = 1, p: int = 0, g: int = 1) -> list[TraceEvent]:
    """Status events that put a running goroutine on a P on an M."""
    return [
        at(time, E.PROC_STATUS, p, P_RUNNING, m=m),
        at(time + 1, E.GO_STATUS, g, m, RUNNING, m=m),
    ]


def trace(*events: TraceEvent | Iterable[TraceEvent], number: int = 26) -> bytes:
    """A trace of one generation."""
    return write_trace([generation(1, *events)], number=number)


def generation(number: int, *events: TraceEvent | Iterable[TraceEvent]) -> GenerationSource:
    """A generation of events and lists of events."""
    flat: list[TraceEvent] = []
    for event in events:
        flat += [event] if isinstance(event, TraceEvent) else list(event)
    return GenerationSource(number, tuple(flat))


def delivered(data: bytes) -> list[TraceEvent]:
    """What the reader delivers, without Sync events; the trace must be whole."""
    reader = TraceReader(data)
    events = [event for event in read_events(reader) if event.type is not E.SYNC]
    assert reader.warnings == ()
    return events


def kinds(events: Iterable[TraceEvent]) -> list[tuple[EventType, int]]:
    """Type and M of events."""
    return [(event.type, event.m) for event in events]
