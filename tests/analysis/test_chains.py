"""Samples read from a profile: their kind, their line and their weight."""

from __future__ import annotations

from collections import Counter
from math import exp

import pytest

from growwork.analysis.chains import read_chains, sampling_probability
from growwork.analysis.types import StackFrame
from growwork.goruntime import MapKind
from growwork.goruntime.map_chains import ChainKind
from tests.analysis.heap_profiles import build_profile

_GROWTH = (
    ("runtime.makeBucketArray", "runtime/map.go", 377),
    ("runtime.hashGrow", "runtime/map.go", 1149),
    ("runtime.mapassign_faststr", "runtime/map_faststr.go", 272),
)
_USER = ("example.com/shop.fill", "/src/shop/index.go", 41)
_ROOT = ("main.main", "/src/main.go", 9)


def test_growth_belongs_to_the_line_of_the_assignment() -> None:
    profile = build_profile(Counter({((*_GROWTH, _USER, _ROOT), 2304): 7}), 1, frames=True)
    (sample,) = read_chains(profile, MapKind.CLASSIC)
    assert sample.kind is ChainKind.GROWTH
    assert sample.user == StackFrame(*_USER)
    assert sample.functions == ("example.com/shop.fill", "main.main")
    assert (sample.object_bytes, sample.sampled, sample.objects) == (2304, 7, 7.0)


@pytest.mark.parametrize(
    "frame",
    [
        "maps.Copy[go.shape.map[string]int]",
        "maps.Insert[...]",
        "reflect.Value.SetMapIndex",
        "encoding/json.(*decodeState).object",
    ],
)
def test_library_frames_are_looked_through(frame: str) -> None:
    stack = (*_GROWTH, (frame, "maps/maps.go", 64), _USER, _ROOT)
    profile = build_profile(Counter({(stack, 2304): 1}), 1, frames=True)
    (sample,) = read_chains(profile, MapKind.CLASSIC)
    assert sample.user == StackFrame(*_USER)


def test_samples_are_weighted_by_their_chance() -> None:
    rate = 512 * 1024
    profile = build_profile(Counter({((*_GROWTH, _USER), 2304): 7}), rate, frames=True)
    (sample,) = read_chains(profile, MapKind.CLASSIC)
    assert sample.sampled == 7
    assert sample.objects == pytest.approx(7 / (1 - exp(-2304 / rate)))


def test_without_runtime_frames_the_kind_is_unknown() -> None:
    profile = build_profile(Counter({((_USER, _ROOT), 2304): 1}), 1, frames=False)
    (sample,) = read_chains(profile, MapKind.CLASSIC)
    assert sample.kind is ChainKind.UNKNOWN


def test_stacks_of_the_runtime_alone_are_left_out() -> None:
    profile = build_profile(Counter({(_GROWTH, 2304): 1}), 1, frames=True)
    assert read_chains(profile, MapKind.CLASSIC) == ()


def test_sampling_probability() -> None:
    assert sampling_probability(8, 1) == sampling_probability(8, 0) == 1.0
    assert sampling_probability(512 * 1024, 512 * 1024) == pytest.approx(1 - exp(-1))
