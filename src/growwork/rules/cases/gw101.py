"""Examples of GW101."""

from __future__ import annotations

from dataclasses import replace

from growwork.gosource.types import Position, SiteKind
from growwork.rules.cases.builders import (
    CLASSIC,
    deleting,
    evidence,
    filled_by,
    growth_line,
    lengths,
    made,
    maps_grown,
    run_of,
)
from growwork.rules.types import RuleCase

__all__ = ["INVALID", "VALID"]

_FILLED = filled_by(made(), "len(items)")
_EMPTY = made()
_LITERAL = filled_by(made(SiteKind.LITERAL_EMPTY), "len(items)")
_TOO_SMALL = made(SiteKind.MAKE_SIZED, hint="16", hint_value=16)
_STABLE = {256: 300, 512: 700}

INVALID = (
    RuleCase(
        "unsized make, filled by a loop over a slice of known length",
        evidence(_FILLED, maps_grown(_FILLED, {64: 500, 1024: 500})),
        run_of(),
    ),
    RuleCase(
        "the same on classic maps",
        evidence(_FILLED, maps_grown(_FILLED, {64: 500, 1024: 500}, release=CLASSIC)),
        run_of(CLASSIC),
    ),
    RuleCase(
        "empty literal, filled by a loop over a slice of known length",
        evidence(_LITERAL, maps_grown(_LITERAL, {1024: 500})),
        run_of(),
    ),
    RuleCase(
        "unsized make whose maps end at the same size class",
        evidence(_EMPTY, maps_grown(_EMPTY, _STABLE)),
        run_of(),
    ),
    RuleCase(
        "a constant hint that every map outgrows",
        evidence(_TOO_SMALL, maps_grown(_TOO_SMALL, {512: 900}, presized=32)),
        run_of(),
    ),
    RuleCase(
        "maps that are emptied with clear and filled again",
        evidence(_EMPTY, maps_grown(_EMPTY, _STABLE), delete_lines=(deleting(_EMPTY, "clear"),)),
        run_of(),
    ),
    RuleCase(
        "two sites that share a growth line",
        evidence(
            _FILLED,
            maps_grown(_FILLED, {1024: 500}),
            line=growth_line(_FILLED, Position("shop/other.go", 3, 4)),
        ),
        run_of(),
    ),
)

VALID = (
    RuleCase(
        "maps of at most eight keys",
        evidence(_FILLED, maps_grown(_FILLED, {8: 900_000})),
        run_of(),
    ),
    RuleCase(
        "too few samples to speak of sizes",
        evidence(_FILLED, maps_grown(_FILLED, {1024: 500}, sampled=29)),
        run_of(),
    ),
    RuleCase(
        "a site that costs next to nothing",
        evidence(_FILLED, maps_grown(_FILLED, {64: 100})),
        run_of(),
    ),
    RuleCase(
        "two populations: mostly tiny maps and a few large ones",
        evidence(_EMPTY, maps_grown(_EMPTY, {16: 600, 1024: 400}, sampled=1000)),
        run_of(),
    ),
    RuleCase(
        "so few samples of large maps that their class is a guess",
        evidence(_EMPTY, replace(maps_grown(_EMPTY, {65_536: 12}), p95_interval=(32_768, 131_072))),
        run_of(),
    ),
    RuleCase(
        "maps so large that reserving by a constant is for a person to weigh",
        evidence(_EMPTY, maps_grown(_EMPTY, {65_536: 20})),
        run_of(),
    ),
    RuleCase(
        "one long-lived map without a safe loop",
        evidence(_EMPTY, maps_grown(_EMPTY, {131_072: 1})),
        run_of(),
    ),
    RuleCase(
        "keys are deleted: the capacity says nothing about the length",
        evidence(_EMPTY, maps_grown(_EMPTY, _STABLE), delete_lines=(deleting(_EMPTY),)),
        run_of(),
    ),
    RuleCase(
        "churn, although a safe loop fills the map first",
        evidence(
            _FILLED,
            maps_grown(_FILLED, {1024: 500}),
            delete_lines=(deleting(_FILLED),),
            observed=lengths(_FILLED, 64, 90, 100, 100),
        ),
        run_of(),
    ),
    RuleCase(
        "a loop that inserts only now and then, and sizes all over the place",
        evidence(
            filled_by(made(), "len(items)", safe=False),
            maps_grown(_EMPTY, {16: 200, 64: 200, 256: 200, 1024: 100}),
        ),
        run_of(),
    ),
    RuleCase(
        "a hint that is an expression: somebody knows the size better than the profile",
        evidence(
            made(SiteKind.MAKE_SIZED, hint="expected"),
            maps_grown(made(SiteKind.MAKE_SIZED, hint="expected"), {512: 900}, presized=256),
        ),
        run_of(),
    ),
    RuleCase("no heap profile", evidence(_FILLED), run_of()),
)
