"""Small Go modules written by tests, and the facts about them.

Comments name places: `//: name` at the end of a line. So a test says `place("fill")` where it
means a line, and the Go text can change.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from growwork.capture.toolchain import find_toolchain
from growwork.core.errors import GrowworkError
from growwork.gosource import analyse_module
from growwork.gosource.toolchain import Toolchain
from growwork.gosource.types import DeleteLine, GrowthLine, MapSite, SourceFacts
from tests.gotoolchains import require_go

_PLACE = re.compile(r"//: (\S+)\s*$")


@cache
def toolchain(requested: str | None = None) -> Toolchain:
    """A toolchain of this machine; skips the test, with the reason, when there is none."""
    if shutil.which("go") is None:
        pytest.skip("no Go toolchain on this machine")
    if requested is not None:
        require_go(f"go{requested}")  # never downloads
    try:
        return find_toolchain(Path.cwd(), requested)
    except GrowworkError as error:
        pytest.skip(str(error))


@dataclass(frozen=True, slots=True)
class Analysed:
    """A module on disk, its facts, and the lines its comments name."""

    root: Path
    facts: SourceFacts
    places: dict[str, tuple[str, int]]

    def site(self, name: str) -> MapSite:
        """The only site on the line."""
        (site,) = self.sites(name)
        return site

    def sites(self, name: str) -> list[MapSite]:
        return [s for s in self.facts.sites if self._at(s.position.file, s.position.line, name)]

    def growth(self, name: str) -> GrowthLine:
        """The only growth line on the line."""
        (line,) = (
            g for g in self.facts.growth_lines if self._at(g.position.file, g.position.line, name)
        )
        return line

    def delete(self, name: str) -> DeleteLine:
        (line,) = (
            d for d in self.facts.delete_lines if self._at(d.position.file, d.position.line, name)
        )
        return line

    def joined(self, name: str) -> set[str]:
        """The names of the lines of the sites that a growth line joins to."""
        lines = {(site.file, site.line) for site in self.growth(name).sites}
        return {place for place, line in self.places.items() if line in lines}

    def _at(self, file: str, line: int, name: str) -> bool:
        return self.places[name] == (file, line)


def write_module(root: Path, files: dict[str, str], *, language: str = "1.21") -> None:
    """Write a module `example.com/m`; `go.mod` among the files replaces the default one."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "go.mod").write_text(f"module example.com/m\n\ngo {language}\n", encoding="utf-8")
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def analyse(
    root: Path,
    files: dict[str, str],
    *patterns: str,
    language: str = "1.21",
    go: str | None = None,
    tests: bool = False,
) -> Analysed:
    """Write a module and analyse it."""
    write_module(root, files, language=language)
    facts = analyse_module(toolchain(go), root, patterns or ("./...",), tests=tests)
    places = {}
    for name, text in files.items():
        for number, line in enumerate(text.split("\n"), 1):
            found = _PLACE.search(line)
            if found:
                places[found[1]] = (name, number)
    return Analysed(root, facts, places)
