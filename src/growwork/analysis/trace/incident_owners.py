"""Which incidents are part of another one, so that a cause is shown once and not ten times.

A goroutine that will not stop holds up everybody who stops the world; a GC cycle the program
asked for has pauses and makes others pay assists; while either lasts, goroutines wait for a P.
Such an incident is told with the other one it belongs to. One that lost much in its own right
stays: a map growth that paid in a forced cycle is not hidden by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from growwork.analysis.trace.incidents import (
    ASSIST,
    FORCED_GC,
    GC_WAIT,
    GROWTH,
    LONG_RUN,
    RUNNABLE,
    STW,
    Incident,
)
from growwork.analysis.trace.whole_trace import WholeTrace

__all__ = ["find_owners", "holds_up"]


def find_owners(trace: WholeTrace, incidents: Sequence[Incident]) -> list[int | None]:
    """Per incident, the place of the one it is part of, None when it stands for itself."""
    owners: list[int | None] = [None] * len(incidents)
    for kind, owning, is_part in _RULES:
        possible = [
            (place, other)
            for place, other in enumerate(incidents)
            if other.kind in owning and owners[place] is None
        ]
        for place, incident in enumerate(incidents):
            if incident.kind == kind and owners[place] is None:
                found = [
                    (shared, -owner)
                    for owner, other in possible
                    if (shared := incident.shared(other)) and is_part(trace, incident, other)
                ]
                owners[place] = -max(found)[1] if found else None
    return owners


def holds_up(trace: WholeTrace, run: Incident, pause: Incident) -> bool:
    """Whether the world could not stop because this goroutine ran on."""
    ranges = trace.pauses.ranges
    stopping = int(trace.pauses.stopping[pause.place])
    shared = min(run.end, pause.start + stopping) - max(run.start, pause.start)
    return int(ranges.arg1[pause.place]) == run.goroutine and 0 < stopping <= 2 * shared


def _held_up(trace: WholeTrace, pause: Incident, run: Incident) -> bool:
    return holds_up(trace, run, pause)


def _of_gc(trace: WholeTrace, pause: Incident, cycle: Incident) -> bool:
    return trace.pauses.kinds[pause.place].startswith("GC ") and _within(trace, pause, cycle)


def _own(trace: WholeTrace, inner: Incident, outer: Incident) -> bool:
    return inner.goroutine == outer.goroutine and _within(trace, inner, outer)


def _beside(trace: WholeTrace, assist: Incident, growth: Incident) -> bool:
    """Others pay while a map grows; unless they pay far more, the growth says it all."""
    return 2 * growth.lost >= assist.lost and _within(trace, assist, growth)


def _within(_: WholeTrace, inner: Incident, outer: Incident) -> bool:
    return 2 * inner.shared(outer) >= inner.duration


_ALL_BUT_RUNNABLE = (ASSIST, FORCED_GC, GC_WAIT, GROWTH, LONG_RUN, STW)

# What is part of what, and when. In this order: what is part of another owns nothing.
_RULES: tuple[
    tuple[str, tuple[str, ...], Callable[[WholeTrace, Incident, Incident], bool]], ...
] = (
    (LONG_RUN, (ASSIST, GROWTH), _own),
    (STW, (LONG_RUN,), _held_up),
    (STW, (FORCED_GC,), _of_gc),
    (GC_WAIT, (FORCED_GC,), _within),
    (ASSIST, (LONG_RUN,), _own),
    (ASSIST, (FORCED_GC,), _within),
    (ASSIST, (GROWTH,), _beside),
    (RUNNABLE, _ALL_BUT_RUNNABLE, _within),
)
