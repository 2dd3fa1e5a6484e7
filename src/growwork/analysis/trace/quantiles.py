"""Quantiles of durations: exact from all of them, bounded from counts in buckets."""

from __future__ import annotations

import numpy as np

from growwork.analysis.trace.columns import Column
from growwork.analysis.trace.types import Quantiles

__all__ = ["quantiles_of", "quantiles_of_counts"]

_RANKS = (0.5, 0.9, 0.99, 0.999)


def quantiles_of(durations: Column) -> Quantiles:
    """The least durations that this share of all does not exceed; zeros for none."""
    if not len(durations):
        return Quantiles(0, 0, 0, 0, 0)
    places = _places(len(durations))
    ordered = np.partition(durations, [*places, len(durations) - 1])
    p50, p90, p99, p999 = ordered[places].tolist()
    return Quantiles(p50, p90, p99, p999, int(ordered[-1]))


def quantiles_of_counts(bounds: Column, counts: Column, max_ns: int) -> Quantiles:
    """The same of durations counted in buckets: the bound of the bucket, `max_ns` at most."""
    total = int(counts.sum())
    if not total:
        return Quantiles(0, 0, 0, 0, max_ns)
    reached = np.cumsum(counts)
    found = bounds[np.searchsorted(reached, np.array(_places(total)), side="right")]
    p50, p90, p99, p999 = np.minimum(found, max_ns).tolist()
    return Quantiles(p50, p90, p99, p999, max_ns)


def _places(count: int) -> list[int]:
    """Where the quantiles are in the sorted durations."""
    return [max(0, -int(-rank * count // 1) - 1) for rank in _RANKS]
