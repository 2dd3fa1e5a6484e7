"""Examples of GW104."""

from __future__ import annotations

from growwork.goruntime import release_for
from growwork.gosource.types import SiteKind
from growwork.rules.cases.builders import (
    CLASSIC,
    deleting,
    evidence,
    lengths,
    made,
    maps_grown,
    run_of,
)
from growwork.rules.types import RuleCase

__all__ = ["INVALID", "VALID"]

_SITE = made()
_SIZED = made(SiteKind.MAKE_SIZED, hint="depth")
_NEVER_PRUNES = release_for("1.24")
_HUNDRED = lengths(_SITE, 64, 100, 100, 100)

INVALID = (
    RuleCase(
        "a window of 100 keys that reaches 512 slots",
        evidence(
            _SITE,
            maps_grown(_SITE, {512: 2000}),
            delete_lines=(deleting(_SITE),),
            observed=_HUNDRED,
        ),
        run_of(),
    ),
    RuleCase(
        "the same on Go 1.24, which never prunes tombstones",
        evidence(
            _SITE,
            maps_grown(_SITE, {1024: 2000}, release=_NEVER_PRUNES),
            delete_lines=(deleting(_SITE, "maps.DeleteFunc"),),
            observed=_HUNDRED,
        ),
        run_of(_NEVER_PRUNES),
    ),
    RuleCase(
        "a window made with the right hint that grows all the same",
        evidence(
            _SIZED,
            maps_grown(_SIZED, {512: 2000}, presized=128),
            delete_lines=(deleting(_SIZED),),
            observed=lengths(_SIZED, 64, 100, 100, 100),
        ),
        run_of(),
    ),
    RuleCase(
        "such a window that no reading caught: the hint is taken for its length",
        evidence(
            _SIZED,
            maps_grown(_SIZED, {512: 2000}, presized=128),
            delete_lines=(deleting(_SIZED),),
        ),
        run_of(),
    ),
    RuleCase(
        "classic maps that copy themselves to the same size",
        evidence(
            _SITE,
            maps_grown(_SITE, {4096: 20}, release=CLASSIC, same_size=300.0),
            delete_lines=(deleting(_SITE),),
        ),
        run_of(CLASSIC),
    ),
)

VALID = (
    RuleCase(
        "the length needs the capacity",
        evidence(
            _SITE,
            maps_grown(_SITE, {512: 2000}),
            delete_lines=(deleting(_SITE),),
            observed=lengths(_SITE, 64, 300, 400, 440),
        ),
        run_of(),
    ),
    RuleCase(
        "no key is ever deleted",
        evidence(_SITE, maps_grown(_SITE, {512: 2000}), observed=_HUNDRED),
        run_of(),
    ),
    RuleCase(
        "maps that are only cleared",
        evidence(
            _SITE,
            maps_grown(_SITE, {512: 2000}),
            delete_lines=(deleting(_SITE, "clear"),),
            observed=_HUNDRED,
        ),
        run_of(),
    ),
    RuleCase(
        "Swiss maps without a hint and without observed lengths",
        evidence(_SITE, maps_grown(_SITE, {512: 2000}), delete_lines=(deleting(_SITE),)),
        run_of(),
    ),
    RuleCase(
        "a classic map that grew to the same size once or twice",
        evidence(
            _SITE,
            maps_grown(_SITE, {4096: 200}, release=CLASSIC, same_size=10.0),
            delete_lines=(deleting(_SITE),),
        ),
        run_of(CLASSIC),
    ),
    RuleCase(
        "a hint with headroom that is never outgrown",
        evidence(
            _SIZED,
            maps_grown(_SIZED, {512: 2000}, presized=512),
            delete_lines=(deleting(_SIZED),),
            observed=lengths(_SIZED, 64, 100, 100, 100),
        ),
        run_of(),
    ),
    RuleCase(
        "too few samples",
        evidence(
            _SITE,
            maps_grown(_SITE, {512: 2000}, sampled=20),
            delete_lines=(deleting(_SITE),),
            observed=_HUNDRED,
        ),
        run_of(),
    ),
)
