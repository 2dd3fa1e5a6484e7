"""Stop-the-world pauses of a trace: kind, length, how long stopping took and who stopped last.

A pause begins when a goroutine asks the world to stop and ends when it starts it again. The
stack on the begin names who asked. For "GC sweep termination" that is the goroutine whose
allocation crossed the trigger: the unlucky one, not the cause.

The trace has no event for "everything has stopped". What it has are the Ps that had to give up
their thread; the last of them ends the stopping. Idle Ps write nothing and cost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from growwork.analysis.trace.columns import Column, RangeColumns, StackTable, concatenate
from growwork.analysis.trace.types import PauseKind, TracePause

__all__ = ["PauseColumns", "PauseScan", "build_pauses", "pause_kinds"]

_BEGAN_BEFORE = 1  # bits of `cut`
_NOT_ENDED = 2


@dataclass(frozen=True, slots=True)
class PauseColumns:
    """All pauses of a trace in order of their start."""

    ranges: RangeColumns
    kinds: tuple[str, ...]  # per pause

    def __len__(self) -> int:
        return len(self.ranges)

    @property
    def start(self) -> Column:
        """When each began."""
        return self.ranges.start

    @property
    def duration(self) -> Column:
        """How long the world was stopped or stopping."""
        length: Column = self.ranges.end - self.ranges.start
        return length

    @property
    def stopping(self) -> Column:
        """Until every P had stopped; -1 where the begin of the pause was not seen."""
        return np.where(self.ranges.cut & _BEGAN_BEFORE, -1, self.ranges.arg0)

    def of_kind(self, kind: str) -> Column:
        """The places of the pauses of one kind."""
        return np.flatnonzero(np.array(self.kinds, dtype=object) == kind).astype(np.int64)


class PauseScan:
    """Collects the pauses, generation by generation."""

    def __init__(self) -> None:
        self._parts: list[RangeColumns] = []

    def add(self, pauses: RangeColumns) -> None:
        """Take the pauses that ended in the next generation."""
        self._parts.append(pauses)

    def columns(self, texts: Sequence[str], end_ns: int) -> PauseColumns:
        """Every pause that ended, or was cut by the window, in a trace that ends at `end_ns`."""
        ranges = concatenate(self._parts)
        lost = ((ranges.cut & _NOT_ENDED) != 0) & (ranges.end >= end_ns)
        kept = np.flatnonzero(~lost)
        ranges = ranges.at(kept[np.lexsort((ranges.g[kept], ranges.start[kept]))])
        return PauseColumns(ranges, tuple(texts[one] for one in ranges.text_id.tolist()))


def build_pauses(
    pauses: PauseColumns, stacks: StackTable, origin_ns: int
) -> tuple[TracePause, ...]:
    """Every pause as an object; times count from `origin_ns`."""
    ranges = pauses.ranges
    rows = zip(
        pauses.kinds,
        (ranges.start - origin_ns).tolist(),
        pauses.stopping.tolist(),
        pauses.duration.tolist(),
        ranges.g.tolist(),
        map(stacks.frames, ranges.stack_id.tolist()),
        ranges.arg1.tolist(),
        map(stacks.frames, ranges.extra_stack_id.tolist()),
        strict=True,
    )
    return tuple(
        TracePause(kind, start, None if stopping < 0 else stopping, *rest)
        for kind, start, stopping, *rest in rows
    )


def pause_kinds(pauses: PauseColumns) -> tuple[PauseKind, ...]:
    """The pauses of each kind, most time first."""
    duration, stopping = pauses.duration, np.maximum(pauses.stopping, 0)
    kinds = [
        PauseKind(
            kind=kind,
            count=len(rows),
            total_ns=int(duration[rows].sum()),
            max_ns=int(duration[rows].max()),
            stopping_total_ns=int(stopping[rows].sum()),
            stopping_max_ns=int(stopping[rows].max()),
        )
        for kind in set(pauses.kinds)
        if len(rows := pauses.of_kind(kind))
    ]
    return tuple(sorted(kinds, key=lambda one: (-one.total_ns, one.kind)))
