"""Spikes: the worst intervals of a trace, each with what it was and what overlapped it.

An incident becomes a spike unless it is part of another (`incident_owners`). Those that happen
over and over in the same way on the same line are one spike, the worst of them, so that the
list names different things.
"""

from __future__ import annotations

from collections import defaultdict

from growwork.analysis.trace.assist_bursts import find_bursts
from growwork.analysis.trace.incident_context import IncidentContext
from growwork.analysis.trace.incident_owners import find_owners
from growwork.analysis.trace.incidents import (
    ASSIST,
    FORCED_GC,
    GC_WAIT,
    GROWTH,
    LONG_RUN,
    RUNNABLE,
    STW,
    Incident,
    find_incidents,
)
from growwork.analysis.trace.spike_causes import overlapping_causes
from growwork.analysis.trace.spike_wording import goroutine, span
from growwork.analysis.trace.types import Spike, SpikeCause
from growwork.analysis.trace.whole_trace import WholeTrace
from growwork.formats.gotrace import EventType

__all__ = ["MAX_SPIKES", "find_spikes"]

MAX_SPIKES = 20

_LEAST_NS = 10_000  # less than this is no spike


def find_spikes(trace: WholeTrace) -> tuple[Spike, ...]:
    """The worst spikes, most time lost first."""
    bursts = find_bursts(trace.assists, trace.cycles.ranges, trace.sites)
    incidents = sorted(
        find_incidents(trace, bursts), key=lambda one: (-one.lost, one.start, one.kind)
    )
    parts: dict[int, list[Incident]] = defaultdict(list)
    owners = find_owners(trace, incidents)
    for incident, owner in zip(incidents, owners, strict=True):
        if owner is not None:
            parts[owner].append(incident)
    alike: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, (incident, owner) in enumerate(zip(incidents, owners, strict=True)):
        if owner is None and incident.lost >= _LEAST_NS:
            alike[_likeness(trace, incident)].append(place)
    worst = sorted(alike.values(), key=lambda places: places[0])[:MAX_SPIKES]
    return tuple(
        _spike(IncidentContext(trace, bursts, incidents[first], parts[first]), len(places))
        for places in worst
        for first in places[:1]
    )


def _likeness(trace: WholeTrace, incident: Incident) -> tuple[str, str]:
    """Incidents with the same one are the same problem."""
    if incident.kind == STW:
        return incident.kind, trace.pauses.kinds[incident.place]
    if incident.kind == RUNNABLE:  # the stack is that of whoever woke it, and says little
        return incident.kind, ""
    frame = trace.sites.frame(incident.stack_id)
    return incident.kind, f"{frame.function} {frame.file}:{frame.line}"


def _spike(context: IncidentContext, occurrences: int) -> Spike:
    incident = context.incident
    itself = _ITSELF[incident.kind](context)
    return Spike(
        kind=ASSIST if incident.kind == GROWTH else incident.kind,
        start_ns=incident.start - context.trace.origin_ns,
        duration_ns=incident.duration,
        goroutine=incident.goroutine,
        affected=max(incident.affected, *(_kept_waiting(part) for part in context.parts), 0),
        causes=(itself, *overlapping_causes(context)),
        frames=itself.frames,
        occurrences=occurrences,
    )


def _kept_waiting(part: Incident) -> int:
    """Goroutines that wait for a P are affected by what they wait for."""
    return part.affected if part.kind == RUNNABLE else 0


def _itself(context: IncidentContext, text: str) -> SpikeCause:
    incident = context.incident
    return context.cause(incident.kind, text, incident.lost, incident.goroutine, incident.stack_id)


def _assist(context: IncidentContext) -> SpikeCause:
    incident, count = context.incident, int(context.bursts.count[context.incident.place])
    growth = " in a map growth" if incident.kind == GROWTH else ""
    parts = f", in {count} assists within {span(incident.duration)}" if count > 1 else ""
    return _itself(
        context,
        f"{goroutine(incident.goroutine)} paid {span(incident.lost)} of mark assist{growth}"
        f"{context.at(incident.stack_id)}{parts}",
    )


def _pause(context: IncidentContext) -> SpikeCause:
    incident, pauses = context.incident, context.trace.pauses
    asked = int(pauses.ranges.g[incident.place])
    text = (
        f"{pauses.kinds[incident.place]} stopped the world for {span(incident.lost)}, asked for "
        f"by {goroutine(asked)}{context.at(incident.stack_id)}"
    )
    return context.cause(STW, text, incident.lost, asked, incident.stack_id)


def _runnable(context: IncidentContext) -> SpikeCause:
    incident, spans = context.incident, context.trace.longest
    cause, other = int(spans.cause[incident.place]), int(spans.other_g[incident.place])
    began = _BEGAN.get(cause, "")
    maker = ""
    if cause in _MADE:
        # Without a goroutine it was the scheduler, which polls the network and runs timers.
        maker = f" by {goroutine(other)}" if other >= 0 else " by the scheduler"
    where = f"{maker}{context.at(incident.stack_id)}"
    after = f", {began}{where}" if began else ""
    return _itself(
        context,
        f"{goroutine(incident.goroutine)} was runnable for {span(incident.lost)} before it "
        f"ran{after}",
    )


def _long_run(context: IncidentContext) -> SpikeCause:
    incident = context.incident
    return _itself(
        context,
        f"{goroutine(incident.goroutine)} ran {span(incident.lost)} without a stop"
        f"{context.at(incident.stack_id, ', until ')}",
    )


def _forced_cycle(context: IncidentContext) -> SpikeCause:
    incident = context.incident
    return _itself(
        context,
        f"{goroutine(incident.goroutine)} asked for a GC cycle"
        f"{context.forced_by(incident.stack_id)} and had to wait {span(incident.lost)} for it",
    )


def _gc_wait(context: IncidentContext) -> SpikeCause:
    incident = context.incident
    reason = context.trace.texts[int(context.trace.longest.reason_id[incident.place])]
    return _itself(
        context,
        f"{goroutine(incident.goroutine)} waited {span(incident.lost)} for the GC "
        f"({reason}){context.at(incident.stack_id)}",
    )


_ITSELF = {
    ASSIST: _assist,
    FORCED_GC: _forced_cycle,
    GC_WAIT: _gc_wait,
    GROWTH: _assist,
    LONG_RUN: _long_run,
    RUNNABLE: _runnable,
    STW: _pause,
}

_MADE = frozenset({EventType.GO_UNBLOCK, EventType.GO_CREATE})
_BEGAN: dict[int, str] = {
    EventType.GO_UNBLOCK: "woken",
    EventType.GO_CREATE: "created",
    EventType.GO_STOP: "stopped",
    EventType.GO_SYSCALL_END_BLOCKED: "after a syscall",
}
