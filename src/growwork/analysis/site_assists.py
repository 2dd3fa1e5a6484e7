"""Mark assists joined to map sites: from the stack to the growth line to the site.

An assist belongs to a growth line when its innermost user frame is on one, and to a site when
that frame is on the site itself: `make` with a hint pays there what growth would have paid.
When several sites reach the line, two facts may single one out: all of them are local and only
one's function is on the stack; or the heap profile's growth on that line was joined to one
alone. Otherwise the assist is left to nobody, and counted as ambiguous, because guessing would
blame the wrong site.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from growwork.analysis.site_join import SiteLookup
from growwork.analysis.types import Assist, SiteAssists, SiteCapacities, StackFrame
from growwork.goruntime import (
    MapFrame,
    classify_function,
    classify_stack,
    is_runtime_function,
    is_transparent_function,
)
from growwork.gosource.types import GrowthLine, MapSite, Position

__all__ = ["AttributedAssists", "attribute_assists", "is_growth"]

# Allocates the first group of an empty map; no hint avoids it (internal/runtime/maps/map.go).
_FIRST_GROUP = "internal/runtime/maps.(*Map).growToSmall"


@dataclass(frozen=True, slots=True)
class AttributedAssists:
    """The assists of each site, and how much of them no site could be named for."""

    by_site: tuple[SiteAssists, ...]
    ambiguous_count: int  # on a growth line of several sites
    ambiguous_ns: int
    unknown_count: int  # inside growth, but on no growth line of the module
    unknown_ns: int


def attribute_assists(
    assists: Iterable[Assist], lookup: SiteLookup, capacities: Iterable[SiteCapacities] = ()
) -> AttributedAssists:
    """Join every assist with a map frame at its leaf to its site.

    `capacities` are those of the same run, where a heap profile was recorded.
    """
    owners = _owners_of_lines(capacities)
    sites: dict[Position, MapSite] = {}
    paid: dict[Position, list[Assist]] = defaultdict(list)
    ambiguous: list[Assist] = []
    unknown: list[Assist] = []
    for assist in assists:
        candidates = _candidates(assist.frames, lookup, owners)
        if len(candidates) == 1:
            position = candidates[0].position
            sites[position] = candidates[0]
            paid[position].append(assist)
        elif candidates:
            ambiguous.append(assist)
        elif is_growth(assist.frames):
            unknown.append(assist)
    return AttributedAssists(
        by_site=tuple(_site_assists(sites[at], paid[at]) for at in sorted(paid)),
        ambiguous_count=len(ambiguous),
        ambiguous_ns=sum(one.duration_ns for one in ambiguous),
        unknown_count=len(unknown),
        unknown_ns=sum(one.duration_ns for one in unknown),
    )


def is_growth(frames: Sequence[StackFrame]) -> bool:
    """Whether a map was growing beyond its first bucket or group at the leaf of the stack."""
    for frame in frames:
        name = frame.function
        if classify_function(name) is MapFrame.GROWTH and name != _FIRST_GROUP:
            return True
        if not is_runtime_function(name):
            return False
    return False


def _candidates(
    frames: Sequence[StackFrame], lookup: SiteLookup, owners: Mapping[Position, set[Position]]
) -> tuple[MapSite, ...]:
    if classify_stack(frame.function for frame in frames) is None:
        return ()
    user = next((i for i, f in enumerate(frames) if not is_transparent_function(f.function)), None)
    if user is None:
        return ()
    line = lookup.growth_line(frames[user].file, frames[user].line)
    if line is None:
        # make(map, hint) allocates what growth would have: a presized map pays on its own line.
        return lookup.sites_at(frames[user].file, frames[user].line)
    candidates = tuple(site for at in line.sites if (site := lookup.site(at)) is not None)
    return _single_out(candidates, line, frames[user:], owners)


def _single_out(
    candidates: tuple[MapSite, ...],
    line: GrowthLine,
    callers: Sequence[StackFrame],
    owners: Mapping[Position, set[Position]],
) -> tuple[MapSite, ...]:
    """The one candidate the stack or the heap profile points at, else all of them."""
    if len(candidates) < 2:
        return candidates
    if all(site.owner == "local" for site in candidates):
        functions = {_plain_name(frame.function) for frame in callers}
        on_stack = tuple(one for one in candidates if _plain_name(one.function) in functions)
        if len(on_stack) == 1:
            return on_stack
    grown_here = owners.get(line.position, set())
    owning = tuple(one for one in candidates if one.position in grown_here)
    return owning if len(owning) == 1 else candidates


def _owners_of_lines(capacities: Iterable[SiteCapacities]) -> dict[Position, set[Position]]:
    owners: dict[Position, set[Position]] = defaultdict(set)
    for known in capacities:
        for line in known.growth_lines:
            owners[line.position].add(known.site.position)
    return owners


def _plain_name(function: str) -> str:
    """Without type arguments and closure suffixes: `main.Fill` of `main.Fill[...].func1`."""
    return function.partition("[")[0].partition(".func")[0]


def _site_assists(site: MapSite, assists: Sequence[Assist]) -> SiteAssists:
    growing = [one for one in assists if is_growth(one.frames)]
    durations = [one.duration_ns for one in assists]
    return SiteAssists(
        site=site,
        count=len(assists),
        total_ns=sum(durations),
        max_ns=max(durations),
        growth_ns=sum(one.duration_ns for one in growing),
        cycles=tuple(sorted({one.in_cycle for one in growing if one.in_cycle is not None})),
        worst=max(growing, key=lambda one: (one.duration_ns, -one.start_ns), default=None),
        growth_count=len(growing),
    )
