"""Look up source facts by what a binary or a profile says about a place.

A binary names files by absolute path, or under -trimpath by import path and base name; a binary
built elsewhere has another folder in front. So a path is looked up as it is, then in its
trimmed form, then by the longest suffix that only one analysed file has. Nothing is cut at
`/src/`: import paths may contain it. Functions are never compared: all instantiations of a
generic function share one line, and closures are renamed by inlining.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

from growwork.gosource.types import (
    DeleteLine,
    GrowthLine,
    MapSite,
    Position,
    SourceFacts,
    SourceFile,
)

__all__ = ["SourceIndex"]

Line = TypeVar("Line", GrowthLine, DeleteLine)

_MODULE_VERSION = re.compile(r"@[^/]+")  # `example.com/mod@v1.2.3/pkg/file.go`


class SourceIndex:
    """Growth lines, sites and deletes of source facts, by position."""

    def __init__(self, facts: SourceFacts) -> None:
        self.facts = facts
        self._paths = _PathTable(facts)
        self._sites = {site.position: site for site in facts.sites}
        self._numbers = {site.position: number for number, site in enumerate(facts.sites)}
        self._sites_by_line: dict[tuple[str, int], list[MapSite]] = defaultdict(list)
        for site in facts.sites:
            at = site.compiled or site.position
            self._sites_by_line[at.file, at.line].append(site)
        self._growth: dict[tuple[str, int], GrowthLine] = {}
        for line in facts.growth_lines:
            at = line.compiled or line.position
            known = self._growth.get((at.file, at.line))
            self._growth[at.file, at.line] = line if known is None else _merged(known, line)
        self._growth_by_site = _by_site(facts.growth_lines)
        self._deletes_by_site = _by_site(facts.delete_lines)

    def file(self, path: str) -> str | None:
        """The analysed file that a binary's path means, relative to the module root."""
        return self._paths.resolve(path)

    def growth_line(self, file: str, line: int) -> GrowthLine | None:
        """The growth line at a compiled position; `file` is as the binary has it."""
        known = self.file(file)
        return None if known is None else self._growth.get((known, line))

    def sites_at(self, file: str, line: int) -> tuple[MapSite, ...]:
        """The creation sites on a compiled line; `file` is as the binary has it."""
        known = self.file(file)
        return () if known is None else tuple(self._sites_by_line.get((known, line), ()))

    def site(self, position: Position) -> MapSite | None:
        """The site at a position of the facts."""
        return self._sites.get(position)

    def site_number(self, site: MapSite) -> int:
        """The index of a site in `SourceFacts.sites`: the collector's name for it."""
        return self._numbers[site.position]

    def growth_of(self, site: MapSite) -> tuple[GrowthLine, ...]:
        """The growth lines that maps of a site reach."""
        return tuple(self._growth_by_site.get(site.position, ()))

    def deletes_of(self, site: MapSite) -> tuple[DeleteLine, ...]:
        """The lines that remove keys from maps of a site."""
        return tuple(self._deletes_by_site.get(site.position, ()))


class _PathTable:
    """From a binary's file names to those of the facts."""

    def __init__(self, facts: SourceFacts) -> None:
        self._exact: dict[str, str] = {}
        self._suffixes: dict[str, str | None] = {}  # None: several files have it
        self._resolved: dict[str, str | None] = {}
        folders = {posixpath.dirname(file.path): file for file in facts.files}
        for file in facts.files:
            self._add(file.path, file.compiled_path, file.trimmed_path)
        for path in _directive_files(facts):
            neighbour = folders.get(posixpath.dirname(path))
            name = posixpath.basename(path)
            absolute = posixpath.join(facts.root, path)
            self._add(path, absolute, _beside(neighbour, name) if neighbour else absolute)

    def resolve(self, path: str) -> str | None:
        if path not in self._resolved:
            self._resolved[path] = self._resolve(path)
        return self._resolved[path]

    def _add(self, path: str, absolute: str, trimmed: str) -> None:
        self._exact[absolute] = path
        self._exact[trimmed] = path
        for suffix in {*_suffixes(path), *_suffixes(trimmed)}:
            other = self._suffixes.setdefault(suffix, path)
            if other != path:
                self._suffixes[suffix] = None

    def _resolve(self, path: str) -> str | None:
        path = path.replace("\\", "/")
        if path in self._exact:
            return self._exact[path]
        plain = _MODULE_VERSION.sub("", path)
        if plain in self._exact:
            return self._exact[plain]
        # A base name alone would also match files of other modules.
        candidates = (suffix for suffix in _suffixes(plain) if "/" in suffix)
        found = next((suffix for suffix in candidates if suffix in self._suffixes), None)
        return None if found is None else self._suffixes[found]


def _suffixes(path: str) -> Iterable[str]:
    """`a/b/c.go`, `b/c.go`, `c.go`."""
    parts = path.strip("/").split("/")
    return ("/".join(parts[start:]) for start in range(len(parts)))


def _directive_files(facts: SourceFacts) -> set[str]:
    """Files that only //line directives name."""
    known = {file.path for file in facts.files}
    compiled = [site.compiled for site in facts.sites]
    compiled += [line.compiled for line in facts.growth_lines]
    named = {position.file for position in compiled if position is not None}
    return named - known


def _beside(neighbour: SourceFile, name: str) -> str:
    return posixpath.join(posixpath.dirname(neighbour.trimmed_path), name)


def _merged(one: GrowthLine, other: GrowthLine) -> GrowthLine:
    """Two growing statements on one line: a profile cannot tell them apart."""
    return GrowthLine(
        position=one.position,
        function=one.function,
        operation=one.operation,
        sites=tuple(sorted({*one.sites, *other.sites})),
        unknown_reason=one.unknown_reason or other.unknown_reason,
        compiled=one.compiled,
    )


def _by_site(lines: Iterable[Line]) -> dict[Position, list[Line]]:
    table: dict[Position, list[Line]] = defaultdict(list)
    for line in lines:
        for site in line.sites:
            table[site].append(line)
    return table
