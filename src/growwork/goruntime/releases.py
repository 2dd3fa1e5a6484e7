"""One row per Go release: which map, which load factor, which trace format.

Every `if version >= …` of growwork lives here, as data. Sources are file names below
GOROOT/src of the release named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from growwork.core.errors import UnsupportedVersion

__all__ = ["RELEASES", "GoRelease", "GoVersion", "MapKind", "release_for"]


class MapKind(Enum):
    """The runtime's map implementation."""

    CLASSIC = "classic"  # buckets and overflow buckets, runtime/map.go, up to 1.23
    SWISS = "swiss"  # groups, tables and a directory, internal/runtime/maps, from 1.24


@dataclass(frozen=True, slots=True, order=True)
class GoVersion:
    """A Go toolchain version such as `go1.26.8`; orders as releases do."""

    major: int
    minor: int
    patch: int = 0

    _PATTERN = re.compile(r"(?:go)?(\d+)\.(\d+)(?:\.(\d+))?")

    @classmethod
    def parse(cls, text: str) -> GoVersion:
        """Read `go1.26.8`, `1.26`, `go1.27.3-X:nogreenteagc` or `go version go1.23.9 linux/amd64`.

        Raises `UnsupportedVersion` when there is no version number in the text.
        """
        found = cls._PATTERN.search(text)
        if found is None:
            raise UnsupportedVersion(text, "no Go version in this text", remedy="expected go1.N")
        major, minor, patch = found.groups()
        return cls(int(major), int(minor), int(patch or 0))

    @property
    def language(self) -> str:
        """The release without its patch number, `1.26`."""
        return f"{self.major}.{self.minor}"

    def __str__(self) -> str:
        return f"go{self.major}.{self.minor}.{self.patch}"


@dataclass(frozen=True, slots=True)
class GoRelease:
    """The facts about one minor release that growwork's arithmetic rests on."""

    language: str
    maps: MapKind
    load_factor: Fraction  # classic: entries per 8-slot bucket; Swiss: share of slots
    trace_format: int  # NN of the header `go 1.NN trace`
    malloc_header: bool  # 8-byte header on pointerful objects over 512 B (1.22+, runtime/malloc.go)
    growth_probes: tuple[str, ...]  # symbols whose RET ends one growth
    prunes_tombstones: bool = True  # False: a full Swiss table always grows, deletes or not


_CLASSIC_PROBES = ("runtime.hashGrow",)
_SWISS_PROBES = (
    "internal/runtime/maps.(*table).grow",
    "internal/runtime/maps.(*table).split",
    "internal/runtime/maps.(*Map).growToTable",
)


def _classic(language: str, load_factor: Fraction, trace: int, *, header: bool) -> GoRelease:
    return GoRelease(language, MapKind.CLASSIC, load_factor, trace, header, _CLASSIC_PROBES)


def _swiss(language: str, trace: int, *, prunes: bool = True) -> GoRelease:
    return GoRelease(language, MapKind.SWISS, Fraction(7, 8), trace, True, _SWISS_PROBES, prunes)


RELEASES: tuple[GoRelease, ...] = (
    # 1.21 truncates 8*13/16 to 6 before halving: load factor 6.0 (runtime/map.go:72, #63438).
    _classic("1.21", Fraction(6), 21, header=False),
    _classic("1.22", Fraction(13, 2), 22, header=True),
    _classic("1.23", Fraction(13, 2), 23, header=True),  # runtime/map.go
    # internal/runtime/maps/table.go; pruneTombstones is missing in 1.24.
    _swiss("1.24", 23, prunes=False),
    _swiss("1.25", 25),
    _swiss("1.26", 26),
    _swiss("1.27", 26),
)

_BY_LANGUAGE = {release.language: release for release in RELEASES}


def release_for(version: GoVersion | str) -> GoRelease:
    """The row of a version; `UnsupportedVersion` names what is supported."""
    parsed = GoVersion.parse(version) if isinstance(version, str) else version
    release = _BY_LANGUAGE.get(parsed.language)
    if release is None:
        raise UnsupportedVersion(
            str(parsed),
            "this Go release is not known to growwork",
            remedy=f"supported are {RELEASES[0].language} to {RELEASES[-1].language}",
        )
    return release
