"""The map models against what real toolchains allocate, object by object."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from growwork.goruntime import MapKind, release_for
from growwork.models import MapModel, map_model
from tests.gotoolchains import build_go

if TYPE_CHECKING:
    from collections.abc import Iterator

_SOURCE = Path(__file__).parents[1] / "data" / "mapsizes"
_HEADER_BYTES, _TABLE_BYTES, _MAPEXTRA_BYTES = 48, 32, 24


@pytest.mark.needs_go
@pytest.mark.parametrize("version", ["go1.23.9", "go1.26.8"])
def test_models_allocate_what_the_runtime_allocates(version: str, tmp_path: Path) -> None:
    binary = build_go(_SOURCE, tmp_path / "mapsizes", version)
    output = subprocess.run([binary], capture_output=True, text=True, check=True).stdout
    cases = list(_cases(version, output))
    assert len(cases) == 9 * 25
    for model, hint, inserts, measured in cases:
        expected = _expected(model, hint) if inserts == 0 else _large(model, inserts)
        seen = measured if inserts == 0 else _only(measured, expected)
        assert seen == expected, (version, model.entry, hint, inserts)


def _cases(version: str, output: str) -> Iterator[tuple[MapModel, int, int, Counter[int]]]:
    for line in output.splitlines():
        name, hint, inserts, *objects = line.split()
        key, elem, pointers = name.split("/")
        model = map_model(
            release_for(version), int(key), int(elem), has_pointers=pointers == "true"
        )
        counts = Counter({int(size): int(n) for size, n in (o.split(":") for o in objects)})
        yield model, int(hint), int(inserts), counts


def _expected(model: MapModel, hint: int) -> Counter[int]:
    """Every object of `make(map, hint)`."""
    made = model.presize(hint)
    count = Counter({_HEADER_BYTES: 1})
    if made.tables == 0:
        return count
    count[made.object_bytes] += made.tables
    if model.release.maps is MapKind.CLASSIC:
        count[_MAPEXTRA_BYTES] += made.extra_bytes // _MAPEXTRA_BYTES
    else:
        count[_TABLE_BYTES] += made.tables
        count[made.extra_bytes - made.tables * _TABLE_BYTES] += 1  # the directory
    return +count


def _large(model: MapModel, inserts: int) -> Counter[int]:
    """Arrays too large to be mistaken for overflow buckets or their bookkeeping."""
    arrays = model.expected_arrays(inserts)
    return Counter({size: n for size, n in arrays.items() if size > 1024})


def _only(measured: Counter[int], expected: Counter[int]) -> Counter[int]:
    return Counter({size: n for size, n in measured.items() if size in expected})
