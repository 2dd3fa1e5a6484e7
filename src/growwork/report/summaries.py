"""Sums over the lists of a diagnosis that every renderer shows, the JSON document included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from growwork.analysis.types import Pause

__all__ = ["PauseKind", "summarise_pauses"]


@dataclass(frozen=True, slots=True)
class PauseKind:
    """The stop-the-world pauses of one kind."""

    kind: str
    count: int
    total_ns: int
    max_ns: int


def summarise_pauses(pauses: Iterable[Pause]) -> tuple[PauseKind, ...]:
    """Pauses by kind, most time first."""
    durations: defaultdict[str, list[int]] = defaultdict(list)
    for pause in pauses:
        durations[pause.kind].append(pause.duration_ns)
    kinds = [
        PauseKind(kind, len(times), sum(times), max(times)) for kind, times in durations.items()
    ]
    return tuple(sorted(kinds, key=lambda kind: (-kind.total_ns, kind.kind)))
