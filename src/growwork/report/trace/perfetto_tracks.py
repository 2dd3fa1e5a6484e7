"""The tracks of a trace in Perfetto: their numbers, names and order."""

from __future__ import annotations

from enum import IntEnum

from growwork.formats.perfetto import Counter, Track

__all__ = ["FIXED_TRACKS", "Family", "Fixed", "family_track", "uuid_base"]


class Fixed(IntEnum):
    """Tracks that every trace has, in the order they are shown; the value is the uuid."""

    PROGRAM = 1
    PAUSES = 2
    CYCLES = 3
    HEAP = 4
    GOAL = 5
    GC_PROCS = 6
    PROCS = 7
    PS = 8
    GOROUTINES = 9
    TASKS = 10


class Family(IntEnum):
    """Tracks of which there is one per P, goroutine or task."""

    RUNNING = 1
    SWEEPS = 2
    SAMPLES = 3
    GOROUTINE = 4
    TASK = 5


_NAMES: dict[Fixed, tuple[str, Counter | None]] = {
    Fixed.PAUSES: ("Stop the world", None),
    Fixed.CYCLES: ("GC cycles", None),
    Fixed.HEAP: ("Heap", Counter.BYTES),
    Fixed.GOAL: ("Heap goal", Counter.BYTES),
    Fixed.GC_PROCS: ("Ps at GC work", Counter.COUNT),
    Fixed.PROCS: ("GOMAXPROCS", Counter.COUNT),
    Fixed.PS: ("Ps", None),
    Fixed.GOROUTINES: ("Goroutines", None),
    Fixed.TASKS: ("Tasks", None),
}
FIXED_TRACKS = (
    Track(Fixed.PROGRAM, "Go program"),
    *(
        Track(uuid, name, parent=Fixed.PROGRAM, rank=uuid, counter=counter)
        for uuid, (name, counter) in _NAMES.items()
    ),
)

_PARENTS = {
    Family.RUNNING: Fixed.PS,
    Family.SWEEPS: Fixed.PS,
    Family.SAMPLES: Fixed.PS,
    Family.GOROUTINE: Fixed.GOROUTINES,
    Family.TASK: Fixed.TASKS,
}
_BITS = 52  # a goroutine's number has fewer
_RANKS = 4  # per P: its runs, sweeps and samples stand together
_HIGHEST_RANK = (1 << 31) - 1


def uuid_base(family: Family) -> int:
    """The uuid of a family's track number 0; of the others, the number added. -1 is a number."""
    return (family << _BITS) + 1


def family_track(family: Family, number: int, name: str) -> Track:
    """The track of one P, goroutine or task."""
    rank = number * _RANKS + family if _PARENTS[family] is Fixed.PS else number
    return Track(
        uuid=uuid_base(family) + number,
        name=name,
        parent=_PARENTS[family],
        rank=max(0, min(rank, _HIGHEST_RANK)),
    )
