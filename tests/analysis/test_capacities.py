"""Capacities from synthetic heap profiles whose truth is known."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest

from growwork.analysis.capacities import CapacityReport, estimate_capacities
from growwork.goruntime import release_for
from growwork.gosource.types import MapSite, SiteKind
from tests.analysis.heap_profiles import (
    HeapWriter,
    Place,
    Source,
    make_line,
    make_site,
    model_of,
    true_percentile,
)

RELEASES = ("1.21", "1.23", "1.24", "1.26", "1.27")
RATE = 512 * 1024


def lognormal(maps: int, center: float, spread: float, seed: int = 11) -> list[int]:
    draws = np.random.default_rng(seed).lognormal(np.log(center), spread, maps)
    return [max(1, int(n)) for n in draws]


def estimate(
    language: str,
    lengths: list[int],
    *,
    rate: int = 1,
    site: MapSite | None = None,
    hint: int = 0,
    stack_map: bool = False,
    frames: bool = True,
    seed: int = 1,
) -> tuple[CapacityReport, dict[int, int]]:
    """The report of one site whose maps end at these lengths, and the true final slots."""
    site = site or make_site()
    writer = HeapWriter(release_for(language))
    truth = writer.fill(site, lengths, line=12, hint=hint, stack_map=stack_map)
    source = Source((site,), (make_line(12, site),))
    profile = writer.profile(rate, seed=seed, frames=frames)
    return estimate_capacities(profile, source, release_for(language)), truth


@pytest.mark.parametrize("language", RELEASES)
@pytest.mark.parametrize("center", [5, 40, 300])
def test_everything_counted_is_exact(language: str, center: float) -> None:
    lengths = [n for n in lognormal(400, center, 0.8) if n <= 700]
    report, truth = estimate(language, lengths)
    (site,) = report.sites
    for q, value in ((0.5, site.p50), (0.9, site.p90), (0.95, site.p95), (0.99, site.p99)):
        assert value == true_percentile(truth, q)
    assert site.max == max(truth)
    assert site.maps.value == site.maps.low == site.maps.high == len(lengths)
    assert site.p95_interval == (site.p95, site.p95)
    assert {level.slots: level.final for level in site.levels if level.final} == truth
    assert site.warnings == ()
    assert report.unmatched == ()


@pytest.mark.parametrize("language", RELEASES)
def test_bytes_are_those_of_the_model(language: str) -> None:
    lengths = [n for n in lognormal(300, 60, 1.0) if n <= 700]
    report, _ = estimate(language, lengths)
    model = model_of(make_site(), release_for(language))
    allocations = report.sites[0].allocations
    arrays = sum(model.fill_bytes(n) for n in lengths)
    last = {level.slots: level.object_bytes for level in model.levels(2048)}
    kept = sum(last[model.slots_for(n)] for n in lengths)
    assert allocations.array_bytes == pytest.approx(arrays)
    assert allocations.garbage_bytes == pytest.approx(arrays - kept)
    assert allocations.growth_count == sum(len(model.growths(n)) for n in lengths)
    assert allocations.presized_bytes == 0
    assert allocations.presized_slots is None


@pytest.mark.parametrize("language", ["1.21", "1.23", "1.26"])
def test_default_rate_finds_p95_within_one_class(language: str) -> None:
    exact = 0
    for seed in range(4):
        lengths = lognormal(6000, 180, 0.7, seed=seed)
        report, truth = estimate(language, lengths, rate=RATE, seed=seed)
        (site,) = report.sites
        assert site.sampled_arrays >= 100
        true = true_percentile(truth, 0.95)
        assert abs(log2(site.p95 / true)) <= 1
        assert site.p95_interval[0] <= true <= site.p95_interval[1]
        exact += site.p95 == true
    assert exact >= 3


@pytest.mark.parametrize("language", ["1.24", "1.26"])
@pytest.mark.parametrize(("center", "spread"), [(3000, 0.05), (900, 0.7), (30_000, 0.1)])
def test_maps_past_one_table(language: str, center: float, spread: float) -> None:
    lengths = lognormal(600, center, spread)
    exact, truth = estimate(language, lengths, rate=1)
    assert exact.sites[0].p95 == true_percentile(truth, 0.95)
    assert exact.sites[0].max == max(truth)
    sampled, _ = estimate(language, lengths, rate=RATE)
    assert abs(log2(sampled.sites[0].p95 / true_percentile(truth, 0.95))) <= 1
    assert abs(log2(sampled.sites[0].p50 / true_percentile(truth, 0.5))) <= 1


def test_garbage_of_splits() -> None:
    lengths = [3000] * 50
    report, _ = estimate("1.26", lengths)
    model = model_of(make_site(), release_for("1.26"))
    allocations = report.sites[0].allocations
    assert allocations.array_bytes == pytest.approx(50 * model.fill_bytes(3000), rel=0.02)
    kept = allocations.array_bytes - allocations.garbage_bytes
    assert kept == pytest.approx(50 * 4 * 18432, rel=0.02)


@pytest.mark.parametrize("language", RELEASES)
def test_stack_maps_start_at_sixteen_slots(language: str) -> None:
    report, truth = estimate(language, [4] * 100 + [20] * 100, stack_map=True)
    (site,) = report.sites
    assert site.p50 == true_percentile(truth, 0.5)
    assert site.maps.value == 100
    assert any("live on the stack" in w for w in site.warnings)


@pytest.mark.parametrize("language", RELEASES)
@pytest.mark.parametrize("hint", [100, 5000])
def test_presized_maps_start_at_their_hint(language: str, hint: int) -> None:
    site = make_site(kind=SiteKind.MAKE_SIZED, hint=str(hint), hint_value=hint)
    report, _ = estimate(language, [40] * 60, site=site, hint=hint)
    (result,) = report.sites
    model = model_of(site, release_for(language))
    assert result.p50 == result.p95 == result.max == model.hint_slots(hint)
    assert result.maps.value == 60
    assert result.allocations.presized_bytes == 60 * model.hint_bytes(hint)
    assert result.allocations.presized_slots == model.hint_slots(hint)
    assert result.allocations.growth_bytes == 0


@pytest.mark.parametrize("language", RELEASES)
def test_presized_maps_that_still_grow(language: str) -> None:
    site = make_site(kind=SiteKind.MAKE_SIZED, hint="n", hint_value=None)
    report, truth = estimate(language, [50] * 30 + [300] * 20, site=site, hint=60)
    (result,) = report.sites
    assert result.p50 == true_percentile(truth, 0.5)
    assert result.p95 == true_percentile(truth, 0.95)
    assert result.maps.value == 50


def test_hint_of_unknown_value_past_one_table() -> None:
    site = make_site(kind=SiteKind.MAKE_SIZED, hint="len(x)", hint_value=None)
    report, _ = estimate("1.26", [40] * 60, site=site, hint=5000)
    assert report.sites[0].p95 == 8192
    assert report.sites[0].maps.value == pytest.approx(60)


def test_classic_overflow_buckets_do_not_count() -> None:
    site = make_site()
    writer = HeapWriter(release_for("1.23"))
    writer.fill(site, [100] * 50, line=12)
    writer.add("overflow", 144, 5000, Place(site, 12))
    source = Source((site,), (make_line(12, site),))
    report = estimate_capacities(writer.profile(1), source, release_for("1.23"))
    assert report.sites[0].maps.value == 50
    assert report.sites[0].p50 == 128


def test_same_size_growth_is_churn_not_size() -> None:
    site = make_site()
    writer = HeapWriter(release_for("1.23"))
    writer.fill(site, [100] * 400, line=12)
    writer.add("growth", 2688, 661, Place(site, 12))
    source = Source((site,), (make_line(12, site),))
    (result,) = estimate_capacities(writer.profile(1), source, release_for("1.23")).sites
    assert result.allocations.same_size_growths == 661
    assert result.maps.value == 400
    assert result.p95 == 128
    assert any("churn" in w for w in result.warnings)
    assert result.allocations.garbage_bytes == 400 * (144 + 288 + 576 + 1152) + 661 * 2688


def test_too_few_samples_say_how_much_more() -> None:
    report, _ = estimate("1.26", [100] * 300, rate=RATE)
    (site,) = report.sites
    assert site.sampled_arrays < 30
    assert any("MB more of map growth" in w for w in site.warnings)


def test_lines_of_one_site_are_merged() -> None:
    site = make_site()
    writer = HeapWriter(release_for("1.26"))
    writer.fill(site, [100] * 40, line=12)
    writer.fill(site, [6] * 60, line=30)
    source = Source((site,), (make_line(12, site), make_line(30, site)))
    (result,) = estimate_capacities(writer.profile(1), source, release_for("1.26")).sites
    assert result.maps.value == 100
    assert (result.p50, result.p95) == (8, 128)
    assert [line.position.line for line in result.growth_lines] == [12, 30]


def test_copy_counts_for_the_line_that_calls_it() -> None:
    site = make_site()
    writer = HeapWriter(release_for("1.26"))
    writer.fill(site, [100] * 40, line=12, through=("maps.Copy[...]",))
    source = Source((site,), (make_line(12, site),))
    (result,) = estimate_capacities(writer.profile(1), source, release_for("1.26")).sites
    assert result.p50 == 128


def test_ambiguous_growth_is_not_shared_out() -> None:
    first, second = make_site(10, owner="field"), make_site(20, owner="field")
    writer = HeapWriter(release_for("1.26"))
    writer.fill(first, [100] * 5, line=40)
    source = Source((first, second), (make_line(40, first, second),))
    report = estimate_capacities(writer.profile(1), source, release_for("1.26"))
    assert report.sites == ()
    (lost,) = report.unmatched
    assert lost.candidates == (first, second)
    assert "may come from" in lost.reason


def test_one_site_that_makes_nearly_all_maps_gets_them() -> None:
    first, second = make_site(10, owner="field"), make_site(20, owner="field")
    writer = HeapWriter(release_for("1.26"))
    writer.fill(first, [100] * 95, line=40)
    writer.fill(second, [100] * 5, line=40)
    source = Source((first, second), (make_line(40, first, second),))
    report = estimate_capacities(writer.profile(1), source, release_for("1.26"))
    assert report.sites[0].site == first
    assert any("nearly all" in w for w in report.sites[0].warnings)


def test_object_sizes_single_out_the_type() -> None:
    first = make_site(10, owner="field")
    second = make_site(20, owner="field", key_bytes=16, elem_bytes=24, has_pointers=True)
    writer = HeapWriter(release_for("1.26"))
    writer.fill(first, [100] * 50, line=40)
    source = Source((first, second), (make_line(40, first, second),))
    (result,) = estimate_capacities(writer.profile(1), source, release_for("1.26")).sites
    assert result.site == first


def test_callers_tell_local_maps_apart() -> None:
    first = make_site(10, function="example.com/shop.small")
    second = make_site(20, function="example.com/shop.large")
    line = make_line(40, first, second)
    writer = HeapWriter(release_for("1.26"))
    writer.fill(first, [10] * 30, line=40)
    writer.fill(second, [500] * 30, line=40)
    report = estimate_capacities(
        writer.profile(1), Source((first, second), (line,)), release_for("1.26")
    )
    assert {r.site.function: r.p50 for r in report.sites} == {
        "example.com/shop.small": 16,
        "example.com/shop.large": 1024,
    }


def test_type_parameters_have_no_size() -> None:
    real, generic = make_site(), make_site(key_bytes=None)
    writer = HeapWriter(release_for("1.26"))
    writer.fill(real, [100] * 50, line=12)
    report = estimate_capacities(
        writer.profile(1), Source((generic,), (make_line(12, generic),)), release_for("1.26")
    )
    assert report.sites == ()
    assert "type parameter" in report.unmatched[0].reason


def test_alignment_is_found_from_the_samples() -> None:
    guessed = make_site(key_bytes=16, elem_bytes=1)  # [16]byte/bool: slots of 17, not 24 bytes
    release = release_for("1.26")
    writer = HeapWriter(release)
    for slots, size in ((16, 288), (32, 576), (64, 1152), (128, 2304)):
        writer.add("to-table" if slots == 16 else "growth", size, 50, Place(guessed, 12))
    source = Source((guessed,), (make_line(12, guessed),))
    (result,) = estimate_capacities(writer.profile(1), source, release).sites
    assert result.p50 == 128


def test_values_on_the_line_are_no_maps() -> None:
    site = make_site()
    writer = HeapWriter(release_for("1.26"))
    writer.fill(site, [100] * 50, line=12)
    writer.add("value", 288, 5000, Place(site, 12))
    source = Source((site,), (make_line(12, site),))
    with_frames = estimate_capacities(writer.profile(1), source, release_for("1.26"))
    assert with_frames.sites[0].maps.value == 50
    without = estimate_capacities(writer.profile(1, frames=False), source, release_for("1.26"))
    assert any("look the same" in w for w in without.sites[0].warnings)
    assert without.sites[0].source == "pprof"


def test_without_frames_overflow_buckets_are_no_maps() -> None:
    site = make_site()
    writer = HeapWriter(release_for("1.23"))
    writer.fill(site, [100] * 50, line=12)
    writer.add("overflow", 144, 5000, Place(site, 12))
    source = Source((site,), (make_line(12, site),))
    profile = writer.profile(1, frames=False)
    (result,) = estimate_capacities(profile, source, release_for("1.23")).sites
    assert result.maps.value == 50
    assert result.p50 == 128
    assert any("overflow buckets" in w for w in result.warnings)


def test_without_frames_splits_are_guessed() -> None:
    report, truth = estimate("1.26", [3000] * 50, frames=False)
    (site,) = report.sites
    assert abs(log2(site.p95 / true_percentile(truth, 0.95))) <= 1
    assert any("mean number of table splits" in w for w in site.warnings)


@pytest.mark.parametrize("language", ["1.23", "1.26"])
def test_without_frames_sizes_tell(language: str) -> None:
    lengths = [n for n in lognormal(400, 60, 0.8) if n <= 800]
    report, truth = estimate(language, lengths, frames=False)
    (site,) = report.sites
    assert site.p95 == true_percentile(truth, 0.95)
    assert site.p50 == true_percentile(truth, 0.5)
    assert any("no runtime frames" in w for w in report.warnings)


def test_null_profile_has_no_sites() -> None:
    site = make_site()
    writer = HeapWriter(release_for("1.26"))
    writer.add("value", 64, 10_000, Place(site, 12))
    source = Source((site,), (make_line(12, site),))
    report = estimate_capacities(writer.profile(1), source, release_for("1.26"))
    assert report.sites == ()
    assert report.unmatched == ()
    assert report.total_alloc_bytes == 640_000


def test_report_is_deterministic() -> None:
    lengths = lognormal(2000, 150, 0.9)
    assert estimate("1.26", lengths, rate=RATE)[0] == estimate("1.26", lengths, rate=RATE)[0]
