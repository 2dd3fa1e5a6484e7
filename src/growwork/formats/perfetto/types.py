"""What the writer takes: tracks one by one, events by the column."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from growwork.formats.perfetto.spec import CounterUnit

__all__ = ["CallFrame", "ClockReading", "Column", "Counter", "Instants", "Slices", "Track"]

Column: TypeAlias = npt.NDArray[np.int64]


class Counter(Enum):
    """What a counter track counts."""

    BYTES = CounterUnit.UNIT_SIZE_BYTES
    COUNT = CounterUnit.UNIT_COUNT


@dataclass(frozen=True, slots=True)
class Track:
    """A line of the timeline. `parent` 0: none; children are shown in order of their rank."""

    uuid: int  # any number but 0
    name: str
    parent: int = 0
    rank: int = 0
    counter: Counter | None = None  # None: slices and instants


@dataclass(frozen=True, slots=True)
class CallFrame:
    """One frame of a call stack."""

    function: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Three clocks at one moment, in ns; `trace_ns` is the clock of every event."""

    trace_ns: int
    mono_ns: int
    wall_ns: int


@dataclass(frozen=True, slots=True)
class Slices:
    """Intervals on tracks; on one track any two of them are nested or apart.

    All columns have the same length. `name` is what the writer's `name()` gave; `stack` a
    number `stack()` was called with, 0 for none. `arguments` are shown with a slice; the text is
    the argument's name.
    """

    track: Column
    start: Column
    end: Column
    name: Column
    stack: Column | None = None
    arguments: tuple[tuple[str, Column], ...] = ()

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Instants:
    """Moments on tracks; columns as those of `Slices`."""

    track: Column
    time: Column
    name: Column
    stack: Column | None = None
    arguments: tuple[tuple[str, Column], ...] = ()

    def __len__(self) -> int:
        return len(self.time)
