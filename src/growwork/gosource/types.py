"""What growwork knows about a module's Go source.

A **map site** is a position where a map comes into being. A **growth line** is a position
where a map can grow. The join between them is a whole-program, field-based flow analysis made
by the `sitefacts` helper with go/types: one growth line has one site, several, or a reason why
it has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = [
    "DeleteLine",
    "FillLoop",
    "FillTier",
    "GrowthLine",
    "MapSite",
    "Position",
    "SiteKind",
    "SourceEdit",
    "SourceFacts",
    "SourceFile",
]


class SiteKind(Enum):
    """How a map comes into being at a site."""

    MAKE = "make"  # make(map[K]V)
    MAKE_SIZED = "make-sized"  # make(map[K]V, hint)
    LITERAL_EMPTY = "literal-empty"  # map[K]V{}
    LITERAL = "literal"  # map[K]V{k: v, …}: presized by the compiler
    CLONE = "clone"  # maps.Clone, maps.Collect


class FillTier(Enum):
    """How well a loop bounds the number of keys it inserts (map-sites, tiers)."""

    T1 = "T1"  # the key is the range key: exact
    T2 = "T2"  # the key derives from the element, unconditional: an upper bound
    T3 = "T3"  # conditional insertion
    T4 = "T4"  # the map is read in the loop: group-by, dedupe
    T5 = "T5"  # the key does not depend on the loop


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in source: path relative to the module root, 1-based line and byte column."""

    file: str
    line: int
    column: int = 0

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"
        )


@dataclass(frozen=True, slots=True)
class FillLoop:
    """A loop after a site that fills the map made there."""

    position: Position
    tier: FillTier
    bound: str | None  # Go expression valid at the site, such as `len(items)`
    safe: bool  # every condition of the auto-fix rule holds
    why_not: str  # empty when safe


@dataclass(frozen=True, slots=True)
class MapSite:
    """One map creation site."""

    position: Position
    function: str  # as the runtime names it: `example.com/shop.(*Cart).Add`
    package: str
    kind: SiteKind
    key_type: str
    elem_type: str
    key_bytes: int | None  # None: a type parameter, the size exists only per instantiation
    elem_bytes: int | None
    has_pointers: bool | None
    offset: int  # byte range of the whole expression in the file
    end_offset: int
    hint: str | None  # source text of the size argument
    hint_value: int | None  # its value when it is a constant
    hint_offset: int  # where a hint is, or would be inserted; -1: no edit is possible
    hint_end: int  # == hint_offset when there is no hint yet
    generated: bool  # in a generated file: never edited
    fills: tuple[FillLoop, ...] = ()
    escapes_loop: bool = False  # made inside a loop body
    owner: str = ""  # `local`, `field`, `package var`, `param`, `elem`, `result`
    key_align: int | None = None  # bytes; None: not known, guessed from the size
    elem_align: int | None = None
    compiled: Position | None = None  # as the binary's line table says; None: same as `position`
    wrappable: bool = False  # the expression may become the argument of a call


@dataclass(frozen=True, slots=True)
class GrowthLine:
    """One line that can grow a map, with the sites whose maps reach it."""

    position: Position
    function: str
    operation: str  # `assign`, `op-assign`, `inc-dec`, `maps.Copy`, `maps.Insert`
    sites: tuple[Position, ...]
    unknown_reason: str  # empty when the join is complete
    compiled: Position | None = None  # as the binary's line table says; None: same as `position`


@dataclass(frozen=True, slots=True)
class DeleteLine:
    """One `delete(m, k)`, `clear(m)` or `maps.DeleteFunc`, with the sites of `m`."""

    position: Position
    function: str
    operation: str  # `delete`, `clear`, `maps.DeleteFunc`
    sites: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A Go file of the module as it was analysed."""

    path: str  # relative to the module root
    sha256: str
    compiled_path: str  # what the binary's line table says for a plain build (absolute)
    trimmed_path: str  # what it says under -trimpath: import path + "/" + base name
    generated: bool
    package: str = ""  # import path
    package_end: int = -1  # offset after the package name; -1: no import may be added there


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """Everything the sitefacts helper found in a module."""

    module: str
    root: str  # absolute folder of go.mod
    go_version: str  # of the toolchain that analysed it
    goos: str
    goarch: str
    sites: tuple[MapSite, ...]
    growth_lines: tuple[GrowthLine, ...]
    delete_lines: tuple[DeleteLine, ...]
    files: tuple[SourceFile, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceEdit:
    """A byte-exact change of one file: `[offset, end)` becomes `new_text`."""

    file: str  # relative to the module root
    offset: int
    end: int
    old_text: str
    new_text: str
    sha256: str  # of the file the offsets belong to
