"""`lengths.jsonl`: what the collector read of the lengths of maps, a line per map site."""

from __future__ import annotations

from collections.abc import Iterator

from growwork.analysis.lengths import MapLength, SiteReadings
from growwork.core.errors import FormatError
from growwork.store.json_object import JsonObject, parse_object

__all__ = ["read_lengths"]


def read_lengths(data: bytes, *, source: str) -> tuple[SiteReadings, ...]:
    """All readings, ordered by site number.

    Raises `FormatError` naming the line for anything else.
    """
    readings = [
        _read_site(parse_object(line, f"{source}, line {number}"))
        for number, line in enumerate(data.splitlines(), start=1)
        if line.strip()
    ]
    return tuple(sorted(readings, key=lambda one: one.site))


def _read_site(row: JsonObject) -> SiteReadings:
    return SiteReadings(row.integer("site"), row.integer("made"), tuple(_read_maps(row)))


def _read_maps(row: JsonObject) -> Iterator[MapLength]:
    for item in row.children("maps"):
        one = MapLength(
            nth=item.integer("nth"),
            max=item.integer("max"),
            last=item.integer("last"),
            alive=item.boolean("alive"),
        )
        if min(one.nth, one.max, one.last) < 0 or one.last > one.max:
            raise FormatError(row.source, f"impossible lengths: max {one.max}, last {one.last}")
        yield one
