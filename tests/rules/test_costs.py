from __future__ import annotations

from dataclasses import replace

import pytest

from growwork.rules.cases.builders import evidence, filled_by, made, maps_grown, run_of
from growwork.rules.costs import grade, order_findings, worth_reporting
from growwork.rules.gw101_repeated_growth import RULE
from growwork.rules.types import Cost, Finding, Measure, Severity

MIB = 1 << 20
RUN = run_of()  # 1 GiB allocated, 200 ms of mark assist


def finding(severity: Severity, size_mib: float, assist_ms: float, rule: str) -> Finding:
    site = filled_by(made(), "len(items)")
    found = RULE.check(evidence(site, maps_grown(site, {1024: 500})), RUN)
    assert found is not None
    cost = Cost(bytes=Measure(size_mib * MIB, "x"), assist_ns=Measure(assist_ms * 1e6, "x"))
    return replace(found, rule=rule, severity=severity, cost=cost)


@pytest.mark.parametrize(
    ("size_mib", "assist_ms", "expected"),
    [
        (5, 0, Severity.GREEN),
        (30, 0, Severity.YELLOW),
        (110, 0, Severity.RED),
        (5, 5, Severity.YELLOW),
        (5, 25, Severity.RED),
    ],
)
def test_the_greater_share_decides(size_mib: int, assist_ms: int, expected: Severity) -> None:
    cost = Cost(bytes=Measure(size_mib * MIB, "x"), assist_ns=Measure(assist_ms * 1e6, "x"))
    assert grade(cost, RUN) is expected


def test_unknown_shares_are_green() -> None:
    nothing_known = replace(RUN, total_alloc_bytes=None, total_assist_ns=None)
    assert grade(Cost(bytes=Measure(900 * MIB, "x")), nothing_known) is Severity.GREEN
    assert grade(Cost(), RUN) is Severity.GREEN


def test_the_order_is_severity_then_bytes_then_assist_then_rule() -> None:
    expected = [
        finding(Severity.RED, 1, 1, "GW103"),
        finding(Severity.YELLOW, 50, 0, "GW102"),
        finding(Severity.YELLOW, 40, 9, "GW104"),
        finding(Severity.YELLOW, 40, 2, "GW101"),
        finding(Severity.YELLOW, 40, 2, "GW103"),
        finding(Severity.GREEN, 99, 99, "GW101"),
    ]
    assert list(order_findings(reversed(expected))) == expected


def test_small_amounts_and_small_shares_are_not_worth_reporting() -> None:
    assert worth_reporting(6 * MIB, RUN)
    assert not worth_reporting(2 * MIB, RUN)  # 0.2 % of the process
    tiny = replace(RUN, total_alloc_bytes=float(MIB))
    assert not worth_reporting(0.2 * MIB, tiny)  # a fifth of nothing
    assert worth_reporting(MIB, replace(RUN, total_alloc_bytes=None))
