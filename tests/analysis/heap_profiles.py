"""Heap profiles of maps whose sizes are known, made from the map models.

Every object a map would allocate gets the stack the runtime gives it, and is sampled with the
probability the runtime uses; so an estimate can be compared with the truth.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import exp
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from growwork.formats.allocprofile import AllocProfile
from growwork.goruntime import GoRelease, MapKind
from growwork.gosource.types import FillLoop, GrowthLine, MapSite, Position, SiteKind
from growwork.models import map_model
from growwork.models.swiss_map import SwissMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from growwork.models import MapModel

_M = "internal/runtime/maps."
_CLASSIC = {
    "first": ("runtime.mapassign_faststr",),
    "growth": ("runtime.makeBucketArray", "runtime.hashGrow", "runtime.mapassign_faststr"),
    "presize": ("runtime.makeBucketArray", "runtime.makemap"),
    "overflow": ("runtime.(*hmap).newoverflow", "runtime.mapassign_faststr"),
    "header": ("runtime.makemap_small",),
}
_RESET = (f"{_M}newarray", f"{_M}newGroups", f"{_M}(*table).reset", f"{_M}newTable")
_SWISS = {
    "first": (f"{_M}newarray", f"{_M}(*Map).growToSmall", "runtime.mapassign_faststr"),
    "to-table": (*_RESET, f"{_M}(*Map).growToTable", "runtime.mapassign_faststr"),
    "growth": (*_RESET, f"{_M}(*table).grow", f"{_M}(*table).rehash", "runtime.mapassign_faststr"),
    "split": (*_RESET, f"{_M}(*table).split", f"{_M}(*table).rehash", "runtime.mapassign_faststr"),
    "presize": (*_RESET, f"{_M}NewMap", "runtime.makemap"),
    "presize-directory": ("runtime.makeslice", f"{_M}NewMap", "runtime.makemap"),
    "directory": (
        "runtime.makeslice",
        f"{_M}(*Map).installTableSplit",
        f"{_M}(*table).split",
        f"{_M}(*table).rehash",
        "runtime.mapassign_faststr",
    ),
    "header": ("runtime.newobject", "runtime.makemap_small"),
}


def make_site(
    line: int = 10,
    *,
    file: str = "shop/index.go",
    function: str = "example.com/shop.build",
    kind: SiteKind = SiteKind.MAKE,
    key_bytes: int | None = 8,
    elem_bytes: int | None = 8,
    has_pointers: bool = False,
    hint: str | None = None,
    hint_value: int | None = None,
    fills: tuple[FillLoop, ...] = (),
    owner: str = "local",
) -> MapSite:
    """A creation site of a map[K]V with these sizes."""
    return MapSite(
        position=Position(file, line, 7),
        function=function,
        package="example.com/shop",
        kind=kind,
        key_type="K",
        elem_type="V",
        key_bytes=key_bytes,
        elem_bytes=elem_bytes,
        has_pointers=has_pointers,
        offset=100 * line,
        end_offset=100 * line + 20,
        hint=hint,
        hint_value=hint_value,
        hint_offset=100 * line + 19,
        hint_end=100 * line + 19,
        generated=False,
        fills=fills,
        owner=owner,
    )


def make_line(
    line: int,
    *sites: MapSite,
    file: str = "shop/index.go",
    function: str = "example.com/shop.build",
) -> GrowthLine:
    """A growth line that maps of these sites reach."""
    return GrowthLine(
        Position(file, line, 3), function, "assign", tuple(s.position for s in sites), ""
    )


@dataclass
class Source:
    """Source facts by position, as the join asks for them."""

    sites: Sequence[MapSite]
    lines: Sequence[GrowthLine]

    def growth_line(self, file: str, line: int) -> GrowthLine | None:
        return next(
            (g for g in self.lines if (g.position.file, g.position.line) == (file, line)), None
        )

    def sites_at(self, file: str, line: int) -> tuple[MapSite, ...]:
        return tuple(s for s in self.sites if (s.position.file, s.position.line) == (file, line))

    def site(self, position: Position) -> MapSite | None:
        return next((s for s in self.sites if s.position == position), None)


@dataclass(frozen=True)
class Place:
    """Where a map is filled: the user's line and the frames around it."""

    site: MapSite
    line: int
    callers: Sequence[str] = ()
    through: Sequence[str] = ()


@dataclass
class HeapWriter:
    """Collects objects by (stack, size) and writes the profile a sampler would."""

    release: GoRelease
    objects: Counter[tuple[tuple[tuple[str, str, int], ...], int]] = field(default_factory=Counter)

    def add(self, part: str, size: int, count: int, place: Place) -> None:
        """`count` objects of `size` bytes that the named part of a map allocates on a line."""
        table = _CLASSIC if self.release.maps is MapKind.CLASSIC else _SWISS
        runtime = table.get(part, ())
        stack = [(name, "runtime/map.go", 1) for name in (*runtime, *place.through)]
        stack.append((place.site.function, place.site.position.file, place.line))
        stack += [(name, "main.go", 5) for name in (*place.callers, "main.main")]
        if count > 0:
            self.objects[tuple(stack), size] += count

    def fill(
        self,
        site: MapSite,
        lengths: Iterable[int],
        *,
        line: int,
        hint: int = 0,
        stack_map: bool = False,
        callers: Sequence[str] = (),
        through: Sequence[str] = (),
        seed: int = 3,
    ) -> dict[int, int]:
        """Make one map per length at the site and fill it on `line`; true final slots by count."""
        model = model_of(site, self.release)
        generator = np.random.default_rng(seed)
        final: Counter[int] = Counter()
        made_at = Place(site, site.position.line)
        where = Place(site, line, callers, through)
        for length in lengths:
            self.add("header", 48, 0 if stack_map else 1, made_at)
            made = model.presize(hint)
            if made.tables:
                self.add("presize", made.object_bytes, made.tables, made_at)
            elif length and not stack_map:
                self.add("first", model.levels()[0].object_bytes, 1, where)
            if isinstance(model, SwissMap):
                slots = self._grow_swiss(model, length, hint, where, generator)
            else:
                for growth in model.growths(length, hint):
                    self.add("growth", growth.array_bytes, 1, where)
                slots = max(made.slots, model.slots_for(length))
            if length > 8 or not stack_map:
                final[slots] += 1
        return dict(final)

    def _grow_swiss(
        self,
        model: SwissMap,
        length: int,
        hint: int,
        where: Place,
        generator: np.random.Generator,
    ) -> int:
        made = model.presize(hint)
        directory = max(1, made.tables)
        if made.tables:
            size = model.directory_bytes(made.tables)
            self.add("presize-directory", size, 1, Place(where.site, where.site.position.line))
        slots = made.slots // directory
        shares = generator.multinomial(length, [1 / directory] * directory) if length else [0]
        depths: list[int] = []
        for share in shares:
            depths += self._grow_table(model, (int(share), slots, 0), where, generator)
        grown_to = directory * 2 ** max(depths)
        while directory < grown_to:
            directory *= 2
            self.add("directory", model.directory_bytes(directory), 1, where)
        if grown_to == max(1, made.tables) == 1:
            return next(
                c.slots for c in model.levels() if c.max_length >= length and c.slots >= slots
            )
        return 1024 * directory

    def _grow_table(
        self,
        model: SwissMap,
        table: tuple[int, int, int],
        where: Place,
        generator: np.random.Generator,
    ) -> list[int]:
        """Grow one table of (length, slots, depth); depths of the tables it becomes."""
        length, slots, depth = table
        while slots < 1024 and length > model.max_length(slots):
            slots *= 2
            size = next(c.object_bytes for c in model.levels() if c.slots == slots)
            self.add("to-table" if slots == 16 else "growth", size, 1, where)
        if length <= model.max_length(slots):
            return [depth]
        self.add("split", model.table_bytes, 2, where)
        left = int(generator.binomial(length, 0.5))
        result: list[int] = []
        for share in (left, length - left):
            result += self._grow_table(model, (share, 1024, depth + 1), where, generator)
        return result

    def profile(self, rate: int, *, seed: int = 1, frames: bool = True) -> AllocProfile:
        """Sample the objects; without `frames` as protobuf profiles are."""
        generator = np.random.default_rng(seed)
        counts: Counter[tuple[tuple[tuple[str, str, int], ...], int]] = Counter()
        for (stack, size), objects in sorted(self.objects.items()):
            chance = 1.0 if rate <= 1 else 1 - exp(-size / rate)
            shown = stack if frames else tuple(f for f in stack if not _hidden(f[0]))
            counts[shown, size] += int(generator.binomial(objects, chance))
        return build_profile(counts, rate, frames=frames)


def build_profile(
    counts: Counter[tuple[tuple[tuple[str, str, int], ...], int]], rate: int, *, frames: bool
) -> AllocProfile:
    """An allocation profile from raw sample counts by stack and size."""
    ids: dict[tuple[tuple[str, str, int], ...], int] = {}
    samples: list[tuple[int, int, int]] = []
    for (stack, size), sampled in counts.items():
        if sampled:
            samples.append((ids.setdefault(stack, len(ids)), size, sampled))
    rows = [
        (stack_id, depth, *frame)
        for stack, stack_id in ids.items()
        for depth, frame in enumerate(stack)
    ]
    stack_ids, sizes, sampled_counts = ([s[i] for s in samples] for i in range(3))
    chances = [1.0 if rate <= 1 else 1 - exp(-size / rate) for size in sizes]
    objects = [k / p for k, p in zip(sampled_counts, chances, strict=True)]
    return AllocProfile(
        samples=pa.table(
            {
                "stack_id": pa.array(stack_ids, pa.uint32()),
                "object_bytes": pa.array(sizes, pa.int64()),
                "alloc_objects": pa.array(objects, pa.float64()),
                "alloc_bytes": pa.array(
                    [o * s for o, s in zip(objects, sizes, strict=True)], pa.float64()
                ),
                "inuse_objects": pa.array([0.0] * len(samples), pa.float64()),
                "inuse_bytes": pa.array([0.0] * len(samples), pa.float64()),
                "sampled": pa.array(sampled_counts, pa.int64()),
            }
        ),
        frames=pa.table(
            {
                "stack_id": pa.array([r[0] for r in rows], pa.uint32()),
                "depth": pa.array([r[1] for r in rows], pa.uint16()),
                "function": pa.array([r[2] for r in rows], pa.string()),
                "file": pa.array([r[3] for r in rows], pa.string()),
                "line": pa.array([r[4] for r in rows], pa.uint32()),
                "inlined": pa.array([False] * len(rows), pa.bool_()),
            }
        ),
        rate=rate,
        raw=frames,
        runtime_frames=frames,
        source="heapdebug" if frames else "pprof",
        warnings=(),
    )


def model_of(site: MapSite, release: GoRelease) -> MapModel:
    """The model of the site's map type."""
    assert site.key_bytes is not None
    assert site.elem_bytes is not None
    return map_model(
        release, site.key_bytes, site.elem_bytes, has_pointers=site.has_pointers is not False
    )


def true_percentile(final: dict[int, int], q: float) -> int:
    """Smallest capacity that at least a share q of the maps stays within."""
    total = sum(final.values())
    within = 0
    for slots in sorted(final):
        within += final[slots]
        if within >= q * total - 1e-9:
            return slots
    raise AssertionError("no maps")


def _hidden(name: str) -> bool:
    return name.startswith(("runtime.", "internal/runtime/"))
