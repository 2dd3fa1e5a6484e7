"""The map sites of a module, for `growwork sites`."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from growwork.capture.toolchain import find_toolchain
from growwork.core.errors import UsageError
from growwork.gosource import analyse_module
from growwork.gosource.types import DeleteLine, GrowthLine, MapSite, Position, SiteKind, SourceFacts

__all__ = ["SitesOptions", "list_sites"]

_UNSIZED = frozenset({SiteKind.MAKE, SiteKind.LITERAL_EMPTY})


@dataclass(frozen=True, slots=True)
class SitesOptions:
    """What to list."""

    patterns: tuple[str, ...] = ("./...",)
    source: Path = Path()
    go: str | None = None  # a release such as `1.23.9`
    tags: tuple[str, ...] = ()
    tests: bool = False  # `_test.go` files, too
    unsized: bool = False  # only sites without a size, and what grows their maps


def list_sites(options: SitesOptions) -> SourceFacts:
    """Facts about the packages that the patterns match, with paths relative to `source`.

    Raises `UsageError` when `source` is no module or nothing matches, `ToolError` when there is
    no Go toolchain, when it is too old for the module, or when it fails.
    """
    if not options.source.is_dir():
        raise UsageError(
            f"{options.source} is not a folder", remedy="name the folder of a Go module"
        )
    source = options.source.resolve()
    toolchain = find_toolchain(source, options.go)
    facts = analyse_module(
        toolchain,
        source,
        options.patterns or ("./...",),
        tags=options.tags,
        tests=options.tests,
    )
    if options.unsized:
        facts = _unsized(facts)
    return _relative_to(facts, source)


def _unsized(facts: SourceFacts) -> SourceFacts:
    sites = tuple(site for site in facts.sites if site.kind in _UNSIZED)
    kept = {site.position for site in sites}
    return replace(
        facts,
        sites=sites,
        growth_lines=tuple(line for line in facts.growth_lines if kept & set(line.sites)),
        delete_lines=tuple(line for line in facts.delete_lines if kept & set(line.sites)),
    )


def _relative_to(facts: SourceFacts, source: Path) -> SourceFacts:
    """The same facts with paths as somebody in `source` would write them."""
    root = Path(facts.root).resolve()
    if root == source:
        return facts

    def rename(path: str) -> str:
        return Path(os.path.relpath(root / path, source)).as_posix()

    return replace(
        facts,
        sites=tuple(_site(site, rename) for site in facts.sites),
        growth_lines=tuple(_growth(line, rename) for line in facts.growth_lines),
        delete_lines=tuple(_delete(line, rename) for line in facts.delete_lines),
        files=tuple(replace(file, path=rename(file.path)) for file in facts.files),
    )


def _position(position: Position, rename: Callable[[str], str]) -> Position:
    return replace(position, file=rename(position.file))


def _site(site: MapSite, rename: Callable[[str], str]) -> MapSite:
    return replace(
        site,
        position=_position(site.position, rename),
        compiled=site.compiled and _position(site.compiled, rename),
        fills=tuple(
            replace(fill, position=_position(fill.position, rename)) for fill in site.fills
        ),
    )


def _growth(line: GrowthLine, rename: Callable[[str], str]) -> GrowthLine:
    return replace(
        line,
        position=_position(line.position, rename),
        compiled=line.compiled and _position(line.compiled, rename),
        sites=tuple(_position(site, rename) for site in line.sites),
    )


def _delete(line: DeleteLine, rename: Callable[[str], str]) -> DeleteLine:
    return replace(
        line,
        position=_position(line.position, rename),
        sites=tuple(_position(site, rename) for site in line.sites),
    )
