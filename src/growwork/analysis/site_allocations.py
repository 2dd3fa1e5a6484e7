"""From a site's samples to the counts its growth chain is fitted to, and to bytes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from growwork.analysis.chains import sampling_probability
from growwork.analysis.growth_chain import ChainCounts, ChainFit
from growwork.analysis.table_tail import TAIL_LEVELS
from growwork.analysis.types import SiteAllocations
from growwork.core.statistics import isotonic_poisson
from growwork.goruntime import MapKind
from growwork.goruntime.map_chains import MAP_HEADER_BYTES, ChainKind
from growwork.models.swiss_map import SwissMap

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from growwork.analysis.site_join import SiteSamples
    from growwork.formats.allocprofile import AllocProfile
    from growwork.models import Level

    Floats = npt.NDArray[np.float64]
    Sizes = Mapping[ChainKind, Counter[int]]

__all__ = ["count_chain", "measure_allocations"]

_TABLE_SLOTS = 1024
_SMALL_SLOTS = 8
_ENOUGH_HEADERS = 10
_FIRST_DOUBT = (
    "objects of the size of a first array are more than the maps that grew: overflow buckets or "
    "values on the line may look the same"
)


def count_chain(entry: SiteSamples, profile: AllocProfile) -> tuple[ChainCounts, tuple[str, ...]]:
    """The samples of a site by level of its model; warnings where they do not fit it."""
    sizes = _by_kind(entry)
    levels = _levels(entry, sizes)
    exposures = np.asarray([sampling_probability(c.object_bytes, profile.rate) for c in levels])
    warnings = _misfits(levels, sizes)
    swiss = entry.model.release.maps is MapKind.SWISS
    grown = _at_levels(levels, sizes[ChainKind.GROWTH])
    first = _at_levels(levels[:1], sizes[ChainKind.FIRST_ARRAY], len(levels))
    if not profile.runtime_frames:
        headers = _headers(sizes, profile.rate)
        first[0], doubt = _believable_first(entry, float(first[0]), grown, exposures, headers)
        warnings += doubt
    splits = float(sum(sizes[ChainKind.SPLIT].values()))
    if swiss and not profile.runtime_frames:
        grown, splits = _guess_splits(grown, exposures)
    presized = _at_levels(levels, sizes[ChainKind.PRESIZE])
    tables = np.zeros(TAIL_LEVELS)
    if swiss and presized[-1] > 0:
        tables, unclear = _presized_tables(entry, sizes, float(presized[-1]), profile.rate)
        presized[-1] -= tables.sum()
        if unclear:
            warnings.append("presized past 1,024 slots: how far is not resolved")
    presized = _merge_small_tables(entry, presized)
    directories, directory_exposures = _directories(entry, sizes, profile.rate)
    counts = ChainCounts(
        slots=tuple(level.slots for level in levels),
        exposures=exposures,
        first=first,
        grown=grown,
        presized=presized,
        swiss=swiss,
        runtime_frames=profile.runtime_frames,
        splits=splits,
        directories=directories,
        directory_exposures=directory_exposures,
        presized_tables=tables,
    )
    return counts, tuple(warnings)


def measure_allocations(entry: SiteSamples, counts: ChainCounts, fit: ChainFit) -> SiteAllocations:
    """Bytes and numbers of arrays; unsmoothed, so sums are unbiased."""
    sizes = np.asarray([c.object_bytes for c in entry.model.levels(counts.slots[-1])], np.float64)
    grown = counts.grown / counts.exposures
    first = counts.first / counts.exposures
    presized = counts.presized / counts.exposures
    table = float(sizes[-1] / counts.exposures[-1])
    split_arrays = counts.splits / float(counts.exposures[-1])
    many = float(counts.presized_tables.sum())
    # Growth to a level replaces the array one level down, a split a full table, a growth to the
    # same size an array of the last level. A first array on the stack is no garbage.
    replaced = np.append(0.0, sizes[:-1])
    replaced[: fit.base + 1] = 0.0
    last_down = float(sizes[-1] - replaced[-1]) if len(sizes) > 1 else 0.0
    garbage = float(grown @ replaced) + split_arrays / 2 * float(sizes[-1])
    growth_bytes = float(grown @ sizes) + counts.splits * table
    presized_bytes = float(presized @ sizes) + many * table
    return SiteAllocations(
        array_bytes=float(first @ sizes) + growth_bytes + presized_bytes,
        array_count=float((first + grown + presized).sum())
        + split_arrays
        + many / float(counts.exposures[-1]),
        growth_bytes=growth_bytes,
        growth_count=float(grown.sum()) + split_arrays,
        garbage_bytes=garbage + fit.same_size * last_down,
        presized_bytes=presized_bytes,
        presized_slots=_presized_slots(entry, counts),
        same_size_growths=fit.same_size,
    )


def _by_kind(entry: SiteSamples) -> Sizes:
    sizes: dict[ChainKind, Counter[int]] = {kind: Counter() for kind in ChainKind}
    for sample in entry.samples:
        sizes[sample.kind][sample.object_bytes] += sample.sampled
    return sizes


def _levels(entry: SiteSamples, sizes: Sizes) -> tuple[Level, ...]:
    """Swiss: all levels of one table. Classic: up to the largest that was seen."""
    if entry.model.release.maps is MapKind.SWISS:
        return entry.model.levels(_TABLE_SLOTS)
    seen = [s for kind in (ChainKind.GROWTH, ChainKind.PRESIZE) for s in sizes[kind]]
    levels = entry.model.levels(8 << 24)
    top = max((i for i, level in enumerate(levels) if level.object_bytes in seen), default=0)
    return levels[: top + 1]


def _at_levels(levels: tuple[Level, ...], sizes: Counter[int], width: int = 0) -> Floats:
    result = np.zeros(max(width, len(levels)))
    for i, level in enumerate(levels):
        result[i] = sizes[level.object_bytes]
    return result


def _misfits(levels: tuple[Level, ...], sizes: Sizes) -> list[str]:
    known = {level.object_bytes for level in levels}
    kinds = (ChainKind.GROWTH, ChainKind.PRESIZE)
    total = sum(sum(sizes[kind].values()) for kind in kinds)
    odd = sum(n for kind in kinds for size, n in sizes[kind].items() if size not in known)
    if odd <= 0.05 * total:
        return []
    return [f"{odd} of {total} sampled arrays have sizes that do not fit the map's types"]


def _guess_splits(grown: Floats, exposures: Floats) -> tuple[Floats, float]:
    """Without frames, tables beyond the number of maps at 512 slots are taken for splits."""
    maps_below = grown[-2] / exposures[-2]
    most = maps_below * exposures[-1]
    splits = max(0.0, float(grown[-1] - most))
    result = grown.copy()
    result[-1] -= splits
    return result, splits


def _believable_first(
    entry: SiteSamples, first: float, grown: Floats, exposures: Floats, headers: float | None
) -> tuple[float, list[str]]:
    """Without frames, samples of the first level that are first arrays, and what is doubtful.

    Overflow buckets of a classic map have the size of its first bucket, and so may a value on
    the line. There are no more first arrays than map headers; where too few `headers` were seen
    to say so, a classic map's surplus over the next level is taken for overflow buckets.
    """
    if (entry.site.hint_value or 0) > _SMALL_SLOTS:
        return 0.0, []  # such a map starts with what make() gave it
    grew = float(isotonic_poisson(grown[1:], exposures[1:])[0]) if len(grown) > 1 else 0.0
    if headers is not None:
        most = headers
    elif entry.model.release.maps is MapKind.CLASSIC and grew > 0:
        most = grew
    else:
        surplus = grew > 0 and first / exposures[0] > 2 * grew
        return first, [_FIRST_DOUBT] if surplus else []
    believed = min(first, most * float(exposures[0]))
    return believed, [_FIRST_DOUBT] if believed < first else []


def _headers(sizes: Sizes, rate: int) -> float | None:
    """Number of map headers, when enough were sampled to say so."""
    seen = sizes[ChainKind.HEADER][MAP_HEADER_BYTES]
    if seen < _ENOUGH_HEADERS:
        return None
    return seen / sampling_probability(MAP_HEADER_BYTES, rate)


def _presized_tables(
    entry: SiteSamples, sizes: Sizes, tables: float, rate: int
) -> tuple[Floats, bool]:
    """Sampled presized tables of 1,024 slots by the directory length (2, 4, …) they belong to.

    From a constant hint, else from the directories seen, weighted by what they stand for.
    """
    result = np.zeros(TAIL_LEVELS)
    hint = entry.site.hint_value
    if hint is not None:
        count = entry.model.presize(hint).tables
        if count > 1:
            result[count.bit_length() - 2] = tables
        return result, False
    weights = np.zeros(TAIL_LEVELS + 1)
    for j in range(TAIL_LEVELS + 1):
        size = _directory_bytes(entry, 1 << j)
        weights[j] = sizes[ChainKind.PRESIZE_DIRECTORY][size] / sampling_probability(size, rate)
    weights *= 2.0 ** np.arange(TAIL_LEVELS + 1)  # tables rather than maps
    if weights.sum() <= 0:
        return result, True
    result[:] = tables * weights[1:] / weights.sum()
    return result, False


def _merge_small_tables(entry: SiteSamples, presized: Floats) -> Floats:
    """A hint just above 896 * 2^j makes several tables of 512 slots: count maps, not tables."""
    hint = entry.site.hint_value
    if hint is None or entry.model.release.maps is not MapKind.SWISS:
        return presized
    made = entry.model.presize(hint)
    if made.tables < 2 or made.slots // made.tables == _TABLE_SLOTS:
        return presized
    return presized / made.tables


def _directories(entry: SiteSamples, sizes: Sizes, rate: int) -> tuple[Floats, Floats]:
    if not isinstance(entry.model, SwissMap):
        return np.zeros(TAIL_LEVELS), np.ones(TAIL_LEVELS)
    objects = [_directory_bytes(entry, 2 << j) for j in range(TAIL_LEVELS)]
    counts = np.asarray([sizes[ChainKind.DIRECTORY][size] for size in objects], np.float64)
    return counts, np.asarray([sampling_probability(size, rate) for size in objects])


def _directory_bytes(entry: SiteSamples, tables: int) -> int:
    assert isinstance(entry.model, SwissMap)
    return entry.model.directory_bytes(tables)


def _presized_slots(entry: SiteSamples, counts: ChainCounts) -> int | None:
    """The capacity make() gave, when all maps got the same."""
    at = [slots for slots, n in zip(counts.slots, counts.presized, strict=True) if n > 0]
    at += [_TABLE_SLOTS << (j + 1) for j, n in enumerate(counts.presized_tables.tolist()) if n > 0]
    if not at:
        return None
    hint = entry.site.hint_value
    if hint is not None:
        return entry.model.hint_slots(hint)
    return at[0] if len(at) == 1 else None
