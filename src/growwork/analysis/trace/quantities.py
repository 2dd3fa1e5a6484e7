"""The quantities of traces that can be compared, and where each is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from growwork.core.units import format_duration

if TYPE_CHECKING:
    import numpy.typing as npt

    from growwork.analysis.trace.columns import Column
    from growwork.analysis.trace.latencies import Buckets
    from growwork.analysis.trace.scores import TraceSamples
    from growwork.analysis.trace.types import MmuPoint

__all__ = ["NONE", "Source", "TraceSide", "Values", "sources_of"]

NONE: Column = np.zeros(0, dtype=np.int64)

_MMU_WINDOWS_NS = (1_000_000, 10_000_000, 100_000_000)

# Waits that a program chose: how long they are is no latency.
_IDLE = frozenset({"coroutine", "forever", "other wait", "runtime", "sleep", "synctest"})


@dataclass(frozen=True, slots=True)
class TraceSide:
    """The traces of one side and what they hold; all have the same length."""

    names: tuple[str, ...]
    samples: tuple[TraceSamples, ...]
    latencies: tuple[tuple[dict[str, Buckets], ...], ...]  # of each trace, per generation
    mmu: tuple[tuple[MmuPoint, ...], ...]  # of each trace


@dataclass(frozen=True, slots=True)
class Values:
    """One quantity in one trace, in order of time."""

    values: Column | npt.NDArray[np.float64]
    counts: Column | None = None  # None: each value is one
    stretches: Column | None = None  # which stretch of time a value is of, from 0


@dataclass(frozen=True, slots=True)
class Source:
    """Where a quantity is found in a trace."""

    name: str
    unit: str
    of: Callable[[TraceSide, int], Values]  # in the trace of this number
    is_event: bool = True


def sources_of(*sides: TraceSide) -> list[Source]:
    """What any of the sides has, in a fixed order."""
    samples = [one for side in sides for one in side.samples]
    kinds = sorted({kind for one in samples for kind in one.pauses_by_kind})
    states = sorted({state for one in samples for state in one.histograms} - _IDLE)
    return [
        *(Source(f"pause: {kind}", "ns", _pauses(kind)) for kind in kinds),
        Source("time to stop the world", "ns", lambda side, n: Values(side.samples[n].stopping)),
        Source("GC cycle", "ns", lambda side, n: Values(side.samples[n].cycles)),
        Source("mark assist", "ns", lambda side, n: Values(side.samples[n].assists)),
        Source("mark assist in map growth", "ns", _growth_assists),
        Source("mark assist per second", "ns", _assist_rate, is_event=False),
        *(Source(f"latency: {state}", "ns", _latencies(state)) for state in states),
        *(
            Source(f"MMU, {format_duration(window)}", "ratio", _utilization(window), is_event=False)
            for window in _MMU_WINDOWS_NS
        ),
    ]


def _pauses(kind: str) -> Callable[[TraceSide, int], Values]:
    return lambda side, n: Values(side.samples[n].pauses_by_kind.get(kind, NONE))


def _growth_assists(side: TraceSide, number: int) -> Values:
    return Values(side.samples[number].assist_growth)


def _assist_rate(side: TraceSide, number: int) -> Values:
    return Values(side.samples[number].assist_ns_per_second)


def _latencies(state: str) -> Callable[[TraceSide, int], Values]:
    def of(side: TraceSide, number: int) -> Values:
        found = [one[state] for one in side.latencies[number] if state in one]
        if len(found) < 2:  # all in one generation, or not known by generation
            return Values(*side.samples[number].histograms.get(state, (NONE, NONE)))
        bounds, counts = zip(*found, strict=True)
        stretches = np.repeat(np.arange(len(found)), [len(one) for one in bounds])
        return Values(np.concatenate(bounds), np.concatenate(counts), stretches)

    return of


def _utilization(window_ns: int) -> Callable[[TraceSide, int], Values]:
    def of(side: TraceSide, number: int) -> Values:
        points = side.mmu[number]
        found = [point.utilization for point in points if point.window_ns == window_ns]
        return Values(np.asarray(found, dtype=np.float64))

    return of
