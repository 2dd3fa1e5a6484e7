"""Heap samples joined to map creation sites.

Arrays made by growth lie on a *growth line*, whose creation sites the flow analysis knows; what
`make` itself allocates lies on the creation line. When several sites reach a line, three facts
may single one out, in this order: the object sizes fit only its type; all candidates are local
and only its function is on the stack; nearly all map headers of the candidates come from it. When
none does, the samples stay *unmatched*: they are never shared out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from growwork.analysis.site_models import fit_model, fits, kind_by_size, site_models
from growwork.goruntime.map_chains import ChainKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from growwork.analysis.chains import ChainSample
    from growwork.analysis.types import StackFrame
    from growwork.goruntime import GoRelease
    from growwork.gosource.types import GrowthLine, MapSite, Position
    from growwork.models import MapModel

__all__ = ["SiteLookup", "SiteSamples", "UnmatchedGrowth", "join_samples"]

_FITTING_SHARE = 0.95  # of a line's array samples must fit a type for it to be the type
_DOMINANT_SHARE = 0.90  # of the headers must come from one site for it to dominate
_DOMINANT_SAMPLES = 10
_CREATION_KINDS = frozenset({ChainKind.HEADER, ChainKind.PRESIZE, ChainKind.PRESIZE_DIRECTORY})


class SiteLookup(Protocol):
    """What the join asks of the source facts; paths are as the profile has them."""

    def growth_line(self, file: str, line: int) -> GrowthLine | None:
        """The growth line at a compiled position."""
        ...

    def sites_at(self, file: str, line: int) -> tuple[MapSite, ...]:
        """The creation sites on a compiled line."""
        ...

    def site(self, position: Position) -> MapSite | None:
        """The creation site at a source position."""
        ...


@dataclass(slots=True)
class SiteSamples:
    """Everything of the profile that belongs to the maps of one site."""

    site: MapSite
    model: MapModel
    samples: list[ChainSample] = field(default_factory=list)
    growth_lines: dict[Position, GrowthLine] = field(default_factory=dict)
    warnings: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class UnmatchedGrowth:
    """Map arrays whose creation site is not known, by the line that allocated them."""

    frame: StackFrame
    sampled: int
    allocated_bytes: float
    reason: str
    candidates: tuple[MapSite, ...] = ()


@dataclass(slots=True)
class _Group:
    """Samples of one line, on one path through the candidates' functions."""

    line: GrowthLine | None
    candidates: tuple[MapSite, ...]
    samples: list[ChainSample] = field(default_factory=list)


def join_samples(
    chains: Iterable[ChainSample], lookup: SiteLookup, release: GoRelease
) -> tuple[tuple[SiteSamples, ...], tuple[UnmatchedGrowth, ...]]:
    """Samples by creation site, ordered by position, and those that joined to none."""
    groups = _group_by_line(chains, lookup)
    headers = _headers_by_site(groups)
    joined: dict[Position, SiteSamples] = {}
    unmatched: list[UnmatchedGrowth] = []
    for group in groups:
        site, reason, warning = _choose(group, release, headers)
        model = _model_of(site, group, release) if site else None
        if site is None or model is None:
            reason = reason or "its key or element type is a type parameter"
            unmatched.extend(_unmatched(group, reason))
            continue
        entry = joined.setdefault(site.position, SiteSamples(site, model))
        entry.samples.extend(_with_kinds(group, site, entry.model))
        if group.line is not None:
            entry.growth_lines[group.line.position] = group.line
        if warning:
            entry.warnings.add(warning)
    entries = tuple(joined[position] for position in sorted(joined))
    for entry in entries:  # one line alone may not tell an alignment
        entry.model = fit_model(site_models(entry.site, release), entry.samples)[0] or entry.model
    return entries, tuple(unmatched)


def _group_by_line(chains: Iterable[ChainSample], lookup: SiteLookup) -> list[_Group]:
    groups: dict[tuple[str, int, bool, frozenset[str]], _Group] = {}
    for sample in chains:
        if sample.kind in (ChainKind.VALUE, ChainKind.TABLE):
            continue
        file, number = sample.user.file, sample.user.line
        creation = sample.kind in _CREATION_KINDS
        line = None if creation else lookup.growth_line(file, number)
        if line is not None:
            sites = tuple(s for p in line.sites if (s := lookup.site(p)) is not None)
        else:
            sites = lookup.sites_at(file, number)
        if sample.kind is ChainKind.UNKNOWN and line is None and not sites:
            continue  # nothing says that this is a map at all
        on_stack = _functions_on_stack(sites, sample.functions)
        key = (file, number, creation, on_stack)
        groups.setdefault(key, _Group(line, sites)).samples.append(sample)
    return list(groups.values())


def _choose(
    group: _Group, release: GoRelease, headers: Mapping[Position, int]
) -> tuple[MapSite | None, str, str]:
    """The site of a group, or a reason why none; and a warning where it was a choice."""
    if not group.candidates:
        reason = group.line.unknown_reason if group.line else ""
        return None, reason or "no map site of the analysed source is on this line", ""
    if len(group.candidates) == 1:
        return group.candidates[0], "", ""
    fitting = [s for s in group.candidates if _explains(s, group, release)]
    if len(fitting) == 1:
        return fitting[0], "", ""
    on_stack = _only_local_on_stack(fitting, group.samples)
    if on_stack is not None:
        return on_stack, "", ""
    dominant = _dominant(fitting, headers)
    if dominant is not None:
        return dominant, "", "other sites share a growth line; this one made nearly all the maps"
    places = ", ".join(str(site.position) for site in group.candidates)
    return None, f"the maps grown here may come from {places}", ""


def _explains(site: MapSite, group: _Group, release: GoRelease) -> bool:
    models = site_models(site, release)
    if not models:
        return True  # a type parameter fits anything
    if group.samples[0].kind is ChainKind.UNKNOWN:
        return any(
            fits(model, sample) and sample.object_bytes != models[0].levels()[0].object_bytes
            for model in models
            for sample in group.samples
        )
    return fit_model(models, group.samples)[1] >= _FITTING_SHARE


def _only_local_on_stack(
    sites: Sequence[MapSite], samples: Sequence[ChainSample]
) -> MapSite | None:
    if any(site.owner != "local" for site in sites):
        return None
    names = {_plain_name(name) for name in samples[0].functions}
    found = [site for site in sites if _plain_name(site.function) in names]
    return found[0] if len(found) == 1 else None


def _dominant(sites: Sequence[MapSite], headers: Mapping[Position, int]) -> MapSite | None:
    total = sum(headers.get(site.position, 0) for site in sites)
    if total < _DOMINANT_SAMPLES:
        return None
    for site in sites:
        if headers.get(site.position, 0) >= _DOMINANT_SHARE * total:
            return site
    return None


def _headers_by_site(groups: Iterable[_Group]) -> dict[Position, int]:
    headers: dict[Position, int] = defaultdict(int)
    for group in groups:
        if group.line is None and len(group.candidates) == 1:
            headers[group.candidates[0].position] += sum(
                s.sampled for s in group.samples if s.kind is ChainKind.HEADER
            )
    return headers


def _model_of(site: MapSite, group: _Group, release: GoRelease) -> MapModel | None:
    return fit_model(site_models(site, release), group.samples)[0]


def _with_kinds(group: _Group, site: MapSite, model: MapModel) -> list[ChainSample]:
    creates = site in group.candidates and group.line is None
    return [
        replace(
            sample,
            kind=kind_by_size(
                model, sample.object_bytes, creates=creates, grows=group.line is not None
            ),
        )
        if sample.kind is ChainKind.UNKNOWN
        else sample
        for sample in group.samples
    ]


def _unmatched(group: _Group, reason: str) -> list[UnmatchedGrowth]:
    arrays = [
        s
        for s in group.samples
        if s.kind in (ChainKind.GROWTH, ChainKind.SPLIT, ChainKind.FIRST_ARRAY, ChainKind.PRESIZE)
    ]
    if not arrays:
        return []
    return [
        UnmatchedGrowth(
            frame=arrays[0].user,
            sampled=sum(s.sampled for s in arrays),
            allocated_bytes=sum(s.objects * s.object_bytes for s in arrays),
            reason=reason,
            candidates=group.candidates,
        )
    ]


def _functions_on_stack(sites: Sequence[MapSite], functions: Sequence[str]) -> frozenset[str]:
    if len(sites) < 2:
        return frozenset()
    wanted = {_plain_name(site.function) for site in sites}
    return frozenset(wanted & {_plain_name(name) for name in functions})


def _plain_name(function: str) -> str:
    """A function name without type arguments and closure suffixes: `main.Fill[...].func1`."""
    name = function.partition("[")[0]
    return name.partition(".func")[0] if ".func" in name else name
