"""Runs of the background mark workers: P time per kind of worker and GC cycle, preemptions.

A quarter of the Ps marks with dedicated workers, a fractional worker makes up the rest, and Ps
without other work run idle ones. A worker's run ends when its goroutine leaves the thread.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from growwork.analysis.trace.columns import Column, RangeColumns, concatenate
from growwork.analysis.trace.intervals import sum_within
from growwork.formats.gotrace import EventType

__all__ = ["DEDICATED", "FRACTIONAL", "IDLE", "WorkerRuns", "WorkerScan"]

DEDICATED = "GC (dedicated)"
FRACTIONAL = "GC (fractional)"
IDLE = "GC (idle)"

_LONGEST = 512  # runs kept of each generation, to explain spikes with


@dataclass(frozen=True, slots=True)
class WorkerRuns:
    """The runs of one kind of worker."""

    total_ns: int
    preemptions: int
    by_cycle: Column  # ns per cycle


class WorkerScan:
    """Sums the runs by label, generation by generation; keeps the longest."""

    def __init__(self) -> None:
        self._totals: dict[int, int] = defaultdict(int)
        self._preemptions: dict[int, int] = defaultdict(int)
        self._by_cycle: dict[int, list[tuple[int, Column]]] = defaultdict(list)
        self._cycles = 0
        self._pending: list[RangeColumns] = []
        self._longest: list[RangeColumns] = []
        self._goroutines: set[int] = set()

    def add(self, runs: RangeColumns, cycles: RangeColumns) -> None:
        """Take the runs and the cycles that ended in the next generation."""
        if len(runs):
            self._sum(runs)
            self._pending.append(runs)
        if len(cycles):
            self._assign(cycles)

    @property
    def goroutines(self) -> Column:
        """The goroutines of the workers."""
        return np.array(sorted(self._goroutines), dtype=np.int64)

    @property
    def longest(self) -> RangeColumns:
        """The longest runs of each generation."""
        return concatenate(self._longest)

    def runs(self, label: str, texts: Sequence[str]) -> WorkerRuns:
        """What all workers of one kind did."""
        ids = [number for number in self._totals if texts[number] == label]
        by_cycle = np.zeros(self._cycles, dtype=np.int64)
        for first, sums in (part for number in ids for part in self._by_cycle[number]):
            by_cycle[first : first + len(sums)] += sums
        return WorkerRuns(
            sum(self._totals[number] for number in ids),
            sum(self._preemptions[number] for number in ids),
            by_cycle,
        )

    def _sum(self, runs: RangeColumns) -> None:
        lengths = runs.end - runs.start
        self._goroutines.update(np.unique(runs.g).tolist())
        for label in np.unique(runs.text_id).tolist():
            mine = runs.text_id == label
            self._totals[label] += int(lengths[mine].sum())
            stops = runs.arg0[mine] == EventType.GO_STOP
            self._preemptions[label] += int(np.count_nonzero(stops))
        kept = np.arange(len(runs))
        if len(runs) > _LONGEST:
            kept = np.sort(np.argpartition(lengths, -_LONGEST)[-_LONGEST:])
        self._longest.append(runs.at(kept))

    def _assign(self, cycles: RangeColumns) -> None:
        """Runs lie within a cycle, and come before its row or with it."""
        pending = concatenate(self._pending)
        for label in np.unique(pending.text_id).tolist():
            mine = pending.at(np.flatnonzero(pending.text_id == label))
            sums = sum_within(cycles.start, cycles.end, mine.start, mine.end - mine.start)
            self._by_cycle[label].append((self._cycles, sums))
        self._cycles += len(cycles)
        later = np.flatnonzero(pending.start > cycles.end[-1])
        self._pending = [pending.at(later)] if len(later) else []
