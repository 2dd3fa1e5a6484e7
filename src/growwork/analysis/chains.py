"""Heap samples of maps: which part of a map each object is, and on whose line it was allocated.

The line is that of the first frame outside the runtime and outside library code that fills maps
for its caller (`maps.Copy`, `reflect`, `encoding/json`, …). A profile without runtime frames
gives `ChainKind.UNKNOWN`: there only the object size can tell, once the site is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING

from growwork.analysis.types import StackFrame
from growwork.goruntime import MapKind, is_transparent_function
from growwork.goruntime.map_chains import ChainKind, classify_chain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from growwork.formats.allocprofile import AllocProfile

__all__ = ["ChainSample", "read_chains", "sampling_probability"]


@dataclass(frozen=True, slots=True)
class ChainSample:
    """All samples of one stack and one object size."""

    kind: ChainKind
    object_bytes: int
    sampled: int  # raw number of samples
    objects: float  # estimated number of objects
    user: StackFrame  # whose line allocated it
    functions: tuple[str, ...]  # from the user frame to the root, for joins by caller


def sampling_probability(object_bytes: int, rate: int) -> float:
    """The chance that an object of this size is sampled (runtime/mprof.go); 1 when all are."""
    return 1.0 if rate <= 1 else 1.0 - exp(-object_bytes / rate)


def read_chains(profile: AllocProfile, maps: MapKind) -> tuple[ChainSample, ...]:
    """The samples of a profile as parts of maps, values included; stacks without a user frame
    are left out."""
    stacks = _read_stacks(profile)
    columns = profile.samples.select(["stack_id", "object_bytes", "sampled"]).to_pydict()
    result: list[ChainSample] = []
    for stack_id, object_bytes, sampled in zip(*columns.values(), strict=True):
        stack = stacks.get(stack_id, ())
        at = _user_index(stack)
        if at is None or sampled <= 0 or object_bytes <= 0:
            continue
        functions = tuple(frame.function for frame in stack)
        if profile.runtime_frames:
            kind = classify_chain(functions, object_bytes, maps)
        else:
            kind = ChainKind.UNKNOWN
        objects = sampled / sampling_probability(object_bytes, profile.rate)
        result.append(ChainSample(kind, object_bytes, sampled, objects, stack[at], functions[at:]))
    return tuple(result)


def _read_stacks(profile: AllocProfile) -> dict[int, tuple[StackFrame, ...]]:
    columns = profile.frames.select(["stack_id", "depth", "function", "file", "line"]).to_pydict()
    rows = sorted(zip(*columns.values(), strict=True), key=lambda row: (row[0], row[1]))
    stacks: dict[int, list[StackFrame]] = {}
    for stack_id, _, function, file, line in rows:
        stacks.setdefault(stack_id, []).append(StackFrame(function, file, line))
    return {stack_id: tuple(frames) for stack_id, frames in stacks.items()}


def _user_index(stack: Sequence[StackFrame]) -> int | None:
    for i, frame in enumerate(stack):
        if not is_transparent_function(frame.function):
            return i
    return None
