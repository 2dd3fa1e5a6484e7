"""The map model of a site, and whether samples of a size can be arrays of its maps."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from growwork.goruntime import GoRelease, MapKind
from growwork.goruntime.map_chains import MAP_HEADER_BYTES, ChainKind
from growwork.models import MapModel, map_model
from growwork.models.entry_layout import guess_alignment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from growwork.analysis.chains import ChainSample
    from growwork.gosource.types import MapSite

__all__ = ["ARRAY_KINDS", "fit_model", "fits", "kind_by_size", "site_models"]

# Kinds whose object size is one of the model's array sizes.
ARRAY_KINDS = frozenset(
    {ChainKind.FIRST_ARRAY, ChainKind.GROWTH, ChainKind.SPLIT, ChainKind.PRESIZE}
)


def site_models(site: MapSite, release: GoRelease) -> tuple[MapModel, ...]:
    """Models of the site's map type, likeliest first; none for a type parameter.

    There are several where an alignment is not known: the usual one first.
    """
    if site.key_bytes is None or site.elem_bytes is None:
        return ()
    return tuple(
        map_model(
            release,
            site.key_bytes,
            site.elem_bytes,
            # Without the fact, assume pointers: most types have some.
            has_pointers=site.has_pointers is not False,
            key_align=key_align,
            elem_align=elem_align,
        )
        for key_align, elem_align in product(
            _alignments(site.key_bytes, site.key_align),
            _alignments(site.elem_bytes, site.elem_align),
        )
    )


def fits(model: MapModel, sample: ChainSample) -> bool:
    """Whether the sample's object can belong to a map of this model."""
    sizes = _array_sizes(model)
    size = sample.object_bytes
    match sample.kind:
        case ChainKind.FIRST_ARRAY:
            return size == sizes[0]
        case ChainKind.GROWTH:
            return size in sizes[1:]
        case ChainKind.SPLIT:
            return size == sizes[-1]
        case ChainKind.PRESIZE:
            return size in sizes
        case ChainKind.UNKNOWN:
            return size in sizes or size == MAP_HEADER_BYTES
        case _:
            return True


def fit_model(
    models: Sequence[MapModel], samples: Iterable[ChainSample]
) -> tuple[MapModel | None, float]:
    """The model that explains most samples of arrays, and the share of them it explains.

    Ties go to the earlier model; the share is 1 when there are no such samples.
    """
    counts: dict[tuple[ChainKind, int], int] = {}
    example: dict[tuple[ChainKind, int], ChainSample] = {}
    for sample in samples:
        # A first array's frames are also those of an indirect key or element.
        if sample.kind in ARRAY_KINDS and sample.kind is not ChainKind.FIRST_ARRAY:
            key = (sample.kind, sample.object_bytes)
            counts[key] = counts.get(key, 0) + sample.sampled
            example[key] = sample
    total = sum(counts.values())
    best: MapModel | None = None
    best_explained = -1
    for model in models:
        explained = sum(count for key, count in counts.items() if fits(model, example[key]))
        if explained > best_explained:
            best, best_explained = model, explained
    return best, best_explained / total if total and best else 1.0


def kind_by_size(model: MapModel, object_bytes: int, *, creates: bool, grows: bool) -> ChainKind:
    """What an object without runtime frames is, on a line that creates or grows such maps."""
    sizes = _array_sizes(model)
    if grows and object_bytes == sizes[0]:
        return ChainKind.FIRST_ARRAY
    if object_bytes in sizes[1:]:
        return ChainKind.GROWTH if grows else ChainKind.PRESIZE
    if creates and object_bytes == MAP_HEADER_BYTES:
        return ChainKind.HEADER
    return ChainKind.VALUE


def _array_sizes(model: MapModel) -> tuple[int, ...]:
    if model.release.maps is MapKind.SWISS:
        return tuple(level.object_bytes for level in model.levels())
    return tuple(level.object_bytes for level in model.levels(8 << 24))


def _alignments(size_bytes: int, known: int | None) -> tuple[int, ...]:
    if known is not None:
        return (known,)
    usual = guess_alignment(size_bytes)
    others: list[int] = []
    while usual > 1 << len(others):
        others.append(usual >> (len(others) + 1))
    return (usual, *others)
