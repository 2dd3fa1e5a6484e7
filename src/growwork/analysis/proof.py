"""Whether a change paid: runs before and after it, metric by metric and site by site."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from growwork.analysis.comparison import MetricComparison, compare
from growwork.analysis.run_measure import RunMeasure, SiteKey, SiteMeasure

__all__ = ["compare_sites", "compare_totals"]


@dataclass(frozen=True, slots=True)
class _Total:
    name: str
    unit: str
    of: Callable[[RunMeasure], float | None]


@dataclass(frozen=True, slots=True)
class _PerSite:
    name: str
    unit: str
    of: Callable[[SiteMeasure], float]


_TOTALS = (
    _Total("bytes allocated", "B", lambda run: run.alloc_bytes),
    _Total("allocations", "count", lambda run: run.alloc_objects),
    _Total("map array bytes", "B", lambda run: run.array_bytes),
    _Total("map growths", "count", lambda run: run.growth_count),
    _Total("GC cycles", "count", lambda run: run.gc_cycles),
    _Total("mark assist time", "ns", lambda run: run.assist_ns),
    _Total("mark assist in map growth", "ns", lambda run: run.growth_assist_ns),
    _Total("GC CPU", "ns", lambda run: run.gc_cpu_ns),
    _Total("CPU", "ns", lambda run: run.cpu_ns),
)
_SITE = (
    _PerSite("map array bytes", "B", lambda site: site.array_bytes),
    _PerSite("arrays", "count", lambda site: site.array_count),
    _PerSite("growths", "count", lambda site: site.growth_count),
    _PerSite("mark assist", "ns", lambda site: site.assist_ns),
)


def compare_totals(
    before: Sequence[RunMeasure], after: Sequence[RunMeasure]
) -> tuple[MetricComparison, ...]:
    """Compare the process totals; `before[i]` and `after[i]` are pair `i`.

    A metric that one of the runs did not record is left out.
    """
    found = []
    for total in _TOTALS:
        earlier, later = _values(total, before), _values(total, after)
        if earlier is not None and later is not None:
            found.append(compare(total.name, total.unit, earlier, later))
    return tuple(found)


def compare_sites(
    key: SiteKey, before: Sequence[RunMeasure], after: Sequence[RunMeasure]
) -> tuple[MetricComparison, ...]:
    """Compare one site; a run in which it has no samples counts as zero."""
    nothing = SiteMeasure()
    earlier = [run.sites.get(key, nothing) for run in before]
    later = [run.sites.get(key, nothing) for run in after]
    return tuple(
        compare(
            metric.name,
            metric.unit,
            [metric.of(site) for site in earlier],
            [metric.of(site) for site in later],
        )
        for metric in _SITE
    )


def _values(total: _Total, runs: Iterable[RunMeasure]) -> list[float] | None:
    values = []
    for run in runs:
        value = total.of(run)
        if value is None:
            return None
        values.append(value)
    return values
