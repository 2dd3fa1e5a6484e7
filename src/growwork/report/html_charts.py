"""Geometry of the final-size charts; the markup is in templates/charts.html.j2."""

from __future__ import annotations

from dataclasses import dataclass

from growwork.analysis.types import CapacityLevel, SiteCapacities
from growwork.core.units import format_count
from growwork.report.wording import capacity_label

__all__ = ["Bar", "Distribution", "Mark", "lay_out_distribution"]

WIDTH = 320  # the chart is drawn at about this many pixels wherever it stands
PLOT_TOP = 22
PLOT_BOTTOM = 104
HEIGHT = 136
_SIDE = 6
_WIDEST_BAR = 44.0
_LABEL_ROOM = 34.0  # pixels a label of the axis needs


@dataclass(frozen=True, slots=True)
class Bar:
    """One capacity class."""

    x: float
    width: float
    y: float
    height: float
    middle: float
    label: str  # empty where labels would touch
    tip: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A percentile, drawn over the middle of its class."""

    x: float
    label: str
    anchor: str  # SVG text-anchor


@dataclass(frozen=True, slots=True)
class Distribution:
    """Maps by the capacity they ended at."""

    width: int
    height: int
    top: int
    bottom: int
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    interval: tuple[float, float] | None  # of P95, in pixels
    summary: str  # the chart in words


def lay_out_distribution(site: SiteCapacities) -> Distribution | None:
    """The chart of one site; None when no map of it is known to have ended anywhere."""
    levels = _shown_levels(site)
    if not levels:
        return None
    step = (WIDTH - 2 * _SIDE) / len(levels)
    top = max(level.final for level in levels)
    every = max(1, -(-int(_LABEL_ROOM) // max(1, int(step))))
    bars = tuple(
        _bar(level, index, step, top, labelled=(len(levels) - 1 - index) % every == 0)
        for index, level in enumerate(levels)
    )
    middles = {level.slots: bar.middle for level, bar in zip(levels, bars, strict=True)}
    return Distribution(
        WIDTH,
        HEIGHT,
        PLOT_TOP,
        PLOT_BOTTOM,
        bars,
        _marks(site, middles),
        _interval(site, middles),
        _summary(site),
    )


def _shown_levels(site: SiteCapacities) -> tuple[CapacityLevel, ...]:
    used = [index for index, level in enumerate(site.levels) if level.final > 0]
    return site.levels[used[0] : used[-1] + 1] if used else ()


def _bar(level: CapacityLevel, index: int, step: float, top: float, *, labelled: bool) -> Bar:
    width = min(_WIDEST_BAR, step * 0.82)
    middle = _SIDE + step * (index + 0.5)
    height = level.final / top * (PLOT_BOTTOM - PLOT_TOP)
    if level.final > 0:
        height = max(height, 1.0)
    label = capacity_label(level.slots)
    return Bar(
        x=round(middle - width / 2, 2),
        width=round(width, 2),
        y=round(PLOT_BOTTOM - height, 2),
        height=round(height, 2),
        middle=round(middle, 2),
        label=label if labelled else "",
        tip=f"{format_count(level.final)} maps ended at {level.slots:,} slots",
    )


def _marks(site: SiteCapacities, middles: dict[int, float]) -> tuple[Mark, ...]:
    at: dict[int, list[str]] = {}
    for name, slots in (("P50", site.p50), ("P95", site.p95)):
        if slots in middles:
            at.setdefault(slots, []).append(name)
    return tuple(
        Mark(middles[slots], " = ".join(names), _anchor(middles[slots]))
        for slots, names in at.items()
    )


def _anchor(x: float) -> str:
    if x < 40:
        return "start"
    return "end" if x > WIDTH - 40 else "middle"


def _interval(site: SiteCapacities, middles: dict[int, float]) -> tuple[float, float] | None:
    low, high = site.p95_interval
    inside = [x for slots, x in middles.items() if low <= slots <= high]
    return (min(inside), max(inside)) if len(inside) > 1 else None


def _summary(site: SiteCapacities) -> str:
    low, high = site.p95_interval
    return (
        f"Final sizes: P50 {site.p50:,}, P95 {site.p95:,} (90 % interval {low:,} to {high:,}), "
        f"max {site.max:,} slots; {format_count(site.maps.value)} maps"
    )
