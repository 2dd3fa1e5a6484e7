"""What the rules tell people to write, beyond whether they speak."""

from __future__ import annotations

from dataclasses import replace

from growwork.goruntime import release_for
from growwork.gosource.types import Position, SiteKind
from growwork.rules import gw101_repeated_growth as gw101
from growwork.rules import gw102_oversized_hint as gw102
from growwork.rules import gw103_growth_assist as gw103
from growwork.rules import gw104_churn_growth as gw104
from growwork.rules.cases.builders import (
    CLASSIC,
    assists,
    deleting,
    evidence,
    filled_by,
    growth_line,
    lengths,
    made,
    maps_grown,
    run_of,
)
from growwork.rules.types import Confidence, Finding, SiteEvidence

RUN = run_of()
SITE = made()
FILLED = filled_by(SITE, "len(items)")
SIZED = made(SiteKind.MAKE_SIZED, hint="depth")
OVERSIZED = made(SiteKind.MAKE_SIZED, hint="5000", hint_value=5000)
MS = 1_000_000


def must(found: Finding | None) -> Finding:
    assert found is not None
    return found


def oversized(p95: int, longest: int) -> SiteEvidence:
    known = maps_grown(OVERSIZED, {8192: 600}, presized=8192)
    return evidence(OVERSIZED, known, observed=lengths(OVERSIZED, 64, p95, p95, longest))


def test_an_expression_is_preferred_to_a_constant() -> None:
    found = must(gw101.check(evidence(FILLED, maps_grown(FILLED, {512: 900})), RUN))
    assert (found.advice.expression, found.advice.capacity) == ("len(items)", None)
    assert "make(map[string]*Item, len(items))" in found.advice.text


def test_a_constant_is_the_most_the_size_class_holds_on_each_release() -> None:
    for release, most in (("1.21", 384), ("1.23", 416), ("1.26", 448)):
        run = run_of(release_for(release))
        known = maps_grown(SITE, {512: 900}, release=release_for(release))
        assert must(gw101.check(evidence(SITE, known), run)).advice.capacity == most


def test_few_samples_and_a_profile_without_frames_lower_the_confidence() -> None:
    known = maps_grown(SITE, {512: 900})
    firm = must(gw101.check(evidence(SITE, known), RUN))
    few = must(gw101.check(evidence(SITE, replace(known, sampled_arrays=40)), RUN))
    proto = must(gw101.check(evidence(SITE, replace(known, source="pprof")), RUN))
    assert [one.confidence for one in (firm, few, proto)] == [
        Confidence.HIGH,
        Confidence.MEDIUM,
        Confidence.MEDIUM,
    ]


def test_a_shared_growth_line_is_a_warning() -> None:
    line = growth_line(FILLED, Position("shop/other.go", 3, 4))
    found = must(gw101.check(evidence(FILLED, maps_grown(FILLED, {512: 900}), line=line), RUN))
    assert any("2 sites" in warning for warning in found.warnings)


def test_an_oversized_hint_becomes_the_largest_length_seen() -> None:
    assert must(gw102.check(oversized(38, 40), RUN)).advice.capacity == 40


def test_one_far_larger_map_does_not_decide_the_hint() -> None:
    assert must(gw102.check(oversized(38, 800), RUN)).advice.capacity == 38


def test_a_hint_for_tiny_maps_is_dropped() -> None:
    found = must(gw102.check(oversized(5, 8), RUN))
    assert found.advice.capacity == 0
    assert "make(map[string]*Item)" in found.advice.text


def test_the_waste_of_a_hint_is_what_a_better_one_would_not_allocate() -> None:
    found = must(gw102.check(oversized(38, 40), RUN))
    known = maps_grown(OVERSIZED, {8192: 600}, presized=8192)
    assert found.cost.bytes is not None
    assert 0.98 < found.cost.bytes.value / known.allocations.presized_bytes < 1


def test_growth_that_a_hint_ends_names_the_other_rule_and_has_no_change_of_its_own() -> None:
    known = maps_grown(FILLED, {512: 900})
    found = must(gw103.check(evidence(FILLED, known, paid=assists(FILLED, 30, 15 * MS)), RUN))
    assert "GW101" in found.advice.text
    assert (found.advice.expression, found.advice.capacity) == (None, None)


def test_where_no_size_is_known_the_advice_depends_on_the_map() -> None:
    paid = assists(SITE, 30, 15 * MS)
    swiss = must(gw103.check(evidence(SITE, maps_grown(SITE, {131_072: 1}), paid=paid), RUN))
    classic_maps = maps_grown(SITE, {131_072: 1}, release=CLASSIC)
    classic = must(gw103.check(evidence(SITE, classic_maps, paid=paid), run_of(CLASSIC)))
    assert "sharding does not help" in swiss.advice.text
    assert "shard the map" in classic.advice.text


def test_an_assist_finding_never_says_caused() -> None:
    found = must(gw103.check(evidence(SITE, paid=assists(SITE, 30, 15 * MS)), RUN))
    text = " ".join((found.title, found.advice.text, *found.evidence, *found.warnings))
    assert "paid" in text
    assert "cause" not in text


def test_room_for_churn_is_a_multiple_of_the_hint_that_is_there() -> None:
    known = maps_grown(SIZED, {512: 2000}, presized=128)
    window = lengths(SIZED, 64, 100, 100, 100)
    found = must(
        gw104.check(evidence(SIZED, known, delete_lines=(deleting(SIZED),), observed=window), RUN)
    )
    assert found.advice.expression == "4*depth"
    compound = replace(SIZED, hint="depth + 1")
    found = must(
        gw104.check(
            evidence(compound, known, delete_lines=(deleting(SIZED),), observed=window), RUN
        )
    )
    assert found.advice.expression == "4*(depth + 1)"


def test_churn_on_a_release_that_never_prunes_says_so() -> None:
    old = release_for("1.24")
    known = maps_grown(SITE, {512: 2000}, release=old)
    window = lengths(SITE, 64, 100, 100, 100)
    site = evidence(SITE, known, delete_lines=(deleting(SITE),), observed=window)
    assert "Go 1.26" in must(gw104.check(site, run_of(old))).advice.text
    assert "Go 1.26" not in must(gw104.check(site, RUN)).advice.text


def test_churn_without_a_reading_is_told_with_low_confidence() -> None:
    known = maps_grown(SIZED, {512: 2000}, presized=128)
    found = must(gw104.check(evidence(SIZED, known, delete_lines=(deleting(SIZED),)), RUN))
    assert found.confidence is Confidence.LOW
    assert any("no reading" in warning for warning in found.warnings)
