from __future__ import annotations

from growwork.analysis.lengths import MapLength, SiteReadings, summarise_lengths
from growwork.gosource.types import SiteKind
from growwork.rules.cases.builders import made

SITE = made(SiteKind.MAKE_SIZED, hint="100", hint_value=100)


def readings(*maps: tuple[int, int, bool], made_maps: int = 1000) -> SiteReadings:
    return SiteReadings(
        0, made_maps, tuple(MapLength(i, *one) for i, one in enumerate(maps, start=1))
    )


def test_the_greatest_length_of_each_map_counts() -> None:
    maps = [(n, n, False) for n in range(1, 101)]
    found = summarise_lengths(SITE, readings(*maps), loses_keys=False)
    assert found is not None
    assert (found.maps, found.made) == (100, 1000)
    assert (found.p50, found.p95, found.max) == (51, 96, 100)
    assert found.warnings == ()


def test_where_keys_are_deleted_a_map_that_was_only_read_dead_says_nothing() -> None:
    found = summarise_lengths(
        SITE, readings((0, 0, False), (90, 0, False), (70, 70, True)), loses_keys=True
    )
    assert found is not None
    assert (found.maps, found.p50, found.max) == (2, 90, 90)
    assert found.warnings == ("1 of 3 watched maps died before a reading caught them filled",)


def test_nothing_telling_is_no_result() -> None:
    assert summarise_lengths(SITE, readings((0, 0, False)), loses_keys=True) is None
    assert summarise_lengths(SITE, readings(), loses_keys=False) is None
