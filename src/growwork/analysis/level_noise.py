"""Size distributions without the small maps that are only sampling noise.

Small arrays are rarely sampled: at one sample per 64 KiB the first array of a map is in the
profile once in 300 times. How many maps a site made is therefore rough, and the surplus of the
estimate appears as maps that ended small. That does no harm in a table, but it would refuse a
good constant, or make it look wasteful. Here a map counts as having ended at a small level only
when two sampled levels show it: more arrays of the one than of the next, by more than chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

from growwork.analysis.types import CapacityLevel, SiteCapacities

__all__ = ["discount_noise"]

_STANDARD_ERRORS = 2.0


def discount_noise(
    known: SiteCapacities, *, standard_errors: float = _STANDARD_ERRORS
) -> SiteCapacities:
    """The capacities with only those maps below the P95 class that are beyond doubt.

    Levels, quantiles and number of maps are those of what is left; bytes and samples stay.
    """
    if known.maps.low == known.maps.high:
        return known  # everything was counted
    levels = _without_noise(known.levels, known.p95, standard_errors)
    total = sum(level.final for level in levels)
    if total <= 0:
        return known
    return replace(
        known,
        levels=levels,
        maps=replace(known.maps, value=total, low=min(known.maps.low, total)),
        p50=_quantile(levels, 0.50 * total),
        p90=_quantile(levels, 0.90 * total),
        p95=_quantile(levels, 0.95 * total),
        p99=_quantile(levels, 0.99 * total),
    )


def _without_noise(
    levels: Sequence[CapacityLevel], p95: int, standard_errors: float
) -> tuple[CapacityLevel, ...]:
    reached = [sum(level.final for level in levels[i:]) for i in range(len(levels))]
    result = list(levels)
    sure = 0.0  # maps that surely ended at a level so far
    for i, level in enumerate(levels[:-1]):
        if level.slots >= p95 or levels[i + 1].sampled == 0:
            break  # beyond one Swiss table levels are inferred, not sampled
        beyond = max(
            reached[j] - reached[i + 1] - standard_errors * _error(levels[j], levels[i + 1])
            for j in range(i + 1)
        )
        ended = max(sure, beyond)
        result[i] = replace(level, final=ended - sure)
        sure = ended
    return tuple(result)


def _error(one: CapacityLevel, other: CapacityLevel) -> float:
    """Standard error of the difference between the numbers of arrays of two levels."""
    return sqrt(sum(level.allocated**2 / max(level.sampled, 1) for level in (one, other)))


def _quantile(levels: Sequence[CapacityLevel], count: float) -> int:
    within = 0.0
    for level in levels:
        within += level.final
        if within >= count * (1 - 1e-9):
            return level.slots
    return levels[-1].slots
