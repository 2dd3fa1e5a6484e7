from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from growwork.analysis.trace.quantiles import quantiles_of, quantiles_of_counts
from growwork.analysis.trace.types import Quantiles


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=2000))
def test_a_quantile_is_the_least_value_that_so_many_do_not_exceed(values: list[int]) -> None:
    found = quantiles_of(np.array(values, dtype=np.int64))
    ordered = sorted(values)
    expected = [ordered[math.ceil(len(values) * r / 1000) - 1] for r in (500, 900, 990, 999)]
    assert [found.p50_ns, found.p90_ns, found.p99_ns, found.p999_ns] == expected
    assert found.max_ns == ordered[-1]


def test_counted_durations_give_the_bound_of_their_bucket_but_no_more_than_the_maximum() -> None:
    bounds, counts = np.array([10, 20, 40]), np.array([50, 49, 1])
    assert quantiles_of_counts(bounds, counts, 33) == Quantiles(10, 20, 20, 33, 33)


def test_nothing_measured_is_all_zero() -> None:
    none = np.empty(0, dtype=np.int64)
    assert quantiles_of(none) == Quantiles(0, 0, 0, 0, 0)
    assert quantiles_of_counts(none, none, 0) == Quantiles(0, 0, 0, 0, 0)
