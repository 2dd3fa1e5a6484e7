"""What a map allocates, told from the runtime frames above it.

A heap sample's runtime frames say which part of a map the object is: its first array, an array
made by growth, by a table split, by `make` with a hint, a directory, and so on. The rules are
data, one ordered table per map implementation; the first rule whose clauses all meet a frame of
the stack wins.

Names differ in who appears at the leaf: up to 1.24 the runtime cuts `mallocgc` and its callers
`newobject` and `makeslice` off the stack, later releases show them (runtime/mprof.go). The rules
therefore name map functions, not allocators, wherever one suffices.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from growwork.goruntime.map_functions import is_transparent_function
from growwork.goruntime.releases import MapKind

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MAP_HEADER_BYTES", "ChainKind", "classify_chain"]

MAP_HEADER_BYTES = 48  # hmap (runtime/map.go) and maps.Map (internal/runtime/maps/map.go)


class ChainKind(Enum):
    """Which part of a map an object is."""

    FIRST_ARRAY = "first array"  # the first bucket or group of a map made without a hint
    GROWTH = "growth"  # a larger array that replaces one
    SPLIT = "split"  # Swiss: one of the two tables a full table of 1,024 slots becomes
    PRESIZE = "presize"  # arrays that make(map, hint) or a clone allocates at once
    DIRECTORY = "directory"  # Swiss: a directory made by growth
    PRESIZE_DIRECTORY = "presize directory"  # Swiss: a directory made by make(map, hint)
    TABLE = "table"  # Swiss: a table struct
    OVERFLOW = "overflow"  # classic: overflow buckets and their bookkeeping
    HEADER = "header"  # the map itself
    VALUE = "value"  # no part of a map's arrays: a value, a key, an indirect element
    UNKNOWN = "unknown"  # the profile has no runtime frames: only the object's size can tell


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: ChainKind
    clauses: tuple[frozenset[str], ...]  # each must meet one function of the run


def _rule(kind: ChainKind, *clauses: str) -> _Rule:
    return _Rule(kind, tuple(frozenset(clause.split()) for clause in clauses))


_ARRAY = "newarray newGroups (*table).reset growToSmall"

# Names without their package: `runtime.` and `internal/runtime/maps.` are cut off, and so are
# the suffixes of the fast variants (`mapassign_fast64` is `mapassign`).
_RULES: dict[MapKind, tuple[_Rule, ...]] = {
    MapKind.CLASSIC: (
        _rule(ChainKind.GROWTH, "makeBucketArray", "hashGrow"),
        _rule(ChainKind.OVERFLOW, "hashGrow growWork evacuate"),
        _rule(ChainKind.OVERFLOW, "(*hmap).newoverflow (*hmap).createOverflow moveToBmap"),
        _rule(ChainKind.PRESIZE, "makeBucketArray", "makemap mapclone2"),
        _rule(ChainKind.OVERFLOW, "makeBucketArray"),
        _rule(ChainKind.HEADER, "makemap makemap64"),
        # mapassign and mapclone2 allocate a single bucket themselves; mapassign also allocates
        # indirect keys and elements, which only their size tells apart.
        _rule(ChainKind.FIRST_ARRAY, "mapassign mapclone2"),
    ),
    MapKind.SWISS: (
        _rule(ChainKind.SPLIT, _ARRAY, "(*table).split"),
        _rule(ChainKind.FIRST_ARRAY, _ARRAY, "(*Map).growToSmall"),
        _rule(ChainKind.GROWTH, _ARRAY, "(*Map).growToTable (*table).grow (*table).rehash"),
        _rule(ChainKind.PRESIZE, _ARRAY, "NewMap (*Map).Clone (*table).clone"),
        _rule(ChainKind.TABLE, "newTable (*table).clone"),
        _rule(ChainKind.DIRECTORY, "(*Map).installTableSplit (*Map).growToTable"),
        _rule(ChainKind.PRESIZE_DIRECTORY, "makeslice", "NewMap (*Map).Clone"),
        _rule(ChainKind.HEADER, "newobject", "NewMap (*Map).Clone"),
        # Up to 1.24 the two above look the same and are told apart by size, see below.
        _rule(ChainKind.PRESIZE_DIRECTORY, "NewMap (*Map).Clone"),
        _rule(ChainKind.HEADER, "makemap makemap64 NewEmptyMap"),
    ),
}


def classify_chain(functions: Sequence[str], object_bytes: int, maps: MapKind) -> ChainKind:
    """The part of a map that an object allocated under `functions` is, leaf first.

    Only the frames below the first user frame count. An object without map frames is a `VALUE`.
    """
    run = _runtime_run(functions)
    for rule in _RULES[maps]:
        if all(not clause.isdisjoint(run) for clause in rule.clauses):
            # A directory has 8 * 2^k bytes, so 48 bytes are the map header.
            if rule.kind is ChainKind.PRESIZE_DIRECTORY and object_bytes == MAP_HEADER_BYTES:
                return ChainKind.HEADER
            return rule.kind
    return ChainKind.VALUE


def _runtime_run(functions: Sequence[str]) -> frozenset[str]:
    run: set[str] = set()
    for name in functions:
        if not is_transparent_function(name):
            break
        run.add(_short_name(name))
    return frozenset(run)


def _short_name(name: str) -> str:
    short = name.removeprefix("internal/runtime/maps.").removeprefix("runtime.")
    for base in ("mapassign", "growWork", "evacuate"):
        if short.startswith(base + "_"):
            return base
    return "makemap" if short == "makemap_small" else short
