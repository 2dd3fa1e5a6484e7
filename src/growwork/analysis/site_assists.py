"""Mark assists joined to map sites: from the stack to the growth line to the site.

An assist belongs to a growth line when its innermost user frame is on one. A line that can grow
the maps of several sites is resolved by the stack where exactly one of the sites lies in a
function on it; otherwise the assist is left to nobody, and counted as unattributed, because
guessing would blame the wrong site.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from growwork.analysis.types import Assist, SiteAssists, StackFrame
from growwork.goruntime import (
    MapFrame,
    classify_function,
    classify_stack,
    is_runtime_function,
    is_transparent_function,
)
from growwork.gosource.types import GrowthLine, MapSite, Position

__all__ = ["AttributedAssists", "FindLine", "attribute_assists", "is_growth"]

FindLine = Callable[[StackFrame], GrowthLine | None]

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
    assists: Iterable[Assist], find_line: FindLine, sites: Iterable[MapSite]
) -> AttributedAssists:
    """Join every assist with a map frame to its site.

    `find_line` gives the growth line a frame is on, as the binary's line table names it.
    """
    by_position = {site.position: site for site in sites}
    paid: dict[Position, list[Assist]] = defaultdict(list)
    ambiguous: list[Assist] = []
    unknown: list[Assist] = []
    for assist in assists:
        candidates = _candidates(assist.frames, find_line, by_position)
        if len(candidates) == 1:
            paid[candidates[0].position].append(assist)
        elif candidates:
            ambiguous.append(assist)
        elif is_growth(assist.frames):
            unknown.append(assist)
    results = (_site_assists(by_position[at], mine) for at, mine in sorted(paid.items()))
    return AttributedAssists(
        by_site=tuple(results),
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
    frames: Sequence[StackFrame], find_line: FindLine, sites: dict[Position, MapSite]
) -> tuple[MapSite, ...]:
    if classify_stack(frame.function for frame in frames) is None:
        return ()
    user = next((i for i, f in enumerate(frames) if not is_transparent_function(f.function)), None)
    line = find_line(frames[user]) if user is not None else None
    if line is None or user is None:
        return ()
    candidates = tuple(sites[at] for at in line.sites if at in sites)
    if len(candidates) < 2:
        return candidates
    functions = {frame.function for frame in frames[user:]}
    on_stack = tuple(site for site in candidates if site.function in functions)
    return on_stack if len(on_stack) == 1 else candidates


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
