from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from growwork.analysis.trace.intervals import overlap, place_within, sum_within

edges = st.lists(st.integers(0, 200), max_size=12, unique=True).map(sorted)


@given(edges, st.lists(st.tuples(st.integers(0, 200), st.integers(0, 9)), max_size=20))
def test_places_and_sums_agree_with_trying_each_interval(
    cuts: list[int], values: list[tuple[int, int]]
) -> None:
    intervals = list(zip(cuts[::2], cuts[1::2], strict=False))
    begins, ends = (np.array([one[i] for one in intervals], dtype=np.int64) for i in (0, 1))
    times, weights = (np.array([one[i] for one in values], dtype=np.int64) for i in (0, 1))
    expected = [
        next((i for i, (a, b) in enumerate(intervals) if a <= time <= b), -1) for time, _ in values
    ]
    assert place_within(begins, ends, times).tolist() == expected
    assert sum_within(begins, ends, times, weights).tolist() == [
        sum(weight for (_, weight), place in zip(values, expected, strict=True) if place == number)
        for number in range(len(intervals))
    ]


def test_overlap_is_what_two_intervals_share() -> None:
    begins, ends = np.array([0, 10, 40]), np.array([10, 30, 50])
    assert overlap(begins, ends, 5, 45).tolist() == [5, 20, 5]
    assert overlap(begins, ends, 60, 70).tolist() == [0, 0, 0]
