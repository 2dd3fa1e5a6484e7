"""How findings are graded and ordered by what they cost.

The order is: severity, then bytes, then assist time, then rule and position. Severity is the
greater of two shares, of the bytes the process allocated and of its mark assist time, so a site
that costs latency but few bytes still comes before one that costs little of both.
"""

from __future__ import annotations

from collections.abc import Iterable

from growwork.rules.thresholds import (
    MIN_BYTES,
    MIN_BYTES_SHARE,
    RED_SHARE,
    YELLOW_SHARE,
)
from growwork.rules.types import Cost, Finding, Measure, RunEvidence, Severity

__all__ = ["grade", "order_findings", "share_of", "worth_reporting"]

_RANK = {Severity.RED: 0, Severity.YELLOW: 1, Severity.GREEN: 2}


def worth_reporting(wasted_bytes: float, run: RunEvidence) -> bool:
    """Whether an amount of allocation is worth anybody's attention in this run."""
    if wasted_bytes < MIN_BYTES:
        return False
    share = share_of(wasted_bytes, run.total_alloc_bytes)
    return share is None or share >= MIN_BYTES_SHARE


def grade(cost: Cost, run: RunEvidence) -> Severity:
    """The severity of a cost by its greatest known share; green when no share is known."""
    shares = (
        share_of(_value(cost.bytes), run.total_alloc_bytes),
        share_of(_value(cost.assist_ns), run.total_assist_ns),
    )
    greatest = max((share for share in shares if share is not None), default=0.0)
    if greatest >= RED_SHARE:
        return Severity.RED
    return Severity.YELLOW if greatest >= YELLOW_SHARE else Severity.GREEN


def order_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Most costly first; the same findings always come in the same order."""
    return tuple(sorted(findings, key=_order))


def share_of(part: float, whole: float | None) -> float | None:
    """`part / whole`, None when the whole was not measured or is nothing."""
    return part / whole if whole else None


def _order(finding: Finding) -> tuple[object, ...]:
    cost, site = finding.cost, finding.site
    return (
        _RANK[finding.severity],
        -_value(cost.bytes),
        -_value(cost.assist_ns),
        finding.rule,
        site.position,
    )


def _value(measure: Measure | None) -> float:
    return measure.value if measure else 0.0
