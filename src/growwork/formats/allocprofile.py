"""Heap profiles of either form as one view: who allocated how many objects of which size.

A heap profile is keyed by stack and object size, so one line that grows maps appears once per
array size. The text form (`heapdebug`) has raw counts and every frame; the proto form (`pprof`)
has counts scaled by the sampling rate and hides the runtime's frames. `sampled` is the raw count
in both, which is what statistics need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from growwork.core.errors import FormatError, UsageError
from growwork.formats.gobinary import GoBinary
from growwork.formats.heapdebug import HeapDebug, SymbolNames
from growwork.formats.heapstacks import FRAMES, stack_frames
from growwork.formats.pprof import Profile

__all__ = [
    "FRAMES",
    "SAMPLES",
    "AllocProfile",
    "SymbolTable",
    "alloc_profile_from_heapdebug",
    "alloc_profile_from_pprof",
    "merge",
    "scaled",
]

SymbolTable = GoBinary | SymbolNames

SAMPLES = pa.schema(
    [
        pa.field("stack_id", pa.uint32(), nullable=False),
        pa.field("object_bytes", pa.int64(), nullable=False),  # as the allocator rounded it
        pa.field("alloc_objects", pa.float64(), nullable=False),  # since the process began
        pa.field("alloc_bytes", pa.float64(), nullable=False),
        pa.field("inuse_objects", pa.float64(), nullable=False),  # at the last GC before the dump
        pa.field("inuse_bytes", pa.float64(), nullable=False),
        pa.field("sampled", pa.int64(), nullable=False),  # raw count of sampled allocations
    ]
)

_ROUNDING = 1e-6  # of the product in floating point; the interval it falls into is far wider
_HEAP_TYPES = ("alloc_objects", "alloc_space", "inuse_objects", "inuse_space")


@dataclass(frozen=True, slots=True)
class AllocProfile:
    """Allocations by stack and object size; tables of the schemas `SAMPLES` and `FRAMES`."""

    samples: pa.Table
    frames: pa.Table
    rate: int  # bytes between samples; 1: every allocation was recorded
    raw: bool  # the counts are of samples; False: they are estimates of all allocations
    runtime_frames: bool  # the runtime's frames below a growing line are there
    source: str  # `heapdebug` or `pprof`
    warnings: tuple[str, ...] = ()


def alloc_profile_from_heapdebug(
    profile: HeapDebug, symbols: SymbolTable | None = None, *, slide: int | None = None
) -> AllocProfile:
    """The view of a text profile.

    With a `GoBinary` every frame is known; `slide` is how far a position independent one was
    moved, by default worked out from the profile's comment lines. With `SymbolNames` the
    runtime's frames have a function but no line. Without symbols only the comment lines speak,
    and they leave the runtime's first frames out.
    """
    frames, runtime_frames, warnings = stack_frames(profile, symbols, slide)
    objects = _column(profile.records, "alloc_objects")
    size_bytes = _column(profile.records, "alloc_bytes")
    inuse = _column(profile.records, "inuse_objects")
    inuse_bytes = _column(profile.records, "inuse_bytes")
    object_bytes = _object_bytes(objects, size_bytes, inuse, inuse_bytes)
    samples = _samples(
        profile.records.column("stack_id"),
        object_bytes,
        (objects, size_bytes, inuse, inuse_bytes),
        objects,
    )
    return AllocProfile(
        samples=samples,
        frames=frames,
        rate=profile.rate,
        raw=True,
        runtime_frames=runtime_frames,
        source="heapdebug",
        warnings=(*profile.warnings, *_rate_warning(profile.rate), *warnings),
    )


def alloc_profile_from_pprof(profile: Profile, *, source: str = "<profile>") -> AllocProfile:
    """The view of a proto profile; the raw counts are recovered from the scaled ones.

    Raises `FormatError` when it is no heap profile.
    """
    missing = [name for name in _HEAP_TYPES if name not in profile.value_columns]
    if missing:
        found = ", ".join(profile.value_columns)
        raise FormatError(
            source,
            f"expected a heap profile, found one of {found}",
            remedy="use /debug/pprof/heap or /debug/pprof/allocs",
        )
    objects, size_bytes, inuse, inuse_bytes = (
        _column(profile.samples, name) for name in _HEAP_TYPES
    )
    derived = _object_bytes(objects, size_bytes, inuse, inuse_bytes)
    labels = profile.samples.column("bytes")
    labelled = np.asarray(pc.fill_null(labels, -1).to_numpy())
    object_bytes = np.where(labelled >= 0, labelled, derived)
    sampled = _raw_counts(objects, _share(object_bytes, profile.period))
    warnings = list(_rate_warning(profile.period))
    if len(labels) and labels.null_count == len(labels):
        warnings.append("no sample has the label `bytes`: object sizes are averages")
    return AllocProfile(
        samples=_samples(
            profile.samples.column("stack_id"),
            object_bytes,
            (objects, size_bytes, inuse, inuse_bytes),
            sampled,
        ),
        frames=profile.frames.select(FRAMES.names).cast(FRAMES),
        rate=profile.period,
        raw=False,
        runtime_frames=False,
        source="pprof",
        warnings=tuple(warnings),
    )


def scaled(profile: AllocProfile) -> AllocProfile:
    """The profile with raw counts turned into estimates of all allocations."""
    if not profile.raw:
        return profile
    factor = 1 / _share(_column(profile.samples, "object_bytes"), profile.rate)
    samples = profile.samples
    for name in ("alloc_objects", "alloc_bytes", "inuse_objects", "inuse_bytes"):
        index = samples.schema.get_field_index(name)
        column = pa.array(_column(samples, name) * factor)
        samples = samples.set_column(index, SAMPLES.field(name), column)
    return replace(profile, samples=samples, raw=False)


def merge(profiles: Sequence[AllocProfile]) -> AllocProfile:
    """Several profiles as one, such as those of the replicas of a service.

    Raises `UsageError` when their rates or forms differ, or there is none.
    """
    if not profiles:
        raise UsageError("no heap profile to read")
    first = profiles[0]
    if any((it.rate, it.raw) != (first.rate, first.raw) for it in profiles):
        rates = ", ".join(sorted({f"{it.source} at rate {it.rate}" for it in profiles}))
        raise UsageError(
            f"heap profiles of different kinds cannot be added: {rates}",
            remedy="give profiles of one form, taken at one MemProfileRate",
        )
    samples, frames, base = [], [], 0
    for profile in profiles:
        samples.append(_renumbered(profile.samples, base))
        frames.append(_renumbered(profile.frames, base))
        base += 1 + max(_last_stack(profile.samples), _last_stack(profile.frames))
    return replace(
        first,
        samples=pa.concat_tables(samples),
        frames=pa.concat_tables(frames),
        runtime_frames=all(profile.runtime_frames for profile in profiles),
        warnings=tuple(dict.fromkeys(text for it in profiles for text in it.warnings)),
    )


def _column(table: pa.Table, name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.asarray(table.column(name).to_numpy())


def _object_bytes(
    objects: np.ndarray, size_bytes: np.ndarray, inuse: np.ndarray, inuse_bytes: np.ndarray
) -> np.ndarray:
    """The size of one object of each row; 0 where nothing is counted."""
    count = np.where(objects > 0, objects, inuse)
    total = np.where(objects > 0, size_bytes, inuse_bytes)
    return total // np.maximum(count, 1)


def _share(object_bytes: np.ndarray, rate: int) -> np.ndarray:
    """The probability that an object of this size is sampled (runtime/pprof, scaleHeapSample)."""
    if rate <= 1:
        return np.ones(len(object_bytes))
    return np.where(object_bytes > 0, -np.expm1(-object_bytes / rate), 1.0)


def _raw_counts(objects: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The k of `objects = int(k / share)`: the one integer in [objects, objects + 1) * share."""
    return np.asarray(np.ceil(objects * share - _ROUNDING), dtype=np.int64)


def _samples(
    stack_id: pa.ChunkedArray,
    object_bytes: np.ndarray,
    counts: Sequence[np.ndarray],
    sampled: np.ndarray,
) -> pa.Table:
    columns = [
        stack_id,
        pa.array(object_bytes, pa.int64()),
        *(pa.array(count.astype(np.float64)) for count in counts),
        pa.array(sampled, pa.int64()),
    ]
    # Go 1.27 also writes stacks whose allocations it has not published yet, with zero counts.
    objects, _, inuse, _ = counts
    return pa.Table.from_arrays(columns, schema=SAMPLES).filter(
        pa.array((objects > 0) | (inuse > 0))
    )


def _rate_warning(rate: int) -> tuple[str, ...]:
    if rate > 0:
        return ()
    return ("the heap profile was switched off (MemProfileRate 0): it has no samples",)


def _renumbered(table: pa.Table, base: int) -> pa.Table:
    ids = pc.add(table.column("stack_id").cast(pa.int64()), base).cast(pa.uint32())
    return table.set_column(0, table.schema.field(0), ids)


def _last_stack(table: pa.Table) -> int:
    last = pc.max(table.column("stack_id")).as_py()
    return -1 if last is None else int(last)
