"""The VALID and INVALID cases of every rule, and that its page says what the rule does."""

from __future__ import annotations

import pytest

from growwork.gosource.types import SiteKind
from growwork.rules.registry import RULES
from growwork.rules.types import Rule, RuleCase

HEADINGS = ("What it does", "Why", "Example", "Use instead", "When it is wrong")


def cases(*, flagged: bool) -> list[tuple[Rule, RuleCase]]:
    return [(rule, case) for rule in RULES for case in (rule.invalid if flagged else rule.valid)]


def name(value: Rule | RuleCase) -> str:
    return value.code if isinstance(value, Rule) else value.name


@pytest.mark.parametrize(("rule", "case"), cases(flagged=True), ids=name)
def test_a_rule_flags_its_invalid_case(rule: Rule, case: RuleCase) -> None:
    finding = rule.check(case.evidence, case.run)
    assert finding is not None
    assert finding.rule == rule.code
    assert finding.site == case.evidence.site
    assert finding.advice.text
    assert finding.evidence
    assert finding.cost.bytes or finding.cost.assist_ns


@pytest.mark.parametrize(("rule", "case"), cases(flagged=False), ids=name)
def test_a_rule_leaves_its_valid_case_alone(rule: Rule, case: RuleCase) -> None:
    assert rule.check(case.evidence, case.run) is None


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_a_rule_explains_itself(rule: Rule) -> None:
    for heading in HEADINGS:
        assert f"**{heading}.**" in rule.doc
    assert rule.invalid
    assert rule.valid
    names = [case.name for case in (*rule.invalid, *rule.valid)]
    assert len(names) == len(set(names))


def test_codes_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))


def test_no_case_of_a_map_that_needs_no_hint_is_flagged_by_any_rule() -> None:
    """What one rule leaves alone as correct must not be flagged by another for the same maps."""
    for rule in RULES:
        for case in rule.valid:
            capacities = case.evidence.capacities
            if capacities is None or capacities.max > 8:
                continue
            assert case.evidence.site.kind is not SiteKind.MAKE_SIZED
            assert all(other.check(case.evidence, case.run) is None for other in RULES)
