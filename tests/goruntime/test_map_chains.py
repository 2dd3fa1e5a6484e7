"""Allocation stacks as five toolchains show them, and the part of a map each one is."""

from __future__ import annotations

import pytest

from growwork.goruntime import MapKind
from growwork.goruntime.map_chains import ChainKind, classify_chain

_M = "internal/runtime/maps."
_RESET = f"{_M}newarray {_M}(*table).reset {_M}newTable"

# Leaf first, up to the user's frame; recorded with go1.21.13, 1.23.9, 1.24.11, 1.26.8, 1.27.3.
_CLASSIC = [
    ("runtime.mapassign_faststr", 208, ChainKind.FIRST_ARRAY),
    ("runtime.makeBucketArray runtime.hashGrow runtime.mapassign_fast64", 576, ChainKind.GROWTH),
    ("runtime.makeBucketArray runtime.makemap", 5376, ChainKind.PRESIZE),
    (
        "runtime.makeBucketArray runtime.makemap runtime.mapclone2 maps.clone maps.Clone[...]",
        2304,
        ChainKind.PRESIZE,
    ),
    ("runtime.(*hmap).newoverflow runtime.mapassign_fast64", 288, ChainKind.OVERFLOW),
    (
        "runtime.(*hmap).createOverflow runtime.(*hmap).newoverflow runtime.mapassign_fast64",
        24,
        ChainKind.OVERFLOW,
    ),
    ("runtime.hashGrow runtime.mapassign_faststr", 24, ChainKind.OVERFLOW),
    (
        "runtime.(*hmap).newoverflow runtime.moveToBmap runtime.mapclone2 maps.clone",
        288,
        ChainKind.OVERFLOW,
    ),
    ("runtime.makemap", 48, ChainKind.HEADER),
    ("runtime.makemap_small", 48, ChainKind.HEADER),
    ("runtime.intstring", 16, ChainKind.VALUE),
    ("", 64, ChainKind.VALUE),
]
_SWISS = [
    (
        f"{_M}newarray {_M}newGroups {_M}(*Map).growToSmall runtime.mapassign_fast64",
        288,
        ChainKind.FIRST_ARRAY,
    ),
    (f"{_RESET} {_M}(*Map).growToTable runtime.mapassign_fast64", 576, ChainKind.GROWTH),
    (
        f"{_RESET} {_M}(*table).grow {_M}(*table).rehash runtime.mapassign_fast64",
        1152,
        ChainKind.GROWTH,
    ),
    (
        f"runtime.mallocgc runtime.newarray {_RESET} {_M}(*table).split {_M}(*table).rehash",
        27264,
        ChainKind.SPLIT,
    ),
    (f"{_RESET} {_M}NewMap runtime.makemap", 18432, ChainKind.PRESIZE),
    (f"{_RESET} {_M}NewMap runtime.mapclone2 maps.clone", 2304, ChainKind.PRESIZE),
    (
        f"runtime.mallocgc runtime.newarray {_M}newarray {_M}(*table).clone {_M}(*Map).Clone",
        2304,
        ChainKind.PRESIZE,
    ),
    (f"{_M}newTable {_M}(*table).grow {_M}(*table).rehash", 32, ChainKind.TABLE),
    (
        f"runtime.newobject {_M}(*table).clone {_M}(*Map).Clone maps.clone",
        32,
        ChainKind.TABLE,
    ),
    (f"{_M}(*Map).growToTable runtime.mapassign_faststr", 8, ChainKind.DIRECTORY),
    (
        f"runtime.mallocgc runtime.makeslice {_M}(*Map).installTableSplit {_M}(*table).split",
        64,
        ChainKind.DIRECTORY,
    ),
    (f"runtime.makeslice {_M}NewMap runtime.makemap", 32, ChainKind.PRESIZE_DIRECTORY),
    (f"{_M}NewMap runtime.makemap", 64, ChainKind.PRESIZE_DIRECTORY),
    (f"{_M}NewMap runtime.makemap", 48, ChainKind.HEADER),
    (f"runtime.mallocgc runtime.newobject {_M}NewMap runtime.makemap", 48, ChainKind.HEADER),
    ("runtime.mallocgc runtime.newobject runtime.makemap_small", 48, ChainKind.HEADER),
    ("runtime.mallocgc runtime.growslice", 128, ChainKind.VALUE),
    (f"runtime.newobject {_M}(*table).PutSlot runtime.mapassign", 208, ChainKind.VALUE),
]


@pytest.mark.parametrize(("stack", "size", "kind"), _CLASSIC)
def test_classic_stacks(stack: str, size: int, kind: ChainKind) -> None:
    functions = [*stack.split(), "main.fill", "main.main"]
    assert classify_chain(functions, size, MapKind.CLASSIC) is kind


@pytest.mark.parametrize(("stack", "size", "kind"), _SWISS)
def test_swiss_stacks(stack: str, size: int, kind: ChainKind) -> None:
    functions = [*stack.split(), "main.fill", "main.main"]
    assert classify_chain(functions, size, MapKind.SWISS) is kind


def test_frames_above_the_user_do_not_count() -> None:
    functions = ["runtime.newobject", "main.value", "runtime.hashGrow", "runtime.makeBucketArray"]
    assert classify_chain(functions, 64, MapKind.CLASSIC) is ChainKind.VALUE
