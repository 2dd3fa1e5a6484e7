"""Examples of GW103."""

from __future__ import annotations

from dataclasses import replace

from growwork.rules.cases.builders import (
    CLASSIC,
    assists,
    evidence,
    filled_by,
    made,
    maps_grown,
    run_of,
)
from growwork.rules.types import RuleCase

__all__ = ["INVALID", "VALID"]

_SITE = made()
_FILLED = filled_by(made(), "len(items)")
_MS = 1_000_000

INVALID = (
    RuleCase(
        "many short assists while Swiss tables split",
        evidence(_SITE, maps_grown(_SITE, {131_072: 1}), paid=assists(_SITE, 60, 20 * _MS)),
        run_of(),
    ),
    RuleCase(
        "one long assist while a classic map doubled",
        evidence(
            _SITE,
            maps_grown(_SITE, {131_072: 1}, release=CLASSIC),
            paid=assists(_SITE, 1, 40 * _MS),
        ),
        run_of(CLASSIC),
    ),
    RuleCase(
        "a few long assists, most of the time off their thread",
        evidence(
            _SITE,
            maps_grown(_SITE, {131_072: 1}, release=CLASSIC),
            paid=assists(_SITE, 4, 15 * _MS, longest_ns=12 * _MS),
        ),
        run_of(CLASSIC),
    ),
    RuleCase(
        "a small share, but nothing else says how to end the growth",
        evidence(_SITE, maps_grown(_SITE, {131_072: 1}), paid=assists(_SITE, 30, 6 * _MS)),
        run_of(),
    ),
    RuleCase(
        "growth of maps whose size a loop knows",
        evidence(_FILLED, maps_grown(_FILLED, {1024: 500}), paid=assists(_FILLED, 30, 15 * _MS)),
        run_of(),
    ),
    RuleCase(
        "no heap profile",
        evidence(_SITE, paid=assists(_SITE, 60, 20 * _MS)),
        run_of(),
    ),
)

VALID = (
    RuleCase(
        "a small share of growth that another rule ends",
        evidence(_FILLED, maps_grown(_FILLED, {1024: 500}), paid=assists(_FILLED, 30, 6 * _MS)),
        run_of(),
    ),
    RuleCase(
        "an assist or two",
        evidence(_SITE, maps_grown(_SITE, {1024: 500}), paid=assists(_SITE, 3, 2 * _MS)),
        run_of(),
    ),
    RuleCase(
        "many assists that add up to nothing",
        evidence(_SITE, maps_grown(_SITE, {1024: 500}), paid=assists(_SITE, 40, _MS // 2)),
        run_of(),
    ),
    RuleCase(
        "a small share of what the process paid",
        evidence(_SITE, maps_grown(_SITE, {1024: 500}), paid=assists(_SITE, 40, 3 * _MS)),
        replace(run_of(), total_assist_ns=4_000 * _MS),
    ),
    RuleCase(
        "maps of at most eight keys do not grow",
        evidence(_SITE, maps_grown(_SITE, {8: 90_000}), paid=assists(_SITE, 60, 20 * _MS)),
        run_of(),
    ),
    RuleCase(
        "one long assist, but next to nothing of what the process paid",
        evidence(_SITE, maps_grown(_SITE, {1024: 500}), paid=assists(_SITE, 1, 30 * _MS)),
        replace(run_of(), total_assist_ns=4_000 * _MS),
    ),
    RuleCase(
        "no trace",
        evidence(_SITE, maps_grown(_SITE, {1024: 500})),
        run_of(),
    ),
)
