"""One interface over both map implementations.

```
map_model(release_for("1.26"), 8, 8, has_pointers=False).presize(3600).slots     # 8192
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from growwork.goruntime import GoRelease, MapKind
from growwork.models.classic_map import ClassicMap
from growwork.models.entry_layout import EntryLayout, entry_layout
from growwork.models.swiss_map import SwissMap

if TYPE_CHECKING:
    from collections import Counter

    from growwork.models.types import Growth, Level, Presize

__all__ = ["MapModel", "map_model"]


class MapModel(Protocol):
    """What both map models answer; see `ClassicMap` and `SwissMap`."""

    @property
    def release(self) -> GoRelease: ...
    @property
    def entry(self) -> EntryLayout: ...
    def levels(self, max_slots: int = ...) -> tuple[Level, ...]: ...
    def presize(self, hint: int) -> Presize: ...
    def hint_slots(self, hint: int) -> int: ...
    def hint_bytes(self, hint: int) -> int: ...
    def max_length(self, slots: int) -> int: ...
    def slots_for(self, length: int) -> int: ...
    def safe_hint(self, length: int) -> int: ...
    def growths(self, length: int, hint: int = 0) -> tuple[Growth, ...]: ...
    def expected_arrays(self, length: int, hint: int = 0) -> Counter[int]: ...
    def fill_bytes(self, length: int, hint: int = 0) -> float: ...


def map_model(
    release: GoRelease,
    key_bytes: int,
    elem_bytes: int,
    *,
    has_pointers: bool,
    key_align: int | None = None,
    elem_align: int | None = None,
) -> MapModel:
    """The model of map[K]V on a release, from the sizes of K and V in bytes."""
    entry = entry_layout(
        key_bytes,
        elem_bytes,
        has_pointers=has_pointers,
        key_align=key_align,
        elem_align=elem_align,
    )
    if release.maps is MapKind.CLASSIC:
        return ClassicMap(release, entry)
    return SwissMap(release, entry)
