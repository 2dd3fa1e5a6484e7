"""Which runtime functions are map code, and which of them grow a map.

A stack is growth when one of its map frames only runs while a map grows; every other map frame
(assignment, access, `make`, iteration, …) is map code without growth. Functions shared by both,
such as `makeBucketArray`, `newTable` and `reset`, therefore count as `OTHER`: under growth
their callers `hashGrow`, `grow` or `split` say so.

Names are those of the binary's symbol table, so linknamed functions appear as they are pushed:
`runtime.mapassign_fast64` although the code sits in internal/runtime/maps.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from growwork.goruntime.releases import MapKind

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "GROWTH_FUNCTIONS",
    "MAP_FUNCTIONS",
    "MapFrame",
    "classify_function",
    "classify_stack",
    "is_runtime_function",
    "is_transparent_function",
]

_SWISS = "internal/runtime/maps."


class MapFrame(Enum):
    """What a map frame on a stack means."""

    GROWTH = "growth"  # runs only while a map grows
    OTHER = "other"  # any other map code


# Functions that run only during growth. `growToSmall` allocates the first group of an empty map;
# it is the step from no array to one.
GROWTH_FUNCTIONS: dict[MapKind, frozenset[str]] = {
    # runtime/map.go, map_fast32.go, map_fast64.go, map_faststr.go
    MapKind.CLASSIC: frozenset(
        {"runtime.hashGrow", "runtime.advanceEvacuationMark", "runtime.bucketEvacuated"}
        | {
            f"runtime.{name}{variant}"
            for name in ("growWork", "evacuate")
            for variant in ("", "_fast32", "_fast64", "_faststr")
        }
    ),
    # internal/runtime/maps/map.go, table.go
    MapKind.SWISS: frozenset(
        _SWISS + name
        for name in (
            "(*Map).growToSmall",
            "(*Map).growToTable",
            "(*Map).installTableSplit",
            "(*Map).replaceTable",
            "(*table).grow",
            "(*table).rehash",
            "(*table).split",
        )
    ),
}

# Map code that also runs without growth; a trailing `*` is any rest of the name.
MAP_FUNCTIONS: dict[MapKind, frozenset[str]] = {
    MapKind.CLASSIC: frozenset(
        "runtime." + name
        for name in (
            "(*hmap).*",
            "(*bmap).*",
            "makeBucketArray",
            "makemap*",
            "mapaccess*",
            "mapassign*",
            "mapclear",
            "mapclone*",
            "mapdelete*",
            "mapiter*",
            "moveToBmap",
            "overLoadFactor",
            "tooManyOverflowBuckets",
        )
    ),
    # Everything in the package, and the runtime's entry points into it (runtime/map*.go).
    MapKind.SWISS: frozenset(
        {_SWISS + "*"}
        | {
            "runtime." + name
            for name in (
                "makemap*",
                "mapIter*",
                "mapaccess*",
                "mapassign*",
                "mapclear",
                "mapclone*",
                "mapdelete*",
                "mapiter*",
            )
        }
    ),
}

# reflect and maps reach the runtime through linknames (runtime/map.go, `//go:linkname reflect_…`).
_LINKNAMED = frozenset(
    {
        "maps.clone",
        "reflect.makemap",
        "reflect.mapaccess",
        "reflect.mapaccess_faststr",
        "reflect.mapassign0",
        "reflect.mapassign_faststr0",
        "reflect.mapclear",
        "reflect.mapdelete",
        "reflect.mapdelete_faststr",
        "reflect.mapiterelem",
        "reflect.mapiterinit",
        "reflect.mapiterkey",
        "reflect.mapiternext",
        "reflect.maplen",
    }
)

_GROWTH = frozenset().union(*GROWTH_FUNCTIONS.values())
_PATTERNS = frozenset().union(*MAP_FUNCTIONS.values())
_EXACT = _LINKNAMED | {name for name in _PATTERNS if not name.endswith("*")}
_PREFIXES = tuple(sorted(name[:-1] for name in _PATTERNS if name.endswith("*")))

# Library code that makes or fills a map on behalf of its caller: the user's line is above it.
_TRANSPARENT_PACKAGES = (
    "runtime.",
    "runtime/",
    "internal/",
    "maps.",
    "slices.",
    "iter.",
    "reflect.",
    "sync.",
    "encoding/json.",
    "encoding/gob.",
    "encoding/xml.",
)


@lru_cache(maxsize=65536)
def classify_function(name: str) -> MapFrame | None:
    """What the function `name` says about a stack; `None` when it is no map code."""
    if name in _GROWTH:
        return MapFrame.GROWTH
    if name in _EXACT or name.startswith(_PREFIXES):
        return MapFrame.OTHER
    return None


def classify_stack(functions: Iterable[str]) -> MapFrame | None:
    """The class of a whole stack, given leaf first.

    Only the run of runtime frames at the leaf counts: a growth further up cannot be what the
    leaf is doing, because map code never calls back into user code. `runtime.` helpers between
    the leaf and the map (malloc, GC assist, `systemstack`) are part of that run.
    """
    found: MapFrame | None = None
    for name in functions:
        kind = classify_function(name)
        if kind is MapFrame.GROWTH:
            return kind
        found = found or kind
        if kind is None and not is_runtime_function(name):
            return found
    return found


def is_runtime_function(name: str) -> bool:
    """Whether the function belongs to the runtime itself (`runtime.*`, `internal/*`)."""
    return name.startswith(("runtime.", "runtime/internal/", "internal/"))


@lru_cache(maxsize=65536)
def is_transparent_function(name: str) -> bool:
    """Whether a reader would look for the map's line in the caller of this function."""
    return name.startswith(_TRANSPARENT_PACKAGES)
