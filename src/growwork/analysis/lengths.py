"""Exact lengths of maps that the collector watched, per map site.

The collector counts every map made at a site and watches some of them: the first ones, then
ever fewer. A watched map's length is read now and then while it lives and once when it dies.
Where keys are only added, the last reading is the greatest. Where keys are deleted it need not
be: a map that was filled and emptied between two readings looks as if it had always been empty,
so for such sites only maps count that were caught with more keys than they died with, or that
are still alive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from growwork.analysis.types import SiteLengths
from growwork.gosource.types import MapSite

__all__ = ["MapLength", "SiteReadings", "summarise_lengths"]


@dataclass(frozen=True, slots=True)
class MapLength:
    """The readings of one watched map."""

    nth: int  # this was the nth map made at the site
    max: int  # greatest length read
    last: int  # at its death, or at the end of the recording
    alive: bool


@dataclass(frozen=True, slots=True)
class SiteReadings:
    """All readings at one site; `site` is its index in the source facts."""

    site: int
    made: int
    maps: tuple[MapLength, ...]


def summarise_lengths(
    site: MapSite, readings: SiteReadings, *, loses_keys: bool
) -> SiteLengths | None:
    """The distribution of the lengths; None when no reading says anything."""
    telling = [one for one in readings.maps if not loses_keys or one.alive or one.max > one.last]
    if not telling:
        return None
    greatest = np.array([one.max for one in telling], dtype=np.int64)
    p50, p95 = np.quantile(greatest, (0.5, 0.95), method="higher").tolist()
    return SiteLengths(
        site=site,
        maps=len(telling),
        made=readings.made,
        p50=p50,
        p95=p95,
        max=int(greatest.max()),
        warnings=_warnings(readings, telling),
    )


def _warnings(readings: SiteReadings, telling: Sequence[MapLength]) -> tuple[str, ...]:
    unread = len(readings.maps) - len(telling)
    if not unread:
        return ()
    return (
        f"{unread} of {len(readings.maps)} watched maps died before a reading caught them filled",
    )
