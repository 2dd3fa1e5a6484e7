"""Mark assists of one goroutine that follow each other so closely that they are one loss.

Growing a classic map is one huge allocation and one long assist. A Swiss map grows table by
table, and pays with hundreds of short assists, a few microseconds apart. Two assists of a GC
cycle belong together when the gap between them is no longer than they are themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from growwork.analysis.trace.assists import AssistColumns
from growwork.analysis.trace.columns import Column, RangeColumns
from growwork.analysis.trace.stack_sites import StackSites

__all__ = ["Bursts", "find_bursts"]

_DENSE = 1 << 16  # goroutine numbers below sort in linear time


@dataclass(frozen=True, slots=True)
class Bursts:
    """Bursts of assists, one assist at least; all columns have the same length."""

    start: Column
    end: Column
    lost: Column  # time in assists
    count: Column  # assists
    g: Column
    stack_id: Column  # of the longest assist of those that decide the class
    is_growth: npt.NDArray[np.bool_]  # at least half of the time was paid in map growth

    def __len__(self) -> int:
        return len(self.start)


def find_bursts(assists: AssistColumns, cycles: RangeColumns, sites: StackSites) -> Bursts:
    """All bursts, in order of goroutine and time."""
    order = _by_goroutine(assists.g)
    g, start, duration = assists.g[order], assists.start[order], assists.duration[order]
    stack_id = assists.stack_id[order]
    # Assists of a goroutine do not overlap, so the order of their ends is that of their starts.
    gap = start[1:] - (start + duration)[:-1]
    cycle = np.searchsorted(cycles.start, start, side="right")
    linked = (g[1:] == g[:-1]) & (cycle[1:] == cycle[:-1])
    linked &= gap <= duration[1:] + duration[:-1]
    first = np.flatnonzero(np.concatenate(([True], ~linked)))[: len(order)]
    last = np.append(first[1:], len(order))[: len(first)] - 1
    growth = np.where(sites.is_growth(stack_id), duration, 0)
    lost, grown = _sums(duration, first), _sums(growth, first)
    is_growth = (2 * grown >= lost) & (grown > 0)
    deciding = np.where(np.repeat(is_growth, last - first + 1), growth, duration)
    return Bursts(
        start=start[first],
        end=(start + duration)[last],
        lost=lost,
        count=last - first + 1,
        g=g[first],
        stack_id=stack_id[_longest(deciding, first)].astype(np.int64),
        is_growth=is_growth,
    )


def _by_goroutine(g: Column) -> npt.NDArray[np.intp]:
    base = int(g.min(initial=0))
    if int(g.max(initial=0)) - base < _DENSE:
        return np.argsort((g - base).astype(np.uint16), kind="stable")
    return np.argsort(g, kind="stable")


def _sums(values: Column, first: Column) -> Column:
    return np.add.reduceat(values, first) if len(first) else values


def _longest(values: Column, first: Column) -> Column:
    """The place of the first greatest value of each part."""
    if not len(first):
        return first
    lengths = np.diff(first, append=len(values))
    greatest = np.flatnonzero(values == np.repeat(np.maximum.reduceat(values, first), lengths))
    found: Column = greatest[np.searchsorted(greatest, first)]
    return found
