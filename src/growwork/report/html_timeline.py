"""Geometry of the heap and GC timeline; the markup is in templates/timeline.html.j2.

Lanes are drawn in a space of SPAN by LANE units that the page stretches to its width. Times of
the recording are kept in the marks' tips; the page zooms by narrowing the viewBox.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from growwork.analysis.types import HeapPoint
from growwork.core.units import format_bytes, format_duration
from growwork.report.html_lanes import (
    LANE,
    Lane,
    LaneMark,
    TimeScale,
    lay_out_band,
    lay_out_lanes,
)
from growwork.rules.types import Diagnosis

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
    heap_path: str  # SVG path data
    goal_path: str
    bands: tuple[LaneMark, ...]  # GC cycles, behind the heap
    lanes: tuple[Lane, ...]
    heap_ticks: tuple[Tick, ...]
    time_ticks: tuple[Tick, ...]
    points: tuple[tuple[int, int, int | None], ...]  # time, heap, goal: for the crosshair


def lay_out_timeline(diagnosis: Diagnosis) -> Timeline | None:
    """The timeline of a diagnosis; None when its recording has nothing over time."""
    times = list(_times(diagnosis))
    if not times:
        return None
    start, end = min(times), max(times)
    scale = TimeScale(start, max(end, start + 1))
    top_bytes = max(_sizes(diagnosis), default=1)
    step = _nice_bytes(top_bytes)
    ceiling = step * -(-top_bytes // step)
    return Timeline(
        start_ns=start,
        end_ns=scale.end,
        heap_path=_path(((p.time_ns, p.heap_bytes) for p in diagnosis.heap), scale, ceiling),
        goal_path=_steps(_goals(diagnosis.heap), scale, ceiling),
        bands=tuple(lay_out_band(cycle, scale) for cycle in diagnosis.gc_cycles),
        lanes=lay_out_lanes(diagnosis, scale),
        heap_ticks=_heap_ticks(step, ceiling),
        time_ticks=_time_ticks(scale),
        points=tuple((p.time_ns, p.heap_bytes, p.goal_bytes) for p in diagnosis.heap),
    )


def _times(diagnosis: Diagnosis) -> Iterable[int]:
    for cycle in diagnosis.gc_cycles:
        yield cycle.start_ns
        yield cycle.mark_end_ns
    for point in diagnosis.heap:
        yield point.time_ns
    for pause in diagnosis.pauses:
        yield pause.start_ns
        yield pause.start_ns + pause.duration_ns
    for assist in diagnosis.longest_assists:
        yield assist.start_ns
        yield assist.start_ns + assist.duration_ns


def _sizes(diagnosis: Diagnosis) -> Iterable[int]:
    for point in diagnosis.heap:
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
    return tuple(
        Tick(round(time / span * 100, 3), format_duration(time) if time else "0")
        for time in range(0, span + 1, step)
    )


def _one_two_five() -> Iterable[int]:
    decade = 1
    while True:
        yield from (decade, 2 * decade, 5 * decade)
        decade *= 10
