"""All rules, in the order of their codes."""

from __future__ import annotations

from collections.abc import Iterable

from growwork.rules.costs import order_findings
from growwork.rules.gw101_repeated_growth import RULE as GW101
from growwork.rules.gw102_oversized_hint import RULE as GW102
from growwork.rules.gw103_growth_assist import RULE as GW103
from growwork.rules.gw104_churn_growth import RULE as GW104
from growwork.rules.types import Finding, Rule, RunEvidence, SiteEvidence

__all__ = ["RULES", "find_all"]

RULES: tuple[Rule, ...] = (GW101, GW102, GW103, GW104)


def find_all(sites: Iterable[SiteEvidence], run: RunEvidence) -> tuple[Finding, ...]:
    """The findings of every rule on every site, most costly first."""
    found = (rule.check(evidence, run) for evidence in sites for rule in RULES)
    return order_findings(finding for finding in found if finding is not None)
