"""Builds the evidence of an example from what its maps did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf

from growwork.analysis.types import (
    Assist,
    CapacityLevel,
    Estimate,
    SiteAllocations,
    SiteAssists,
    SiteCapacities,
    SiteLengths,
    StackFrame,
)
from growwork.goruntime import GoRelease, release_for
from growwork.gosource.types import (
    DeleteLine,
    FillLoop,
    FillTier,
    GrowthLine,
    MapSite,
    Position,
    SiteKind,
)
from growwork.models import MapModel, map_model
from growwork.rules.types import RunEvidence, SiteEvidence

__all__ = [
    "CLASSIC",
    "SWISS",
    "assists",
    "deleting",
    "evidence",
    "filled_by",
    "growth_line",
    "lengths",
    "made",
    "maps_grown",
    "run_of",
]

CLASSIC = release_for("1.23")
SWISS = release_for("1.26")

_FILE = "shop/index.go"
_FUNCTION = "example.com/shop.buildIndex"
_PROCESS_BYTES = float(1 << 30)
_PROCESS_ASSIST_NS = 200_000_000


def made(
    kind: SiteKind = SiteKind.MAKE, *, hint: str | None = None, hint_value: int | None = None
) -> MapSite:
    """A site of `map[string]*Item` in a local variable."""
    return MapSite(
        position=Position(_FILE, 12, 8),
        function=_FUNCTION,
        package="example.com/shop",
        kind=kind,
        key_type="string",
        elem_type="*Item",
        key_bytes=16,
        elem_bytes=8,
        has_pointers=True,
        offset=200,
        end_offset=222,
        hint=hint,
        hint_value=hint_value,
        hint_offset=221,
        hint_end=221 + len(hint or ""),
        generated=False,
        owner="local",
        key_align=8,
        elem_align=8,
    )


def filled_by(
    site: MapSite, bound: str, *, tier: FillTier = FillTier.T2, safe: bool = True
) -> MapSite:
    """The site with the loop that fills its maps."""
    why_not = "" if safe else "the loop inserts conditionally"
    loop = FillLoop(Position(_FILE, 13, 2), tier, bound, safe, why_not)
    return replace(site, fills=(loop,))


def growth_line(site: MapSite, *others: Position) -> GrowthLine:
    """The line that fills the maps of the site, and of others."""
    sites = (site.position, *others)
    return GrowthLine(Position(_FILE, 14, 3), _FUNCTION, "assign", sites, "")


def deleting(site: MapSite, operation: str = "delete") -> DeleteLine:
    """A line that takes keys away again."""
    return DeleteLine(Position(_FILE, 30, 2), _FUNCTION, operation, (site.position,))


def maps_grown(
    site: MapSite,
    finals: Mapping[int, int],
    *,
    release: GoRelease = SWISS,
    sampled: int = 200,
    presized: int | None = None,
    same_size: float = 0.0,
    warnings: tuple[str, ...] = (),
) -> SiteCapacities:
    """Capacities of a site where `finals[slots]` maps ended at that many slots.

    `presized` is the capacity that `make` gave them; growth starts there.
    """
    model = _model(site, release)
    start = presized or 8
    levels = _levels(model, finals, start, sampled)
    first, grown = levels[0], levels[1:]
    growth_bytes = sum(level.allocated * level.array_bytes for level in grown)
    garbage = sum((level.allocated - level.final) * level.array_bytes for level in levels)
    last = levels[-1]
    allocations = SiteAllocations(
        array_bytes=first.allocated * first.array_bytes + growth_bytes,
        array_count=sum(level.allocated for level in levels),
        growth_bytes=growth_bytes,
        growth_count=sum(level.allocated for level in grown),
        garbage_bytes=garbage + same_size * last.array_bytes,
        presized_bytes=first.allocated * first.array_bytes if presized else 0.0,
        presized_slots=presized,
        same_size_growths=same_size,
    )
    count = sum(finals.values())
    p95 = _quantile(finals, 0.95)
    return SiteCapacities(
        site=site,
        growth_lines=(growth_line(site),),
        sampled_arrays=sampled,
        maps=Estimate(count, 0.8 * count, 1.2 * count),
        levels=levels,
        p50=_quantile(finals, 0.5),
        p90=_quantile(finals, 0.9),
        p95=p95,
        p99=_quantile(finals, 0.99),
        max=max(finals),
        p95_interval=(p95, p95),
        allocations=allocations,
        source="heapdebug",
        warnings=warnings,
    )


def lengths(site: MapSite, maps: int, p50: int, p95: int, longest: int) -> SiteLengths:
    """Observed lengths of the maps of a site; ten times as many were made."""
    return SiteLengths(site, maps, maps * 10, p50, p95, longest)


def assists(site: MapSite, count: int, growth_ns: int, *, longest_ns: int = 0) -> SiteAssists:
    """Mark assist of a site, all of it inside growth, in GC cycles 2 and 3."""
    each = growth_ns // max(1, count)
    worst_ns = longest_ns or each
    frames = (StackFrame("runtime.gcAssistAlloc", "mgcmark.go", 500),)
    worst = Assist(5_000, worst_ns, worst_ns // 2, 7, "map-growth", frames, 3)
    return SiteAssists(site, count, growth_ns, worst_ns, growth_ns, (2, 3), worst, count)


def evidence(
    site: MapSite,
    capacities: SiteCapacities | None = None,
    *,
    delete_lines: tuple[DeleteLine, ...] = (),
    observed: SiteLengths | None = None,
    paid: SiteAssists | None = None,
    line: GrowthLine | None = None,
) -> SiteEvidence:
    """Everything about one site, with one growth line."""
    grown = line or growth_line(site)
    return SiteEvidence(site, (grown,), delete_lines, capacities, observed, paid)


def run_of(release: GoRelease = SWISS) -> RunEvidence:
    """A run of 10 s that allocated 1 GiB and paid 200 ms of mark assist."""
    return RunEvidence(release, 10_000_000_000, _PROCESS_BYTES, _PROCESS_ASSIST_NS, None)


def _model(site: MapSite, release: GoRelease) -> MapModel:
    assert site.key_bytes is not None
    assert site.elem_bytes is not None
    return map_model(release, site.key_bytes, site.elem_bytes, has_pointers=True)


def _levels(
    model: MapModel, finals: Mapping[int, int], start: int, sampled: int
) -> tuple[CapacityLevel, ...]:
    known = [level for level in model.levels(max(finals)) if level.slots >= start]
    reached = {
        level.slots: sum(count for slots, count in finals.items() if slots >= level.slots)
        for level in known
    }
    total = sum(reached[level.slots] * level.array_bytes for level in known)
    return tuple(
        CapacityLevel(
            slots=level.slots,
            array_bytes=level.array_bytes,
            sampled=round(sampled * reached[level.slots] * level.array_bytes / (total or inf)),
            allocated=float(reached[level.slots]),
            final=float(finals.get(level.slots, 0)),
        )
        for level in known
    )


def _quantile(finals: Mapping[int, int], share: float) -> int:
    total, seen = sum(finals.values()), 0
    for slots in sorted(finals):
        seen += finals[slots]
        if seen >= share * total:
            return slots
    return max(finals)
