"""Before and after: what counts as moved."""

from __future__ import annotations

import pytest

from growwork.analysis.comparison import compare
from growwork.core.errors import UsageError

NOISE = (0.98, 1.01, 1.0, 1.02, 0.99)


def test_a_halving_moves() -> None:
    metric = compare("bytes", "B", [1000 * x for x in NOISE], [500 * x for x in NOISE[::-1]])

    assert metric.moved
    assert metric.median_before == 1000
    assert (metric.before_low, metric.before_high) == (980, 1020)
    assert metric.ratio is not None
    assert metric.ratio_low is not None
    assert metric.ratio_high is not None
    assert abs(metric.ratio - 0.5) < 0.02
    assert metric.ratio_low <= metric.ratio <= metric.ratio_high < 1
    assert metric.note == ""


def test_noise_alone_does_not_move() -> None:
    metric = compare("bytes", "B", [1000 * x for x in NOISE], [1000 * x for x in NOISE[::-1]])

    assert not metric.moved


def test_zero_throughout_has_no_ratio() -> None:
    metric = compare("assist", "ns", [0.0] * 5, [0.0] * 5)

    assert not metric.moved
    assert metric.ratio is None
    assert metric.note == "zero in every run"


def test_from_nothing_to_something_moves_without_a_ratio() -> None:
    metric = compare("growths", "count", [0.0] * 5, [3.0, 4.0, 5.0, 6.0, 7.0])

    assert metric.moved
    assert metric.ratio is None
    assert "a value before the change is 0" in metric.note


def test_too_few_pairs_give_no_verdict() -> None:
    metric = compare("bytes", "B", [100.0, 101.0], [50.0, 51.0])

    assert not metric.moved
    assert "too few" in metric.note


@pytest.mark.parametrize(
    ("unit", "before", "after", "words"),
    [
        ("B", [1.0], [1.0, 2.0], "1 values before and 2 after"),
        ("B", [], [], "0 values before and 0 after"),
        ("MB", [1.0], [1.0], "unit 'MB'"),
    ],
)
def test_bad_input_is_named(unit: str, before: list[float], after: list[float], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        compare("bytes", unit, before, after)
