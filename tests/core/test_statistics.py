"""Statistics on data with known answers, and on data without any difference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growwork.core.statistics import (
    ALPHA,
    isotonic_poisson,
    median,
    merge_weak_steps,
    percentile_interval,
    quantile,
    summarise_pairs,
    wilcoxon_p_value,
)


def test_median_and_quantile() -> None:
    assert median([3, 1, 2]) == 2
    assert quantile([0, 10], 0.95) == pytest.approx(9.5)
    with pytest.raises(ValueError, match="no values"):
        median([])


def test_percentile_interval_takes_replicates() -> None:
    samples = np.asarray([8.0] * 10 + [16.0] * 80 + [32.0] * 10)
    assert percentile_interval(samples) == (8.0, 32.0)
    assert percentile_interval(np.asarray([16.0] * 99 + [32.0])) == (16.0, 16.0)


def test_isotonic_pools_violators_by_counts_over_exposures() -> None:
    fit = isotonic_poisson(np.asarray([1.0, 30.0, 10.0]), np.asarray([0.1, 1.0, 1.0]))
    assert fit == pytest.approx([31 / 1.1, 31 / 1.1, 10.0])


def test_isotonic_keeps_a_falling_chain() -> None:
    counts = np.asarray([400.0, 100.0, 100.0, 3.0, 0.0])
    assert isotonic_poisson(counts, np.ones(5)) == pytest.approx(counts)


def test_isotonic_refuses_no_exposure() -> None:
    with pytest.raises(ValueError, match="positive"):
        isotonic_poisson(np.asarray([1.0]), np.asarray([0.0]))


_cells = st.lists(st.tuples(st.integers(0, 500), st.floats(1e-4, 1.0)), min_size=1, max_size=12)


@given(_cells)
def test_isotonic_is_a_maximum_of_the_likelihood(cells: list[tuple[int, float]]) -> None:
    counts = np.asarray([c for c, _ in cells], dtype=np.float64)
    exposures = np.asarray([e for _, e in cells])
    fit = isotonic_poisson(counts, exposures)
    assert np.all(np.diff(fit) <= 1e-9 * (1 + fit[:-1]))
    assert float(fit @ exposures) == pytest.approx(float(counts.sum()), abs=1e-6)
    best = _log_likelihood(fit, counts, exposures)
    generator = np.random.default_rng(0)
    for _ in range(20):  # no non-increasing chain is likelier
        other = np.sort(fit * generator.uniform(0.7, 1.4, len(fit)))[::-1]
        assert _log_likelihood(other, counts, exposures) <= best + 1e-6 * abs(best) + 1e-6


@given(_cells)
def test_isotonic_leaves_its_own_result_alone(cells: list[tuple[int, float]]) -> None:
    counts = np.asarray([c for c, _ in cells], dtype=np.float64)
    exposures = np.asarray([e for _, e in cells])
    fit = isotonic_poisson(counts, exposures)
    assert isotonic_poisson(fit * exposures, exposures) == pytest.approx(fit, rel=1e-6, abs=1e-9)


def test_weak_steps_are_levelled() -> None:
    counts = np.asarray([1.0, 30.0, 28.0])
    exposures = np.asarray([0.0005, 0.1, 0.1])  # one stray count stands for 2000
    fit = isotonic_poisson(counts, exposures)
    assert fit[0] == pytest.approx(2000)
    level = merge_weak_steps(fit, counts, exposures, 3.84)
    assert level == pytest.approx([59 / 0.2005] * 3)


def test_strong_steps_stay() -> None:
    counts = np.asarray([20.0, 30.0])
    exposures = np.asarray([0.005, 0.1])
    fit = isotonic_poisson(counts, exposures)
    assert merge_weak_steps(fit, counts, exposures, 3.84) == pytest.approx([4000, 300])


def test_counted_steps_stay_however_small() -> None:
    counts = np.asarray([400.0, 399.0, 398.0])
    fit = isotonic_poisson(counts, np.ones(3))
    assert merge_weak_steps(fit, counts, np.ones(3), 3.84) == pytest.approx(counts)


@given(_cells)
def test_levelling_keeps_the_total_and_the_order(cells: list[tuple[int, float]]) -> None:
    counts = np.asarray([c for c, _ in cells], dtype=np.float64)
    exposures = np.asarray([e for _, e in cells])
    level = merge_weak_steps(isotonic_poisson(counts, exposures), counts, exposures, 3.84)
    assert np.all(np.diff(level) <= 1e-9 * (1 + level[:-1]))
    assert float(level @ exposures) == pytest.approx(float(counts.sum()), abs=1e-6)


def _log_likelihood(
    rates: np.ndarray[tuple[int], np.dtype[np.float64]],
    counts: np.ndarray[tuple[int], np.dtype[np.float64]],
    exposures: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> float:
    mean = np.maximum(rates * exposures, 1e-300)
    return float(np.sum(counts * np.log(mean) - mean))


def test_wilcoxon_against_tabled_values() -> None:
    assert wilcoxon_p_value([1, 2, 3, 4, 5]) == pytest.approx(2 / 32)
    assert wilcoxon_p_value([-1, 2, 3, 4, 5, 6]) == pytest.approx(4 / 64)
    assert wilcoxon_p_value([1, -1]) == 1.0
    assert wilcoxon_p_value([0, 0, 0]) == 1.0
    # n = 10, W = 8 has the tabled one-sided probability 0.0244.
    differences = [-1, -7, *[d for d in range(1, 11) if d not in (1, 7)]]
    assert wilcoxon_p_value(differences) == pytest.approx(2 * 0.0244, abs=2e-4)


def test_pairs_that_halve() -> None:
    result = summarise_pairs([100, 110, 90, 105, 95], [50, 56, 44, 52, 48])
    assert result.moved
    low, ratio, high = result.ratio_low, result.ratio, result.ratio_high
    assert low is not None
    assert ratio is not None
    assert high is not None
    assert 0.48 < low <= ratio <= high < 0.52
    assert result.range_before == (90.0, 110.0)
    assert result.median_after == 50


def test_no_difference_is_reported_as_none() -> None:
    same = [3.0, 4.0, 5.0, 6.0, 7.0]
    assert not summarise_pairs(same, same).moved


def test_null_runs_move_no_more_often_than_the_level() -> None:
    generator = np.random.default_rng(7)
    false_alarms = 0
    for _ in range(400):
        runs = generator.normal(100, 10, size=(2, 7))
        false_alarms += summarise_pairs(runs[0].tolist(), runs[1].tolist()).moved
    assert false_alarms / 400 <= ALPHA + 0.03


def test_too_few_pairs_say_so() -> None:
    result = summarise_pairs([10, 10, 10], [1, 1, 1])
    assert not result.moved
    assert "too few" in result.notes[0]


def test_zero_before_has_no_ratio() -> None:
    result = summarise_pairs([0, 0, 0, 0, 0], [1, 2, 3, 4, 5])
    assert result.ratio is None
    assert result.moved
    assert summarise_pairs([0.0] * 5, [0.0] * 5).ratio == 1.0


def test_pairs_must_match() -> None:
    with pytest.raises(ValueError, match="2 and 1"):
        summarise_pairs([1, 2], [1])
