from __future__ import annotations

import pytest

from growwork.goruntime.map_functions import GROWTH_FUNCTIONS
from growwork.goruntime.map_operations import MapOperation, operation_of


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("runtime.mapassign_faststr", MapOperation.ASSIGN),
        ("runtime.mapaccess2_fast64", MapOperation.ACCESS),
        ("runtime.mapdelete", MapOperation.DELETE),
        ("runtime.mapiternext", MapOperation.ITERATE),
        ("runtime.mapIterStart", MapOperation.ITERATE),
        ("runtime.makemap_small", MapOperation.MAKE),
        ("runtime.mapclear", MapOperation.CLEAR),
        ("runtime.mapclone2", MapOperation.OTHER),
        ("reflect.mapassign0", MapOperation.ASSIGN),
        ("internal/runtime/maps.(*Iter).Next", MapOperation.ITERATE),
        ("internal/runtime/maps.NewMap", MapOperation.MAKE),
        ("internal/runtime/maps.(*Map).putSlotSmallFastStr", MapOperation.ASSIGN),
        ("internal/runtime/maps.(*table).getWithKey", MapOperation.ACCESS),
        ("internal/runtime/maps.(*Map).Clear", MapOperation.CLEAR),
        ("internal/runtime/maps.ctrlGroup.matchH2", MapOperation.OTHER),
        ("runtime.mallocgc", None),
        ("main.mapassign", None),
    ],
)
def test_a_name_says_the_operation(function: str, expected: MapOperation | None) -> None:
    assert operation_of(function) is expected


def test_what_only_runs_in_growth_is_growth() -> None:
    names = [name for names in GROWTH_FUNCTIONS.values() for name in names]
    assert {operation_of(name) for name in names} == {MapOperation.GROWTH}


def test_no_number_of_an_operation_is_zero() -> None:
    assert min(MapOperation) > 0
    assert MapOperation.ASSIGN.word == "assign"
