"""What each generation added to the latencies."""

from __future__ import annotations

import pyarrow as pa

from growwork.analysis.trace.latency_steps import LatencySteps
from growwork.formats.gotrace import HISTOGRAMS_SCHEMA

TEXTS = ["", "sync"]


def sums(*rows: tuple[int, int, int, int]) -> pa.Table:
    """Histogram rows of (state, reason, upper bound, count)."""
    return pa.Table.from_pylist(
        [
            {"state": state, "cause": 0, "reason_id": reason, "bucket": 0, "low_ns": high // 2,
             "high_ns": high, "count": count}
            for state, reason, high, count in rows
        ],
        schema=HISTOGRAMS_SCHEMA,
    )  # fmt: skip


def test_steps_are_what_was_added() -> None:
    steps = LatencySteps()
    steps.add(sums((1, 0, 8, 5), (1, 0, 32, 1)), TEXTS)
    steps.add(sums((1, 0, 8, 5), (1, 0, 16, 2), (1, 0, 32, 4), (4, 1, 64, 1)), TEXTS)
    steps.add(sums((1, 0, 8, 6), (1, 0, 16, 2), (1, 0, 32, 4), (4, 1, 64, 1)), TEXTS)

    found = [
        {kind: list(zip(*map(list, buckets), strict=True)) for kind, buckets in one.items()}
        for one in steps.generations()
    ]
    assert found == [
        {"runnable": [(8, 5), (32, 1)]},
        {"runnable": [(16, 2), (32, 3)], "lock": [(64, 1)]},
        {"runnable": [(8, 1)]},
    ]


def test_nothing_added_is_an_empty_generation() -> None:
    steps = LatencySteps()
    steps.add(sums((1, 0, 8, 5)), TEXTS)
    steps.add(sums((1, 0, 8, 5)), TEXTS)

    assert steps.generations()[1] == {}
