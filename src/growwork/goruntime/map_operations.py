"""What a map function is doing: assigning, accessing, iterating, growing, …

The names are those of the binary's symbol table; see `map_functions`. Entry points say what the
program asked for; inner functions of a Swiss map say it too where they serve one operation.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

from growwork.goruntime.map_functions import MapFrame, classify_function

__all__ = ["MapOperation", "operation_of"]


class MapOperation(IntEnum):
    """Operations on a map; a number that is none of them is no map code."""

    GROWTH = 1
    ASSIGN = 2
    ACCESS = 3
    DELETE = 4
    ITERATE = 5
    MAKE = 6
    CLEAR = 7
    OTHER = 8

    @property
    def word(self) -> str:
        """The operation as results name it, `assign`."""
        return self.name.lower()


# The first prefix that fits decides. Classic: runtime/map*.go. Swiss: internal/runtime/maps and
# its entry points in runtime/map*.go. reflect: the linknames of both.
_PREFIXES: tuple[tuple[str, MapOperation], ...] = (
    ("runtime.mapassign", MapOperation.ASSIGN),
    ("runtime.mapaccess", MapOperation.ACCESS),
    ("runtime.mapdelete", MapOperation.DELETE),
    ("runtime.mapiter", MapOperation.ITERATE),
    ("runtime.mapIter", MapOperation.ITERATE),
    ("runtime.makemap", MapOperation.MAKE),
    ("runtime.makeBucketArray", MapOperation.MAKE),
    ("runtime.mapclear", MapOperation.CLEAR),
    ("runtime.(*hmap).newoverflow", MapOperation.ASSIGN),
    ("reflect.mapassign", MapOperation.ASSIGN),
    ("reflect.mapaccess", MapOperation.ACCESS),
    ("reflect.mapdelete", MapOperation.DELETE),
    ("reflect.mapiter", MapOperation.ITERATE),
    ("reflect.makemap", MapOperation.MAKE),
    ("reflect.mapclear", MapOperation.CLEAR),
    ("internal/runtime/maps.(*Iter).", MapOperation.ITERATE),
    ("internal/runtime/maps.NewMap", MapOperation.MAKE),
    ("internal/runtime/maps.NewEmptyMap", MapOperation.MAKE),
    ("internal/runtime/maps.newTable", MapOperation.MAKE),
    ("internal/runtime/maps.(*Map).Put", MapOperation.ASSIGN),
    ("internal/runtime/maps.(*Map).putSlot", MapOperation.ASSIGN),
    ("internal/runtime/maps.(*table).PutSlot", MapOperation.ASSIGN),
    ("internal/runtime/maps.(*Map).Get", MapOperation.ACCESS),
    ("internal/runtime/maps.(*Map).getWith", MapOperation.ACCESS),
    ("internal/runtime/maps.(*table).Get", MapOperation.ACCESS),
    ("internal/runtime/maps.(*table).getWith", MapOperation.ACCESS),
    ("internal/runtime/maps.(*Map).Delete", MapOperation.DELETE),
    ("internal/runtime/maps.(*Map).deleteSmall", MapOperation.DELETE),
    ("internal/runtime/maps.(*table).Delete", MapOperation.DELETE),
    ("internal/runtime/maps.(*Map).Clear", MapOperation.CLEAR),
    ("internal/runtime/maps.(*Map).clearSmall", MapOperation.CLEAR),
    ("internal/runtime/maps.(*table).Clear", MapOperation.CLEAR),
)


@lru_cache(maxsize=65536)
def operation_of(function: str) -> MapOperation | None:
    """The operation a function belongs to; None when it is no map code."""
    kind = classify_function(function)
    if kind is None:
        return None
    if kind is MapFrame.GROWTH:
        return MapOperation.GROWTH
    for prefix, operation in _PREFIXES:
        if function.startswith(prefix):
            return operation
    return MapOperation.OTHER
