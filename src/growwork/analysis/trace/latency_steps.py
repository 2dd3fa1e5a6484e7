"""Latencies generation by generation, from histograms that only grow.

A scan sums the latencies of a whole trace. A comparison wants to know how they vary within it,
so the sums after each generation are taken, and what one adds to the one before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from growwork.analysis.trace.latencies import Buckets, state_buckets

__all__ = ["LatencySteps"]


class LatencySteps:
    """Takes the sums after each generation, gives what each generation added."""

    def __init__(self) -> None:
        self._last: Mapping[str, Buckets] = {}
        self._steps: list[dict[str, Buckets]] = []

    def add(self, histograms: pa.Table, texts: Sequence[str]) -> None:
        """Take the sums (`HISTOGRAMS_SCHEMA`) of all generations so far."""
        sums = state_buckets(histograms, texts)
        steps = {kind: _less(sums[kind], self._last.get(kind)) for kind in sums}
        self._steps.append({kind: step for kind, step in steps.items() if len(step[0])})
        self._last = sums

    def generations(self) -> tuple[dict[str, Buckets], ...]:
        """Per generation and kind the upper bounds in ns and the counts; no count is 0."""
        return tuple(self._steps)


def _less(now: Buckets, before: Buckets | None) -> Buckets:
    bounds, counts = now[0], now[1].copy()
    if before is not None:
        np.subtract.at(counts, np.searchsorted(bounds, before[0]), before[1])
    return bounds[counts > 0], counts[counts > 0]
