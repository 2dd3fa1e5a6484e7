"""The statistics growwork's claims rest on: quantiles, isotonic fits, intervals, paired runs.

Everything here is deterministic: whatever draws random numbers takes a seed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = [
    "ALPHA",
    "INTERVAL",
    "PairedComparison",
    "isotonic_poisson",
    "median",
    "merge_weak_steps",
    "percentile_interval",
    "quantile",
    "summarise_pairs",
    "wilcoxon_p_value",
]

INTERVAL = 0.90  # every interval growwork prints
ALPHA = 0.10  # the level of the paired test that goes with it
_RESAMPLES = 2000


def median(values: Sequence[float]) -> float:
    """The median; ValueError for no values."""
    return quantile(values, 0.5)


def quantile(values: Sequence[float], q: float) -> float:
    """The q-quantile, 0 <= q <= 1, interpolated linearly; ValueError for no values."""
    if not len(values):
        raise ValueError("quantile of no values")
    return float(np.quantile(np.asarray(values, dtype=np.float64), q))


def percentile_interval(
    samples: npt.NDArray[np.float64], level: float = INTERVAL
) -> tuple[float, float]:
    """The central interval of bootstrap replicates, ends taken from the replicates themselves."""
    tail = (1 - level) / 2
    low = np.quantile(samples, tail, method="lower")
    high = np.quantile(samples, 1 - tail, method="higher")
    return float(low), float(high)


def isotonic_poisson(
    counts: npt.NDArray[np.float64], exposures: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Non-increasing rates that maximise the likelihood of `counts ~ Poisson(rate * exposure)`.

    Pool adjacent violators: a pool's rate is its counts over its exposures. Exposures must be
    positive. Both arrays have shape (n,), so has the result.
    """
    pools: list[tuple[float, float, int]] = []  # counts, exposure, members
    for count, exposure in zip(counts.tolist(), exposures.tolist(), strict=True):
        if exposure <= 0:
            raise ValueError("an exposure must be positive")
        total, weight, members = float(count), float(exposure), 1
        while pools and pools[-1][0] * weight <= total * pools[-1][1]:
            previous = pools.pop()
            total += previous[0]
            weight += previous[1]
            members += previous[2]
        pools.append((total, weight, members))
    rates = [total / weight for total, weight, _ in pools]
    return np.repeat(np.asarray(rates, dtype=np.float64), [members for *_, members in pools])


def merge_weak_steps(
    rates: npt.NDArray[np.float64],
    counts: npt.NDArray[np.float64],
    exposures: npt.NDArray[np.float64],
    gain: float,
) -> npt.NDArray[np.float64]:
    """Level the steps of an isotonic fit that the counts do not support.

    At a small exposure one stray count stands for thousands, and the fit follows it. Adjacent
    steps are pooled, weakest first, while telling them apart gains less than `gain` in twice the
    log-likelihood. Counts at exposure 1 have no noise, so steps between them always stay.
    """
    pools: list[_Pool] = []
    previous = float("nan")
    for rate, count, exposure in zip(
        rates.tolist(), counts.tolist(), exposures.tolist(), strict=True
    ):
        pool = _Pool(count, exposure, exposure, 1)
        if rate == previous:
            pools[-1] = pools[-1].joined(pool)
        else:
            pools.append(pool)
        previous = rate
    while len(pools) > 1:
        gains = [a.gain_over_joining(b) for a, b in pairwise(pools)]
        weakest = int(np.argmin(gains))
        if gains[weakest] >= gain:
            break
        pools[weakest : weakest + 2] = [pools[weakest].joined(pools[weakest + 1])]
    return np.repeat(
        np.asarray([pool.count / pool.exposure for pool in pools]),
        [pool.members for pool in pools],
    )


@dataclass(frozen=True, slots=True)
class _Pool:
    count: float
    exposure: float
    largest_exposure: float
    members: int

    def joined(self, other: _Pool) -> _Pool:
        return _Pool(
            self.count + other.count,
            self.exposure + other.exposure,
            max(self.largest_exposure, other.largest_exposure),
            self.members + other.members,
        )

    def gain_over_joining(self, other: _Pool) -> float:
        both = self.joined(other)
        rate = both.count / both.exposure
        gain = 2 * (
            self.count * _log_ratio(self.count, rate * self.exposure)
            + other.count * _log_ratio(other.count, rate * other.exposure)
        )
        noise = 1 - min(self.largest_exposure, other.largest_exposure)
        return gain / noise if noise > 0 else float("inf")


def _log_ratio(count: float, mean: float) -> float:
    return log(count / mean) if count > 0 else 0.0  # a count of 0 adds nothing


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """The same quantity measured before and after a change, in interleaved pairs."""

    pairs: int
    median_before: float
    range_before: tuple[float, float]
    median_after: float
    range_after: tuple[float, float]
    ratio: float | None  # median of after/before; None when some before is 0 and its after is not
    ratio_low: float | None  # bootstrap interval of that median
    ratio_high: float | None
    p_value: float  # exact Wilcoxon signed-rank test, two-sided
    notes: tuple[str, ...] = ()

    @property
    def moved(self) -> bool:
        """Whether the pairs show a difference: test and interval agree that they do."""
        if self.p_value > ALPHA:
            return False
        if self.ratio_low is None or self.ratio_high is None:
            return True
        return self.ratio_high < 1 or self.ratio_low > 1


def summarise_pairs(
    before: Sequence[float], after: Sequence[float], *, seed: int = 1
) -> PairedComparison:
    """Compare interleaved pairs; ValueError unless both have the same length, at least one."""
    if len(before) != len(after) or not before:
        raise ValueError(f"pairs need equal lengths over 0, not {len(before)} and {len(after)}")
    notes: list[str] = []
    pairs = len(before)
    smallest = 2.0 ** (1 - pairs)
    if smallest > ALPHA:
        notes.append(f"{pairs} pairs are too few to show a difference (smallest p {smallest:.2g})")
    ratios = _ratios(before, after)
    ratio = low = high = None
    if ratios is None:
        notes.append("no ratio: a value before the change is 0")
    else:
        ratio = median(ratios.tolist())
        low, high = _bootstrap_median(ratios, seed)
    return PairedComparison(
        pairs=pairs,
        median_before=median(before),
        range_before=(min(before), max(before)),
        median_after=median(after),
        range_after=(min(after), max(after)),
        ratio=ratio,
        ratio_low=low,
        ratio_high=high,
        p_value=wilcoxon_p_value([b - a for b, a in zip(before, after, strict=True)]),
        notes=tuple(notes),
    )


def wilcoxon_p_value(differences: Sequence[float]) -> float:
    """Exact two-sided p-value of the signed-rank test; zeros are dropped, ties share ranks."""
    values = [d for d in differences if d != 0]
    if not values:
        return 1.0
    ranks = _doubled_ranks([abs(v) for v in values])
    positive = sum(r for r, v in zip(ranks, values, strict=True) if v > 0)
    ways: Counter[int] = Counter({0: 1})
    for rank in ranks:  # distribution of the positive rank sum over all signs
        step: Counter[int] = Counter(ways)
        for total, count in ways.items():
            step[total + rank] += count
        ways = step
    extreme = min(positive, sum(ranks) - positive)
    tail = sum(count for total, count in ways.items() if total <= extreme)
    return float(min(1.0, 2 * tail / 2 ** len(ranks)))


def _doubled_ranks(magnitudes: Sequence[float]) -> list[int]:
    """Twice the mid-ranks, so that ties stay whole numbers."""
    ordered = sorted(magnitudes)
    first = {value: i for i, value in reversed(list(enumerate(ordered)))}
    last = {value: i for i, value in enumerate(ordered)}
    return [first[m] + last[m] + 2 for m in magnitudes]


def _ratios(before: Sequence[float], after: Sequence[float]) -> npt.NDArray[np.float64] | None:
    result: list[float] = []
    for b, a in zip(before, after, strict=True):
        if b == 0 and a != 0:
            return None
        result.append(a / b if b else 1.0)
    return np.asarray(result, dtype=np.float64)


def _bootstrap_median(values: npt.NDArray[np.float64], seed: int) -> tuple[float, float]:
    generator = np.random.default_rng(seed)
    picks = generator.integers(0, len(values), size=(_RESAMPLES, len(values)))
    return percentile_interval(np.median(values[picks], axis=1))
