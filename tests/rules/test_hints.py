"""Constants and small maps that the sampling may have made up, or hidden."""

from __future__ import annotations

from dataclasses import replace

import pytest

from growwork.analysis.capacities import estimate_capacities
from growwork.goruntime import release_for
from growwork.rules.hints import Hint, plan_hint
from growwork.rules.types import RunEvidence, SiteEvidence
from tests.analysis.heap_profiles import HeapWriter, Source, make_line, make_site

CLASSIC = release_for("1.23")
RUN = RunEvidence(CLASSIC, 10**9, 1e9, 1, None)
RATE = 32 << 10


def hint_for(lengths: list[int], seed: int) -> Hint | None:
    site = replace(make_site(), elem_bytes=24)
    writer = HeapWriter(CLASSIC)
    writer.fill(site, lengths, line=12, hint=0, stack_map=False)
    source = Source((site,), (make_line(12, site),))
    known = estimate_capacities(writer.profile(RATE, seed=seed), source, CLASSIC).sites[0]
    return plan_hint(SiteEvidence(site, (), (), known, None, None), RUN)


@pytest.mark.parametrize("seed", range(15))
def test_a_stable_size_is_told_whatever_the_smallest_arrays_say(seed: int) -> None:
    hint = hint_for([700] * 810, seed)
    assert hint is not None
    assert hint.capacity == 832


@pytest.mark.parametrize("seed", range(15))
def test_many_tiny_maps_forbid_a_constant(seed: int) -> None:
    assert hint_for([10] * 6000 + [700] * 400, seed) is None
