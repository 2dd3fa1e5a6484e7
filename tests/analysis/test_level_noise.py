"""Small maps that are only sampling noise do not decide, those that are real do."""

from __future__ import annotations

import pytest

from growwork.analysis.capacities import estimate_capacities
from growwork.analysis.level_noise import discount_noise
from growwork.analysis.types import SiteCapacities
from growwork.goruntime import release_for
from growwork.rules.hints import plan_hint
from growwork.rules.types import RunEvidence, SiteEvidence
from tests.analysis.heap_profiles import HeapWriter, Source, make_line, make_site

RATE = 64 << 10
SEEDS = range(10)
SITE = make_site(key_bytes=16, elem_bytes=24, has_pointers=True)


def estimates(language: str, maps: dict[int, int]) -> list[SiteCapacities]:
    """What profiles with different sampling noise say of `maps[length]` maps of each length."""
    writer = HeapWriter(release_for(language))
    writer.fill(SITE, [length for length, count in maps.items() for _ in range(count)], line=12)
    source = Source((SITE,), (make_line(12, SITE),))
    profiles = [writer.profile(RATE, seed=seed) for seed in SEEDS]
    return [estimate_capacities(p, source, release_for(language)).sites[0] for p in profiles]


def constants(language: str, maps: dict[int, int]) -> list[int | None]:
    run = RunEvidence(release_for(language), 10**10, 1e9, 1, None)
    evidence = (SiteEvidence(SITE, (), (), one, None, None) for one in estimates(language, maps))
    hints = [plan_hint(one, run) for one in evidence]
    return [hint.capacity if hint else None for hint in hints]


@pytest.mark.parametrize(("language", "most"), [("1.23", 832), ("1.26", 896)])
def test_maps_of_one_size_get_their_constant_whatever_the_noise(language: str, most: int) -> None:
    assert constants(language, {800: 830}).count(most) >= len(SEEDS) - 1


@pytest.mark.parametrize("language", ["1.23", "1.26"])
def test_a_real_second_population_gets_none(language: str) -> None:
    assert constants(language, {20: 6000, 800: 400}).count(None) == len(SEEDS)


def test_noise_is_taken_off_and_nothing_else() -> None:
    for known in estimates("1.26", {800: 830}):
        settled = discount_noise(known)
        assert settled.p50 == settled.p95 == known.p95 == 1024
        assert settled.levels[-1] == known.levels[-1]
        assert settled.allocations == known.allocations
        assert settled.sampled_arrays == known.sampled_arrays


def test_two_well_sampled_levels_establish_what_ended_between_them() -> None:
    for known in estimates("1.26", {100: 4000, 800: 4000}):
        settled = discount_noise(known)
        ended = sum(level.final for level in settled.levels if level.slots <= 128)
        assert 2000 < ended <= 4600
        assert settled.p50 <= 1024


def test_a_count_of_everything_has_no_noise() -> None:
    writer = HeapWriter(release_for("1.26"))
    writer.fill(SITE, [5] * 3 + [800] * 40, line=12)
    source = Source((SITE,), (make_line(12, SITE),))
    (known,) = estimate_capacities(writer.profile(1), source, release_for("1.26")).sites
    assert discount_noise(known) is known
