"""Before and after: what a change bought, measured over interleaved pairs of runs.

A pair is one run of the program before the change and one after it, next to each other in
time, so that slow drift of the machine hits both. A metric has **moved** when the paired test
and the interval of the paired ratio agree that it did (`growwork.core.statistics`); everything
else is shown as not moved, whatever its medians say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from growwork.core.errors import UsageError
from growwork.core.statistics import summarise_pairs
from growwork.gosource.types import MapSite

__all__ = ["Comparison", "MetricComparison", "SiteComparison", "compare"]

UNITS = ("B", "count", "ns", "ratio")


@dataclass(frozen=True, slots=True)
class MetricComparison:
    """One metric before and after, with everything that was measured.

    `before[i]` and `after[i]` are pair `i`. Ratios are after / before, so 0.5 is a halving;
    they are None where a run before the change measured nothing to divide by.
    """

    name: str  # `bytes allocated`, `growths`, …
    unit: str  # one of UNITS
    before: tuple[float, ...]
    after: tuple[float, ...]
    median_before: float
    before_low: float  # least and greatest value seen
    before_high: float
    median_after: float
    after_low: float
    after_high: float
    ratio: float | None  # median of the paired ratios
    ratio_low: float | None  # its 90 % interval
    ratio_high: float | None
    moved: bool
    note: str  # why there is no ratio or no verdict, empty otherwise


@dataclass(frozen=True, slots=True)
class SiteComparison:
    """What changed for the maps of one site."""

    site: MapSite
    rule: str  # the finding that asked for the change, `GW101`
    edit_applied: bool
    metrics: tuple[MetricComparison, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole before/after result."""

    title: str
    pairs: int
    order: str  # how the runs were interleaved, such as `before, after, after, before`
    totals: tuple[MetricComparison, ...]
    sites: tuple[SiteComparison, ...]
    environment: tuple[tuple[str, str], ...]  # name, value
    warnings: tuple[str, ...]


def compare(
    name: str, unit: str, before: Sequence[float], after: Sequence[float]
) -> MetricComparison:
    """Compare one metric over interleaved pairs; `before[i]` and `after[i]` belong together.

    Raises `UsageError` when the two have no values, different lengths or an unknown unit.
    """
    if unit not in UNITS:
        raise UsageError(f"unit {unit!r} of metric {name!r}", remedy=f"use one of {UNITS}")
    if not before or len(before) != len(after):
        raise UsageError(
            f"metric {name!r} has {len(before)} values before and {len(after)} after",
            remedy="pass one value of each pair of runs",
        )
    pairs = summarise_pairs(before, after)
    zero = not any(before) and not any(after)
    return MetricComparison(
        name=name,
        unit=unit,
        before=tuple(before),
        after=tuple(after),
        median_before=pairs.median_before,
        before_low=pairs.range_before[0],
        before_high=pairs.range_before[1],
        median_after=pairs.median_after,
        after_low=pairs.range_after[0],
        after_high=pairs.range_after[1],
        ratio=None if zero else pairs.ratio,
        ratio_low=None if zero else pairs.ratio_low,
        ratio_high=None if zero else pairs.ratio_high,
        moved=pairs.moved,
        note="zero in every run" if zero else "; ".join(pairs.notes),
    )
