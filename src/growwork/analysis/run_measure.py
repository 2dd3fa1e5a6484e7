"""One run in numbers: the whole process, and each map site.

Two runs of the same work are compared through these. Sites are told apart by file and line:
an edit of a hint moves neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from growwork.analysis.gc_cpu import GcCpu
from growwork.analysis.types import AssistSummary, SiteAssists, SiteCapacities
from growwork.formats.runtimemetrics import MetricsSample
from growwork.gosource.types import Position

__all__ = ["RunMeasure", "SiteKey", "SiteMeasure", "measure_run"]

SiteKey = tuple[str, int]  # file relative to the module root, line


@dataclass(frozen=True, slots=True)
class SiteMeasure:
    """What the maps of one site cost in one run; bytes and counts are profile estimates."""

    array_bytes: float = 0.0
    array_count: float = 0.0
    growth_count: float = 0.0
    assist_ns: float = 0.0  # wall time of mark assists paid at the site's lines


@dataclass(frozen=True, slots=True)
class RunMeasure:
    """What one run cost. None: not recorded in this run."""

    alloc_bytes: float | None  # runtime/metrics, exact
    alloc_objects: float | None
    gc_cycles: float | None
    gc_cpu_ns: float | None  # CPU profile
    cpu_ns: float | None
    assist_ns: float | None  # execution trace, wall time
    growth_assist_ns: float | None
    array_bytes: float  # map arrays of the module's sites
    growth_count: float
    sites: Mapping[SiteKey, SiteMeasure]


def measure_run(
    metrics: Sequence[MetricsSample],
    cpu: GcCpu | None,
    assists: AssistSummary | None,
    capacities: Iterable[SiteCapacities],
    site_assists: Iterable[SiteAssists],
) -> RunMeasure:
    """Put together what one recording says about its run."""
    sites = _measure_sites(capacities, site_assists)
    last = metrics[-1].values if metrics else {}
    return RunMeasure(
        alloc_bytes=last.get("/gc/heap/allocs:bytes"),
        alloc_objects=last.get("/gc/heap/allocs:objects"),
        gc_cycles=last.get("/gc/cycles/total:gc-cycles"),
        gc_cpu_ns=cpu.gc_ns if cpu else None,
        cpu_ns=cpu.total_ns if cpu else None,
        assist_ns=assists.total_ns if assists else None,
        growth_assist_ns=assists.map_growth_ns if assists else None,
        array_bytes=sum(site.array_bytes for site in sites.values()),
        growth_count=sum(site.growth_count for site in sites.values()),
        sites=sites,
    )


def _measure_sites(
    capacities: Iterable[SiteCapacities], site_assists: Iterable[SiteAssists]
) -> dict[SiteKey, SiteMeasure]:
    paid = {_key(entry.site.position): float(entry.total_ns) for entry in site_assists}
    found = {
        _key(entry.site.position): SiteMeasure(
            array_bytes=entry.allocations.array_bytes,
            array_count=entry.allocations.array_count,
            growth_count=entry.allocations.growth_count,
            assist_ns=paid.pop(_key(entry.site.position), 0.0),
        )
        for entry in capacities
    }
    return found | {key: SiteMeasure(assist_ns=assist_ns) for key, assist_ns in paid.items()}


def _key(position: Position) -> SiteKey:
    return position.file, position.line
