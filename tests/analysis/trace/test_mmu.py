from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growwork.analysis.trace import mmu
from growwork.analysis.trace.mmu import WINDOWS_NS, MmuScan

Step = tuple[int, int, int]  # time, gc_procs, procs


def scan(parts: list[list[Step]], end_ns: int, windows: tuple[int, ...]) -> dict[int, float]:
    found = MmuScan(windows)
    for part in parts:
        columns = [np.array([row[i] for row in part], dtype=np.int64) for i in range(3)]
        found.add(*columns)
    return {one.window_ns: one.utilization for one in found.points(end_ns)}


def brute_force(steps: list[Step], end_ns: int, window: int) -> Fraction:
    """The minimum over all windows, by trying every one that begins or ends at a step."""
    first = steps[0][0]

    def mutator(begin: int, end: int) -> Fraction:
        total = Fraction(0)
        for (at, busy, procs), after in zip(steps, [*steps[1:], (end_ns, 0, 1)], strict=True):
            shared = min(end, after[0]) - max(begin, at)
            total += max(0, shared) * (1 - Fraction(busy, procs))
        return total

    edges = [time for time, _, _ in steps]
    starts = {*edges, *(time - window for time in edges), first, end_ns - window}
    fitting = [start for start in starts if first <= start <= end_ns - window]
    return min(mutator(start, start + window) for start in fitting) / window


@st.composite
def step_functions(draw: st.DrawFn) -> list[Step]:
    lengths = draw(st.lists(st.integers(1, 30), min_size=1, max_size=40))
    times = np.cumsum([draw(st.integers(0, 50)), *lengths[:-1]]).tolist()
    procs = draw(st.integers(1, 4))
    return [(time, draw(st.integers(0, procs)), procs) for time in times]


@given(steps=step_functions(), tail=st.integers(0, 40), data=st.data())
@settings(max_examples=300, deadline=None)
def test_it_is_the_minimum_over_all_windows(
    steps: list[Step], tail: int, data: st.DataObject
) -> None:
    end_ns = steps[-1][0] + tail
    windows = (1, 2, 3, 7, 20, 55, 400)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(steps)), max_size=4)))
    parts = [steps[a:b] for a, b in zip([0, *cuts], [*cuts, len(steps)], strict=True)]
    # Few steps are tried one by one; small limits make the cells and the carried past matter.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mmu, "_HELD", data.draw(st.sampled_from((1, 5, 1000))))
        patch.setattr(mmu, "_FEW", data.draw(st.sampled_from((0, 4, 1000))))
        found = scan(parts, end_ns, windows)
    fitting = [window for window in windows if window <= end_ns - steps[0][0]]
    assert sorted(found) == fitting
    for window in fitting:
        expected = brute_force(steps, end_ns, window)
        assert found[window] == pytest.approx(float(expected), abs=1e-12)
        assert (found[window] == 0) == (expected == 0)


def test_a_million_steps_over_generations_agree_with_trying_every_step() -> None:
    chance = np.random.default_rng(3)
    count = 200_000
    time = np.cumsum(chance.integers(100, 9_000, count))
    busy = chance.integers(0, 4, count)
    total = np.concatenate(([0], np.cumsum((4 - busy[:-1]) * np.diff(time)))) / 4

    def until(times: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        values: npt.NDArray[np.float64] = np.interp(times, time, total)
        return values

    found = MmuScan()
    for part in np.array_split(np.arange(count), 7):
        found.add(time[part], busy[part], np.full(len(part), 4))
    points = found.points(int(time[-1]))
    assert [point.window_ns for point in points] == [
        w for w in WINDOWS_NS if w <= time[-1] - time[0]
    ]
    for point in points[::3]:
        window = point.window_ns
        starts = np.concatenate((time, time - window))
        starts = starts[(starts >= time[0]) & (starts + window <= time[-1])]
        least = (until(starts + window) - until(starts)).min() / window
        assert point.utilization == pytest.approx(least, rel=1e-9)


def test_windows_longer_than_the_trace_are_left_out() -> None:
    assert scan([[(0, 1, 4)]], 5_000, (1_000, 5_000, 5_001)) == {1_000: 0.75, 5_000: 0.75}


def test_a_pause_as_long_as_the_window_leaves_nothing() -> None:
    found = scan([[(0, 0, 2), (100, 2, 2), (150, 2, 2)], [(160, 0, 2)]], 1_000, (60, 61, 120))
    assert found == {60: 0.0, 61: pytest.approx(1 / 61), 120: 0.5}


def test_without_steps_there_is_nothing_to_say() -> None:
    assert scan([[]], 1_000, (1,)) == {}
