"""Map frames on stacks as the runtime of each map generation shows them."""

from __future__ import annotations

import pytest

from growwork.goruntime.map_functions import (
    MapFrame,
    classify_function,
    classify_stack,
    is_transparent_function,
)

_GROWTH = (
    "runtime.hashGrow",
    "runtime.growWork_faststr",
    "runtime.evacuate_fast64",
    "internal/runtime/maps.(*table).split",
    "internal/runtime/maps.(*Map).growToTable",
)
_OTHER = (
    "runtime.makeBucketArray",
    "runtime.mapassign_faststr",
    "runtime.makemap_small",
    "runtime.(*hmap).newoverflow",
    "runtime.mapiternext",
    "internal/runtime/maps.newTable",
    "internal/runtime/maps.(*Iter).Next",
    "runtime.mapIterNext",
    "reflect.mapassign_faststr0",
)
_NEITHER = (
    "main.hashGrow",
    "runtime.mallocgc",
    "runtime.growslice",
    "example.com/internal/runtime/maps.Copy",
    "maps.Copy[...]",
    "runtime.main",
)


@pytest.mark.parametrize("name", _GROWTH)
def test_growth_functions(name: str) -> None:
    assert classify_function(name) is MapFrame.GROWTH


@pytest.mark.parametrize("name", _OTHER)
def test_other_map_functions(name: str) -> None:
    assert classify_function(name) is MapFrame.OTHER


@pytest.mark.parametrize("name", _NEITHER)
def test_functions_that_are_no_map_code(name: str) -> None:
    assert classify_function(name) is None


def test_bucket_array_is_growth_only_under_hash_grow() -> None:
    leaf = ["runtime.mallocgc", "runtime.newarray", "runtime.makeBucketArray"]
    assert classify_stack([*leaf, "runtime.hashGrow", "main.f"]) is MapFrame.GROWTH
    assert classify_stack([*leaf, "runtime.makemap", "main.f"]) is MapFrame.OTHER


def test_assist_inside_a_split_is_growth() -> None:
    stack = [
        "runtime.gcAssistAlloc",
        "runtime.deductAssistCredit",
        "runtime.mallocgc",
        "internal/runtime/maps.newarray",
        "internal/runtime/maps.(*table).reset",
        "internal/runtime/maps.newTable",
        "internal/runtime/maps.(*table).split",
        "runtime.mapassign_faststr",
        "main.fill",
    ]
    assert classify_stack(stack) is MapFrame.GROWTH


def test_map_code_above_user_code_does_not_count() -> None:
    stack = ["runtime.growslice", "main.hash", "runtime.mapassign", "main.f"]
    assert classify_stack(stack) is None


def test_transparent_functions() -> None:
    assert is_transparent_function("maps.Copy[go.shape.string]")
    assert is_transparent_function("encoding/json.(*decodeState).object")
    assert not is_transparent_function("example.com/maps.Fill")
