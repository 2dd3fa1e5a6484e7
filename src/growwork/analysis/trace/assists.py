"""Mark assists of a trace: who paid, how long, and whether a map was growing at the time.

An allocating goroutine that is in debt to the GC works it off in an assist. The assist belongs
to the goroutine: inside it the goroutine may yield or wait for background work and go on later
on another M. `duration_ns` is what the goroutine lost; `running_ns` leaves out the parts in
which it was off its thread.

A stack says who **paid**. The debt is proportional to the bytes allocated there while the GC
was marking, so over many assists it is a fair share of the allocation, not proof that this
line made marking long.

Assists that were running when the trace began are clipped to the trace and have no stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from growwork.analysis.trace.columns import Column, RangeColumns, StackIds, StackTable, gather
from growwork.analysis.trace.stack_sites import (
    MAP_GROWTH,
    MAP_OTHER,
    OTHER,
    StackSites,
    classify_frames,
    innermost_user_frame,
)
from growwork.analysis.types import Assist, AssistSite, AssistSummary, GcCycle

__all__ = [
    "MAP_GROWTH",
    "MAP_OTHER",
    "OTHER",
    "AssistColumns",
    "AssistScan",
    "build_assists",
    "classify_frames",
    "innermost_user_frame",
    "summarise_assists",
]


@dataclass(frozen=True, slots=True)
class AssistColumns:
    """All assists of a trace in order of their ends; all columns have the same length."""

    start: Column
    duration: Column  # wall time from begin to end
    off: Column  # the part in which the goroutine was not running
    g: Column
    stack_id: StackIds
    cut: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.start)

    @property
    def end(self) -> Column:
        """When each ended."""
        ends: Column = self.start + self.duration
        return ends

    @property
    def running(self) -> Column:
        """Wall time without the parts in which the goroutine was not running."""
        on: Column = self.duration - self.off
        return on


class AssistScan:
    """Collects the assists, generation by generation."""

    def __init__(self) -> None:
        self._parts: list[AssistColumns] = []

    def add(self, assists: RangeColumns) -> None:
        """Take the assists that ended in the next generation."""
        self._parts.append(
            AssistColumns(
                assists.start,
                assists.end - assists.start,
                assists.off,
                assists.g,
                assists.stack_id,
                assists.cut,
            )
        )

    def columns(self) -> AssistColumns:
        """Every assist, in order of their ends."""
        parts = self._parts
        return AssistColumns(
            start=gather([one.start for one in parts]),
            duration=gather([one.duration for one in parts]),
            off=gather([one.off for one in parts]),
            g=gather([one.g for one in parts]),
            stack_id=gather([one.stack_id for one in parts]),
            cut=gather([one.cut for one in parts]),
        )


def summarise_assists(assists: AssistColumns, sites: StackSites) -> AssistSummary:
    """Totals, and the time paid per line of user code, most first."""
    counts = np.bincount(assists.stack_id)
    stacks = np.flatnonzero(counts)
    # Sums of nanoseconds stay exact in a float: 2^53 of them are 104 days.
    total = np.bincount(assists.stack_id, weights=assists.duration)[stacks].astype(np.int64)
    longest = np.zeros(len(counts), dtype=np.int64)
    np.maximum.at(longest, assists.stack_id, assists.duration)
    growth = sites.is_growth(stacks)
    return AssistSummary(
        count=len(assists),
        total_ns=int(total.sum()),
        max_ns=int(longest.max(initial=0)),
        map_growth_ns=int(total[growth].sum()),
        map_other_ns=int(total[sites.is_map(stacks) & ~growth].sum()),
        by_site=_by_site(sites, stacks, (counts[stacks], total, longest[stacks])),
    )


def build_assists(
    assists: AssistColumns,
    stacks: StackTable,
    sites: StackSites,
    cycles: Sequence[GcCycle],
    origin_ns: int,
) -> tuple[Assist, ...]:
    """Every assist as an object, in order of its start; times count from `origin_ns`."""
    order = np.lexsort((assists.g, assists.start))
    starts = assists.start[order] - origin_ns
    stack_ids = assists.stack_id[order]
    rows = zip(
        starts.tolist(),
        assists.duration[order].tolist(),
        assists.running[order].tolist(),
        assists.g[order].tolist(),
        sites.classes(stack_ids),
        map(stacks.frames, stack_ids.tolist()),
        _cycle_numbers(starts, cycles),
        strict=True,
    )
    return tuple(Assist(*row) for row in rows)


def _by_site(
    sites: StackSites, stacks: Column, paid: tuple[Column, Column, Column]
) -> tuple[AssistSite, ...]:
    """The stacks put together by line and class; `paid` is count, total and maximum per stack."""
    places, frames = sites.lines(stacks)
    classes = (OTHER, MAP_OTHER, MAP_GROWTH)
    ranks = sites.is_map(stacks) + sites.is_growth(stacks).astype(np.int64)
    groups, members = np.unique(places * len(classes) + ranks, return_inverse=True)
    count, total, longest = (np.zeros(len(groups), dtype=np.int64) for _ in paid)
    np.add.at(count, members, paid[0])
    np.add.at(total, members, paid[1])
    np.maximum.at(longest, members, paid[2])
    found = [
        AssistSite(frame.function, frame.file, frame.line, classes[rank], *sums)
        for frame, rank, *sums in zip(
            (frames[group // len(classes)] for group in groups.tolist()),
            (groups % len(classes)).tolist(),
            count.tolist(),
            total.tolist(),
            longest.tolist(),
            strict=True,
        )
    ]
    found.sort(key=lambda one: (-one.total_ns, one.file, one.line, one.function, one.klass))
    return tuple(found)


def _cycle_numbers(starts: Column, cycles: Sequence[GcCycle]) -> list[int | None]:
    """Per assist, the number of the cycle that was marking when it began."""
    if not cycles:
        return [None] * len(starts)
    begins = np.array([one.start_ns for one in cycles], dtype=np.int64)
    found = np.searchsorted(begins, starts, side="right") - 1
    return [
        cycles[index].number if index >= 0 and start <= cycles[index].mark_end_ns else None
        for start, index in zip(starts.tolist(), found.tolist(), strict=True)
    ]
