from __future__ import annotations

import numpy as np

from growwork.analysis.trace.procs import ProcsTimeline


def timeline(*parts: tuple[list[int], list[int]]) -> ProcsTimeline:
    procs = ProcsTimeline()
    for times, values in parts:
        procs.add(np.array(times, dtype=np.int64), np.array(values, dtype=np.int64))
    return procs


def test_p_time_follows_the_changes_over_generations() -> None:
    procs = timeline(([100, 110, 150], [4, 4, 2]), ([], []), ([200, 300], [2, 8]))
    assert procs.within(np.array([100, 140, 290]), np.array([400, 160, 310])).tolist() == [
        50 * 4 + 150 * 2 + 100 * 8,
        10 * 4 + 10 * 2,
        10 * 2 + 10 * 8,
    ]
    assert procs.at(np.array([50, 100, 149, 150, 299, 1000])).tolist() == [4, 4, 4, 2, 2, 8]


def test_before_the_first_value_that_one_counts() -> None:
    assert timeline(([100], [4])).within(np.array([90]), np.array([110])).tolist() == [80]


def test_without_a_value_there_is_no_p_time() -> None:
    assert timeline().within(np.array([0]), np.array([9])).tolist() == [0]
    assert timeline().at(np.array([0])).tolist() == [0]
