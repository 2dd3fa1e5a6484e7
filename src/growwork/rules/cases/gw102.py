"""Examples of GW102."""

from __future__ import annotations

from dataclasses import replace

from growwork.gosource.types import SiteKind
from growwork.rules.cases.builders import (
    CLASSIC,
    deleting,
    evidence,
    filled_by,
    lengths,
    made,
    maps_grown,
    run_of,
)
from growwork.rules.types import RuleCase

__all__ = ["INVALID", "VALID"]

_CONSTANT = made(SiteKind.MAKE_SIZED, hint="5000", hint_value=5000)
_EXPRESSION = made(SiteKind.MAKE_SIZED, hint="len(all)")
_TINY = lengths(_CONSTANT, 64, 5, 8, 8)
_FORTY = lengths(_CONSTANT, 64, 30, 38, 40)

INVALID = (
    RuleCase(
        "a hint of 5000 for maps of 40 keys",
        evidence(_CONSTANT, maps_grown(_CONSTANT, {8192: 600}, presized=8192), observed=_FORTY),
        run_of(),
    ),
    RuleCase(
        "the same on classic maps",
        evidence(
            _CONSTANT,
            maps_grown(_CONSTANT, {8192: 600}, presized=8192, release=CLASSIC),
            observed=_FORTY,
        ),
        run_of(CLASSIC),
    ),
    RuleCase(
        "a hint for maps that stay at eight keys",
        evidence(_CONSTANT, maps_grown(_CONSTANT, {8192: 600}, presized=8192), observed=_TINY),
        run_of(),
    ),
    RuleCase(
        "a hint that is an expression for something else",
        evidence(
            _EXPRESSION,
            maps_grown(_EXPRESSION, {8192: 600}, presized=8192),
            observed=replace(_FORTY, site=_EXPRESSION),
        ),
        run_of(),
    ),
    RuleCase(
        "a loop says how many keys come",
        evidence(
            filled_by(_CONSTANT, "len(items)"),
            maps_grown(_CONSTANT, {8192: 600}, presized=8192),
            observed=_FORTY,
        ),
        run_of(),
    ),
    RuleCase(
        "no heap profile: the model says what the hint allocates",
        evidence(_CONSTANT, observed=_FORTY),
        run_of(),
    ),
)

VALID = (
    RuleCase(
        "a hint that fits",
        evidence(
            _CONSTANT,
            maps_grown(_CONSTANT, {8192: 600}, presized=8192),
            observed=lengths(_CONSTANT, 64, 4200, 4900, 5000),
        ),
        run_of(),
    ),
    RuleCase(
        "one doubling too large: within the rounding of a hint",
        evidence(
            _CONSTANT,
            maps_grown(_CONSTANT, {8192: 600}, presized=8192),
            observed=lengths(_CONSTANT, 64, 2400, 2900, 3000),
        ),
        run_of(),
    ),
    RuleCase(
        "usually small, but one map in twenty needs the hint",
        evidence(
            _CONSTANT,
            maps_grown(_CONSTANT, {8192: 600}, presized=8192),
            observed=lengths(_CONSTANT, 64, 40, 60, 4800),
        ),
        run_of(),
    ),
    RuleCase(
        "lengths of too few of the maps",
        evidence(
            _CONSTANT,
            maps_grown(_CONSTANT, {8192: 600}, presized=8192),
            observed=lengths(_CONSTANT, 5, 30, 38, 40),
        ),
        run_of(),
    ),
    RuleCase(
        "so few maps that nobody needs to care",
        evidence(_CONSTANT, observed=replace(_FORTY, maps=1, made=1)),
        run_of(),
    ),
    RuleCase(
        "no observed lengths",
        evidence(_CONSTANT, maps_grown(_CONSTANT, {8192: 600}, presized=8192)),
        run_of(),
    ),
    RuleCase(
        "no hint at all",
        evidence(made(), maps_grown(made(), {64: 600}), observed=_FORTY),
        run_of(),
    ),
    RuleCase(
        "a few keys are lost again, and the length is close to the hint",
        evidence(
            _CONSTANT,
            maps_grown(_CONSTANT, {8192: 600}, presized=8192),
            delete_lines=(deleting(_CONSTANT),),
            observed=lengths(_CONSTANT, 64, 3000, 4000, 5000),
        ),
        run_of(),
    ),
)
