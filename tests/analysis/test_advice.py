"""Capacity advice: what it writes, what it refuses, and its sums."""

from __future__ import annotations

import pytest

from growwork.analysis.advice import AdviceOptions, CapacityAdvice, advise_capacity
from growwork.analysis.capacities import estimate_capacities
from growwork.analysis.types import SiteCapacities, SiteLengths
from growwork.goruntime import release_for
from growwork.gosource.types import DeleteLine, FillLoop, FillTier, MapSite, Position, SiteKind
from tests.analysis.heap_profiles import HeapWriter, Source, make_line, make_site, model_of

RELEASES = ("1.21", "1.23", "1.26")
RATE = 512 * 1024


def measure(
    language: str,
    lengths: list[int],
    *,
    site: MapSite | None = None,
    rate: int = 1,
    seed: int = 1,
    stack_map: bool = False,
) -> SiteCapacities:
    site = site or make_site()
    writer = HeapWriter(release_for(language))
    writer.fill(site, lengths, line=12, hint=site.hint_value or 0, stack_map=stack_map)
    source = Source((site,), (make_line(12, site),))
    return estimate_capacities(
        writer.profile(rate, seed=seed), source, release_for(language)
    ).sites[0]


def advise(language: str, lengths: list[int]) -> CapacityAdvice:
    return advise_capacity(measure(language, lengths), release_for(language))


@pytest.mark.parametrize("language", RELEASES)
def test_a_stable_size_gets_the_most_its_class_holds(language: str) -> None:
    lengths = [90, 86, 95, 91, 92] * 20
    advice = advise(language, lengths)
    model = model_of(make_site(), release_for(language))
    assert advice.entries == model.max_length(model.slots_for(90))
    assert advice.expression is None
    before = sum(model.fill_bytes(n) for n in lengths)
    after = sum(model.fill_bytes(n, advice.entries) for n in lengths)
    assert advice.expected_bytes_before == pytest.approx(before)
    assert advice.expected_bytes_after == pytest.approx(after)
    assert after < 0.7 * before
    assert "each now" in advice.calculation[0]


@pytest.mark.parametrize("language", RELEASES)
def test_advice_never_rounds_up_to_a_power_of_two(language: str) -> None:
    advice = advise(language, [3000] * 40)
    assert advice.entries is not None
    assert advice.entries & (advice.entries - 1)
    model = model_of(make_site(), release_for(language))
    assert model.hint_slots(advice.entries) == 4096


def test_observed_lengths_step_over_the_cliff() -> None:
    known = measure("1.26", [3584] * 40)
    lengths = SiteLengths(known.site, maps=40, made=40, p50=3584, p95=3584, max=3584)
    advice = advise_capacity(known, release_for("1.26"), lengths=lengths)
    assert advice.entries == 3591  # an exact hint of 3584 regrows every map


@pytest.mark.parametrize("language", RELEASES)
def test_small_maps_are_left_alone(language: str) -> None:
    advice = advise(language, [8] * 500)
    assert not advice.pays
    assert "8 entries" in advice.reason
    assert advice.expected_bytes_after == advice.expected_bytes_before


@pytest.mark.parametrize("language", RELEASES)
def test_two_populations_get_nothing(language: str) -> None:
    advice = advise(language, [10] * 80 + [3000] * 20)
    assert not advice.pays
    assert "fits neither" in advice.reason


def test_a_large_tail_does_not_pay_for_a_small_majority() -> None:
    advice = advise("1.26", [200] * 80 + [800] * 20)
    assert not advice.pays
    assert "does not pay" in advice.reason
    assert advice.calculation


def test_percentile_can_be_changed() -> None:
    known = measure("1.26", [100] * 60 + [200] * 40)
    usual = advise_capacity(known, release_for("1.26"))
    lower = advise_capacity(known, release_for("1.26"), options=AdviceOptions(percentile=0.5))
    assert lower.entries == 112
    assert usual.entries == 224


def test_deletes_forbid_a_constant() -> None:
    known = measure("1.26", [100] * 50)
    delete = DeleteLine(Position("shop/index.go", 40), "f", "delete", (known.site.position,))
    assert not advise_capacity(known, release_for("1.26"), delete_lines=[delete]).pays
    clear = DeleteLine(Position("shop/index.go", 40), "f", "clear", (known.site.position,))
    assert advise_capacity(known, release_for("1.26"), delete_lines=[clear]).pays


def test_too_few_samples_or_maps() -> None:
    sampled = measure("1.26", [100] * 300, rate=RATE)
    assert "not enough samples" in advise_capacity(sampled, release_for("1.26")).reason
    single = measure("1.26", [100_000])
    assert "too few" in advise_capacity(single, release_for("1.26")).reason


def test_small_maps_may_hide_on_the_stack() -> None:
    known = measure("1.26", [40] * 50 + [12] * 10 + [4] * 500, stack_map=True)
    assert "on the stack" in advise_capacity(known, release_for("1.26")).reason


@pytest.mark.parametrize("seed", range(25))
def test_noise_in_the_smallest_level_does_not_hide_maps(seed: int) -> None:
    """Some hundred samples of the first heap array are off by a tenth either way."""
    known = measure("1.26", [200] * 6000, rate=64 << 10, seed=seed, stack_map=True)
    assert advise_capacity(known, release_for("1.26")).entries == 224


def test_sizes_far_from_small_get_a_constant_on_the_stack_as_well() -> None:
    known = measure("1.26", [100] * 60, stack_map=True)
    advice = advise_capacity(known, release_for("1.26"))
    assert advice.entries == 112
    model = model_of(known.site, release_for("1.26"))
    first = model.levels()[0].object_bytes  # on the stack as long as there is no hint
    assert advice.expected_bytes_before == pytest.approx(60 * (model.fill_bytes(100) - first))


def loop(tier: FillTier, *, safe: bool) -> FillLoop:
    why_not = "" if safe else "conditional"
    return FillLoop(Position("shop/index.go", 11), tier, "len(items)", safe, why_not)


def test_expression_of_a_safe_loop_is_preferred() -> None:
    site = make_site(fills=(loop(FillTier.T1, safe=True),))
    known = measure("1.26", [10] * 80 + [3000] * 20, site=site)
    advice = advise_capacity(known, release_for("1.26"))
    assert advice.expression == "len(items)"
    assert advice.entries is None
    assert advice.expected_bytes_after < 0.75 * advice.expected_bytes_before


def test_an_unsafe_loop_gives_no_expression() -> None:
    site = make_site(fills=(loop(FillTier.T3, safe=False),))
    advice = advise_capacity(measure("1.26", [100] * 50, site=site), release_for("1.26"))
    assert advice.expression is None
    assert advice.entries == 112


def test_a_chosen_expression_stays() -> None:
    site = make_site(kind=SiteKind.MAKE_SIZED, hint="n / 4")
    advice = advise_capacity(measure("1.26", [100] * 50, site=site), release_for("1.26"))
    assert "somebody chose" in advice.reason


def test_a_constant_that_is_too_small_is_raised() -> None:
    site = make_site(kind=SiteKind.MAKE_SIZED, hint="16", hint_value=16)
    known = measure("1.26", [400] * 50, site=site)
    advice = advise_capacity(known, release_for("1.26"))
    assert advice.entries == 448
    model = model_of(site, release_for("1.26"))
    assert advice.expected_bytes_before == pytest.approx(50 * model.fill_bytes(400, 16))


def test_types_of_unknown_size_get_nothing() -> None:
    known = measure("1.26", [100] * 50)
    generic = make_site(key_bytes=None)
    unsized = SiteCapacities(
        **{name: getattr(known, name) for name in known.__slots__ if name != "site"}, site=generic
    )
    assert "not known" in advise_capacity(unsized, release_for("1.26")).reason
