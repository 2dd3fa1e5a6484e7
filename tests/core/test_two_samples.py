"""Two samples: known answers, calibration where nothing differs, and clusters."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from scipy import stats

from growwork.core.statistics import ALPHA
from growwork.core.two_samples import Sample, TwoSamples, adjust_holm, compare_samples


def single(values: object) -> Sample:
    """Values that are independent."""
    array = np.asarray(values, dtype=np.float64)
    return Sample(array, np.ones(len(array)), None)


def in_clusters(groups: list[np.ndarray]) -> Sample:
    values = np.concatenate(groups)
    numbers = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    return Sample(values, np.ones(len(values)), numbers)


def test_superiority_is_the_share_of_pairs() -> None:
    result = compare_samples(single([1, 2, 3, 4]), single([2, 3, 9, 9]))

    # 16 pairs: 2 wins over 1 and ties 2, 3 wins two and ties one, each 9 wins four.
    assert result.superiority == pytest.approx((1.5 + 2.5 + 4 + 4) / 16)
    assert result.low < result.superiority < result.high


def test_superiority_is_u_over_pairs() -> None:
    generator = np.random.default_rng(3)
    before, after = generator.exponential(1, 300), generator.exponential(1.4, 200).round(1)

    result = compare_samples(single(before), single(after))

    u = stats.mannwhitneyu(after, before).statistic
    assert result.superiority == pytest.approx(u / (300 * 200))


def test_shift_is_hodges_and_lehmanns() -> None:
    generator = np.random.default_rng(4)
    before = generator.normal(100, 10, 400)
    after = generator.normal(107, 10, 300)

    result = compare_samples(single(before), single(after))

    exact = np.median(after[:, None] - before[None, :])
    assert result.shift == pytest.approx(exact, abs=0.01)
    assert result.p_value < 1e-6


def test_counts_are_repeated_values() -> None:
    values, counts = np.asarray([1.0, 5.0, 9.0]), np.asarray([50.0, 30.0, 20.0])
    other = single(np.arange(1, 12))

    short = compare_samples(other, Sample(values, counts, None))
    long = compare_samples(other, single(np.repeat(values, counts.astype(int))))

    assert astuple(short) == pytest.approx(astuple(long))


def test_without_clusters_the_variance_is_delongs() -> None:
    """One cluster per value and no clusters are the same."""
    generator = np.random.default_rng(5)
    before, after = generator.normal(0, 1, 60), generator.normal(0.5, 2, 40)

    plain = compare_samples(single(before), single(after))
    each = compare_samples(
        in_clusters([np.asarray([v]) for v in before]),
        in_clusters([np.asarray([v]) for v in after]),
    )

    assert plain == each


@pytest.mark.parametrize("sizes", [(8, 8), (40, 300), (1000, 1000)])
def test_null_is_rejected_no_more_often_than_stated(sizes: tuple[int, int]) -> None:
    generator = np.random.default_rng(6)
    runs = 400
    false = sum(
        compare_samples(
            single(generator.lognormal(0, 1.5, sizes[0])),
            single(generator.lognormal(0, 1.5, sizes[1])),
        ).p_value
        <= ALPHA
        for _ in range(runs)
    )

    # Three standard errors above 10 %: a test that is out of order fails, chance does not.
    assert false / runs <= ALPHA + 3 * (ALPHA * (1 - ALPHA) / runs) ** 0.5


def test_interval_covers_the_truth() -> None:
    """Two exponentials with rates 1 and 1/2: a value after is the greater one in 2 of 3 pairs."""
    generator = np.random.default_rng(7)
    runs = 300
    covered = 0
    for _ in range(runs):
        result = compare_samples(
            single(generator.exponential(1, 120)), single(generator.exponential(2, 120))
        )
        covered += result.low <= 2 / 3 <= result.high

    assert 0.85 <= covered / runs <= 0.95


def _drifting(generator: np.random.Generator, blocks: int, size: int) -> list[np.ndarray]:
    """Blocks of time, each slow or fast as a whole: what one run looks like."""
    levels = generator.normal(0, 1, blocks)
    return [level + generator.normal(0, 0.3, size) for level in levels]


def test_values_that_are_alike_are_no_evidence() -> None:
    """Taken for independent, two equal programs differ most of the time; in clusters, rarely."""
    generator = np.random.default_rng(8)
    runs, naive, clustered = 200, 0, 0
    for _ in range(runs):
        before, after = _drifting(generator, 20, 25), _drifting(generator, 20, 25)
        naive += (
            compare_samples(single(np.concatenate(before)), single(np.concatenate(after))).p_value
            <= ALPHA
        )
        clustered += compare_samples(in_clusters(before), in_clusters(after)).p_value <= ALPHA

    assert naive / runs > 0.5
    assert clustered / runs <= ALPHA + 3 * (ALPHA * (1 - ALPHA) / runs) ** 0.5


@pytest.mark.parametrize("clusters", [3, 5, 12])
def test_samples_that_do_not_overlap(clusters: int) -> None:
    """The surest difference there is; few clusters still keep it from being certain."""
    result = compare_samples(
        in_clusters([np.arange(10.0) for _ in range(clusters)]),
        in_clusters([np.arange(10.0) + 100 for _ in range(clusters)]),
    )

    assert result.superiority == 1
    assert 0.56 < result.low < 1
    assert 0 < result.p_value < {3: 0.05, 5: 0.005, 12: 1e-6}[clusters]


def test_equal_constants_are_no_difference() -> None:
    result = compare_samples(single([7] * 30), single([7] * 30))

    assert (result.superiority, result.shift) == (0.5, 0)
    assert result.p_value == 1


def test_huge_samples_are_quick_and_the_same_each_time() -> None:
    values = np.geomspace(100, 1e9, 200)
    counts = np.full(200, 10_000.0)

    def run() -> TwoSamples:
        return compare_samples(Sample(values, counts, None), Sample(values * 1.2, counts, None))

    assert run() == run()
    assert run().p_value < 1e-6


def test_one_cluster_is_refused() -> None:
    with pytest.raises(ValueError, match="two clusters on each side"):
        compare_samples(in_clusters([np.arange(9.0)]), single([1, 2, 3]))


def test_holm() -> None:
    # Holm 1979 on four tests: 0.005*4, 0.01*3, then 0.03*2, and 0.04 held up by its forerunner.
    assert adjust_holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert adjust_holm([0.9, 0.5]) == (1.0, 1.0)
    assert adjust_holm([]) == ()
