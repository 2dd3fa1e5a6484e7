"""Geometry of the heap and GC timeline; the markup is in templates/timeline.html.j2.

Lanes are drawn in a space of SPAN by LANE units that the page stretches to its width. Times of
the recording are kept in the marks' tips; the page zooms by narrowing the viewBox.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from growwork.analysis.trace.types import Spike
from growwork.analysis.types import HeapPoint
from growwork.core.units import format_bytes, format_duration
from growwork.report.html_lanes import (
    LANE,
    Drawable,
    Lane,
    LaneMark,
    TimeScale,
    lay_out_band,
    lay_out_lanes,
)

__all__ = ["Tick", "Timeline", "lay_out_timeline"]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid, `at` percent from the left or the bottom."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole drawing."""

    start_ns: int
    end_ns: int
    origin_ns: int  # what times are told from
    heap_path: str  # SVG path data
    goal_path: str
    bands: tuple[LaneMark, ...]  # GC cycles, behind the heap
    lanes: tuple[Lane, ...]
    heap_ticks: tuple[Tick, ...]
    time_ticks: tuple[Tick, ...]
    points: tuple[tuple[int, int, int | None], ...]  # time, heap, goal: for the crosshair


def lay_out_timeline(
    source: Drawable, spikes: Sequence[Spike] = (), origin_ns: int | None = None
) -> Timeline | None:
    """The timeline of a diagnosis or a trace; None when it has nothing over time.

    Times are told from `origin_ns`, or from the first thing drawn.
    """
    times = list(_times(source, spikes))
    if not times:
        return None
    start, end = min(times), max(times)
    origin = start if origin_ns is None else origin_ns
    scale = TimeScale(start, max(end, start + 1), origin)
    top_bytes = max(_sizes(source), default=1)
    step = _nice_bytes(top_bytes)
    ceiling = step * -(-top_bytes // step)
    return Timeline(
        start_ns=start,
        end_ns=scale.end,
        origin_ns=origin,
        heap_path=_path(((p.time_ns, p.heap_bytes) for p in source.heap), scale, ceiling),
        goal_path=_steps(_goals(source.heap), scale, ceiling),
        bands=tuple(lay_out_band(cycle, scale) for cycle in source.gc_cycles),
        lanes=lay_out_lanes(source, spikes, scale),
        heap_ticks=_heap_ticks(step, ceiling),
        time_ticks=_time_ticks(scale),
        points=tuple((p.time_ns, p.heap_bytes, p.goal_bytes) for p in source.heap),
    )


def _times(source: Drawable, spikes: Sequence[Spike]) -> Iterable[int]:
    for cycle in source.gc_cycles:
        yield cycle.start_ns
        yield cycle.mark_end_ns
    for point in source.heap:
        yield point.time_ns
    for pause in source.pauses:
        yield pause.start_ns
        yield pause.start_ns + pause.duration_ns
    for assist in source.longest_assists:
        yield assist.start_ns
        yield assist.start_ns + assist.duration_ns
    for spike in spikes:
        yield spike.start_ns
        yield spike.start_ns + spike.duration_ns


def _sizes(source: Drawable) -> Iterable[int]:
    for point in source.heap:
        yield point.heap_bytes
        yield point.goal_bytes or 0
    yield 1


def _goals(heap: Iterable[HeapPoint]) -> Iterable[tuple[int, int]]:
    for point in heap:
        if point.goal_bytes is not None:
            yield point.time_ns, point.goal_bytes


def _path(points: Iterable[tuple[int, int]], scale: TimeScale, ceiling: int) -> str:
    steps = (f"{scale.x(time):g} {_y(size, ceiling):g}" for time, size in points)
    return "M" + "L".join(steps)


def _steps(points: Iterable[tuple[int, int]], scale: TimeScale, ceiling: int) -> str:
    """A goal holds until the next one is set."""
    path: list[str] = []
    for time, size in points:
        path.append(
            f"H{scale.x(time):g}V{_y(size, ceiling):g}"
            if path
            else f"M{scale.x(time):g} {_y(size, ceiling):g}"
        )
    return "".join(path)


def _y(size: int, ceiling: int) -> float:
    return round(LANE - size / ceiling * LANE, 2)


def _nice_bytes(top: int) -> int:
    """A power of two that gives three to five lines."""
    step = 1
    while top > step * 5:
        step *= 2
    return step


def _heap_ticks(step: int, ceiling: int) -> tuple[Tick, ...]:
    return tuple(
        Tick(round(size / ceiling * 100, 2), format_bytes(size))
        for size in range(0, ceiling + 1, step)
    )


def _time_ticks(scale: TimeScale) -> tuple[Tick, ...]:
    span = scale.end - scale.start
    step = 1
    for factor in _one_two_five():
        step = factor
        if span <= factor * 6:
            break
    first = (
        -(-(scale.start - scale.origin) // step) * step
    )  # from the origin, at or after the start
    return tuple(
        Tick(
            round((time + scale.origin - scale.start) / span * 100, 3),
            format_duration(time) if time else "0",
        )
        for time in range(first, scale.end - scale.origin + 1, step)
    )


def _one_two_five() -> Iterable[int]:
    decade = 1
    while True:
        yield from (decade, 2 * decade, 5 * decade)
        decade *= 10
