"""CPU samples of a trace attributed to map operations, and to the lines that asked for them.

A trace holds them when a CPU profile ran at the same time. A sample belongs to a map when map
code is at its leaf: growth when anything there only runs while a map grows, else the operation
of the outermost map function, which is the one the program called. Mark work that an allocation
inside map code pays counts as that map's, and apart. Marking in the background has no map
frames: it cannot be said which map it scans.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from growwork.analysis.trace.columns import Column, gather, integers
from growwork.analysis.trace.stack_sites import StackSites
from growwork.analysis.trace.types import CpuMapShare, CpuSite
from growwork.goruntime.map_operations import MapOperation, operation_of

__all__ = ["SampleColumns", "SampleScan", "map_share"]

_WORKER = "runtime.gcBgMarkWorker"  # runtime/mgc.go; its closures too
_ASSIST = "runtime.gcAssistAlloc"  # runtime/mgcmark.go; gcAssistAlloc1 too


@dataclass(frozen=True, slots=True)
class SampleColumns:
    """All CPU samples of a trace in order."""

    time: Column
    g: Column
    stack_id: Column

    def __len__(self) -> int:
        return len(self.time)


class SampleScan:
    """Collects the samples; a CPU profile takes a hundred per second and P."""

    def __init__(self) -> None:
        self._parts: list[tuple[Column, Column, Column]] = []

    def add(self, samples: pa.RecordBatch) -> None:
        """Take the samples of the next generation (`SAMPLES_SCHEMA`)."""
        if samples.num_rows:
            time, g, stack = (integers(samples, one).copy() for one in ("time", "g", "stack_id"))
            self._parts.append((time, g, stack))

    def columns(self) -> SampleColumns:
        """Every sample."""
        parts = self._parts
        return SampleColumns(*(gather([part[place] for part in parts]) for place in range(3)))


def map_share(samples: SampleColumns, sites: StackSites) -> CpuMapShare | None:
    """What the samples say about maps; None without samples."""
    if not len(samples):
        return None
    counts = np.bincount(samples.stack_id)
    stacks = np.flatnonzero(counts)
    counts = counts[stacks]
    growth, in_map = sites.is_growth(stacks), sites.is_map(stacks)
    marking = sites.has(stacks, lambda name: name.startswith(_WORKER))
    assist = sites.has(stacks, lambda name: name.startswith(_ASSIST))
    return CpuMapShare(
        samples=len(samples),
        map_samples=int(counts[in_map].sum()),
        growth_samples=int(counts[growth].sum()),
        assist_in_map_samples=int(counts[in_map & assist].sum()),
        marking_samples=int(counts[marking].sum()),
        by_site=_by_site(sites, stacks[in_map], counts[in_map], growth[in_map]),
    )


def _by_site(
    sites: StackSites, stacks: Column, counts: Column, growth: npt.NDArray[np.bool_]
) -> tuple[CpuSite, ...]:
    asked = sites.outermost(stacks, _asked_for)
    operations = np.where(growth, MapOperation.GROWTH, np.where(asked, asked, MapOperation.OTHER))
    places, frames = sites.lines(stacks)
    radix = len(MapOperation) + 1
    groups, members = np.unique(places * radix + operations, return_inverse=True)
    sums = np.zeros(len(groups), dtype=np.int64)
    np.add.at(sums, members, counts)
    found = [
        CpuSite(frame.function, frame.file, frame.line, MapOperation(group % radix).word, samples)
        for group, samples in zip(groups.tolist(), sums.tolist(), strict=True)
        for frame in (frames[group // radix],)
    ]
    found.sort(key=lambda one: (-one.samples, one.file, one.line, one.function, one.operation))
    return tuple(found)


def _asked_for(function: str) -> int:
    operation = operation_of(function)
    return 0 if operation in (None, MapOperation.OTHER, MapOperation.GROWTH) else int(operation)
