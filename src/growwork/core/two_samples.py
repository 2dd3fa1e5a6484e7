"""Two independent samples that are no pairs: is one of them larger, by how much, how surely?

The effect is the **probability of superiority**: how often a value after exceeds a value
before, ties counted half. 0.5 is no effect; it needs no assumption about the distributions, and
outliers weigh as much as any other value.

Values measured one after the other in one run are alike (a slow second has many slow pauses), so
a test that takes them for independent finds differences between two runs of the same program.
Values therefore belong to **clusters** (a run, or a stretch of time within one), and the interval
comes from how much the clusters differ: Obuchowski 1997, *Nonparametric analysis of clustered ROC
curve data*, which with one value per cluster is DeLong 1988. The p-value is that of this interval
or of the Mann–Whitney U test, whichever is greater.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from growwork.core.statistics import INTERVAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["Sample", "TwoSamples", "adjust_holm", "compare_samples"]

_SHIFT_POINTS = 400  # of each side in the pairwise differences; more changes no digit shown
_MOST_RANKED = 200_000  # values per side that the U test ranks; above, the normal form is exact


@dataclass(frozen=True, slots=True)
class Sample:
    """One side: values, how often each occurred, and the cluster each belongs to.

    The arrays have the same length; `clusters` are numbers from 0 that occur all, and None where
    every single value is independent of the others.
    """

    values: Floats
    counts: Floats
    clusters: npt.NDArray[np.intp] | None

    @property
    def size(self) -> int:
        """How many values there are."""
        return int(self.counts.sum())

    @property
    def cluster_count(self) -> int:
        """How many clusters they fall into."""
        if self.clusters is None:
            return self.size
        return int(self.clusters.max()) + 1 if len(self.clusters) else 0


@dataclass(frozen=True, slots=True)
class TwoSamples:
    """What the values after are, against those before."""

    superiority: float  # share of pairs in which the value after is the greater one
    low: float  # its interval
    high: float
    p_value: float  # two-sided, of no difference
    shift: float  # Hodges–Lehmann: median of all differences after - before


def compare_samples(before: Sample, after: Sample) -> TwoSamples:
    """Compare two samples of at least two clusters each; `ValueError` for fewer."""
    if min(before.cluster_count, after.cluster_count) < 2:
        raise ValueError("a comparison needs two clusters on each side")
    above = _placements(after.values, before)
    below = 1 - _placements(before.values, after)
    effect = float(np.average(above, weights=after.counts))
    variance, freedom = _variance(effect, (before, below), (after, above))
    low, high, p_value = _student(effect, variance, freedom)
    return TwoSamples(
        effect, low, high, max(p_value, _rank_p_value(before, after)), _shift(before, after)
    )


def adjust_holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's step-down adjustment: reject those at most alpha, and the chance of even one false
    rejection among all stays below alpha. In the order given.
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [1.0] * len(p_values)
    least = 0.0
    for rank, index in enumerate(order):
        least = max(least, min(1.0, (len(order) - rank) * p_values[index]))
        adjusted[index] = least
    return tuple(adjusted)


def _placements(values: Floats, other: Sample) -> Floats:
    """For each value the share of the other sample that is less, ties counted half."""
    order = np.argsort(other.values, kind="stable")
    heaped = np.concatenate(([0.0], np.cumsum(other.counts[order])))
    ranked = other.values[order]
    less = heaped[np.searchsorted(ranked, values, side="left")]
    at_most = heaped[np.searchsorted(ranked, values, side="right")]
    return np.asarray((less + at_most) / (2 * heaped[-1]), dtype=np.float64)


def _variance(effect: float, *sides: tuple[Sample, Floats]) -> tuple[float, float]:
    """Of the effect, and its degrees of freedom after Welch and Satterthwaite."""
    parts: list[tuple[float, int]] = []
    for sample, placements in sides:
        count = sample.cluster_count
        squares = _sum_of_squares(sample, placements - effect)
        parts.append((count / (count - 1) * squares / sample.size**2, count))
    total = sum(part for part, _ in parts)
    # Samples that do not overlap show no variance; as if half a pair of clusters were tied.
    pairs = parts[0][1] * parts[1][1]
    inner = min(max(effect, 0.5 / pairs), 1 - 0.5 / pairs)
    if total == 0 or inner != effect:
        floor = inner * (1 - inner) / pairs
        return max(total, floor), float(parts[0][1] + parts[1][1] - 2)
    return total, total**2 / sum(part**2 / (count - 1) for part, count in parts)


def _sum_of_squares(sample: Sample, deviations: Floats) -> float:
    """Over the clusters, each with the sum of its values' deviations."""
    if sample.clusters is None:
        return float(np.sum(sample.counts * deviations**2))
    sums = np.bincount(sample.clusters, weights=deviations * sample.counts)
    return float(sums @ sums)


def _student(effect: float, variance: float, freedom: float) -> tuple[float, float, float]:
    from scipy import stats  # half a second to load, and only comparisons need it  # noqa: PLC0415

    error = sqrt(variance)
    reach = float(stats.t.ppf((1 + INTERVAL) / 2, freedom)) * error
    p_value = 2 * float(stats.t.sf(abs(effect - 0.5) / error, freedom))
    return max(0.0, effect - reach), min(1.0, effect + reach), p_value


def _rank_p_value(before: Sample, after: Sample) -> float:
    """Of the Mann–Whitney U test, which takes all values for independent."""
    if max(before.size, after.size) > _MOST_RANKED:
        return 0.0  # the interval from the clusters is the wider one by far
    from scipy import stats  # noqa: PLC0415

    first, second = _expand(before), _expand(after)
    result = stats.mannwhitneyu(first, second, alternative="two-sided")
    return float(result.pvalue)


def _expand(sample: Sample) -> Floats:
    return np.repeat(sample.values, sample.counts.astype(np.int64))


def _shift(before: Sample, after: Sample) -> float:
    first, second = _thin(before), _thin(after)
    return float(np.median(second[:, np.newaxis] - first[np.newaxis, :]))


def _thin(sample: Sample) -> Floats:
    """At most `_SHIFT_POINTS` values at evenly spaced ranks."""
    order = np.argsort(sample.values, kind="stable")
    ends = np.cumsum(sample.counts[order])
    points = min(_SHIFT_POINTS, sample.size)
    ranks = (np.arange(points) + 0.5) / points * ends[-1]
    return np.asarray(sample.values[order][np.searchsorted(ends, ranks)], dtype=np.float64)
