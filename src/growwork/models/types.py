"""The nouns the map models speak of. Capacities are in slots, sizes in bytes."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Growth", "Level", "Presize"]


@dataclass(frozen=True, slots=True)
class Level:
    """One capacity class of a map that grows from empty."""

    slots: int
    object_bytes: int  # one bucket or group array as the heap profile shows it
    arrays: int  # arrays gained on reaching this level; > 1 only for split Swiss tables
    array_bytes: int  # object_bytes * arrays
    cumulative_bytes: int  # arrays of this level and of all before it
    max_length: int  # entries that fit before the next growth


@dataclass(frozen=True, slots=True)
class Presize:
    """What `make(map, hint)` allocates besides the map header."""

    hint: int
    slots: int
    tables: int  # 1 for a classic map; 0 when nothing is allocated
    object_bytes: int  # one array
    array_bytes: int  # all arrays
    extra_bytes: int  # directory and table structs, mapextra


@dataclass(frozen=True, slots=True)
class Growth:
    """One growth of a map that is filled with distinct keys."""

    at_length: int  # length after the insert that grew it
    slots: int  # capacity afterwards
    array_bytes: int
