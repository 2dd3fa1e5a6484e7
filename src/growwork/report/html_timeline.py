"""Geometry of the heap and GC timeline; the markup is in templates/timeline.html.j2.

Lanes are drawn in a space of SPAN by LANE units that the page stretches to its width. Times of
the recording are kept in the marks' tips; the page zooms by narrowing the viewBox.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from growwork.analysis.types import Assist, GcCycle, HeapPoint, Pause
from growwork.core.units import format_bytes, format_duration
from growwork.goruntime.map_functions import is_runtime_function
from growwork.report.wording import ASSIST_CLASSES, short_function, short_path
from growwork.rules.types import Diagnosis

__all__ = ["SPAN", "Lane", "LaneMark", "Tick", "Timeline", "lay_out_timeline"]

SPAN = 10_000  # units across
LANE = 100  # units in height
_LEAST_HEIGHT = 14  # of a mark, so that the short ones stay visible


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid, `at` percent from the left or the bottom."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class LaneMark:
    """One thing that took time."""

    x: float
    width: float
    height: float
    klass: str
    tip: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of marks."""

    name: str
    remark: str
    marks: tuple[LaneMark, ...]


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
    scale = _Scale(start, max(end, start + 1))
    top_bytes = max(_sizes(diagnosis), default=1)
    step = _nice_bytes(top_bytes)
    ceiling = step * -(-top_bytes // step)
    return Timeline(
        start_ns=start,
        end_ns=scale.end,
        heap_path=_path(((p.time_ns, p.heap_bytes) for p in diagnosis.heap), scale, ceiling),
        goal_path=_steps(_goals(diagnosis.heap), scale, ceiling),
        bands=tuple(_band(cycle, scale) for cycle in diagnosis.gc_cycles),
        lanes=_lanes(diagnosis, scale),
        heap_ticks=_heap_ticks(step, ceiling),
        time_ticks=_time_ticks(scale),
        points=tuple((p.time_ns, p.heap_bytes, p.goal_bytes) for p in diagnosis.heap),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    start: int
    end: int

    def x(self, time_ns: int) -> float:
        return round((time_ns - self.start) / (self.end - self.start) * SPAN, 2)

    def width(self, duration_ns: int) -> float:
        return round(duration_ns / (self.end - self.start) * SPAN, 3)

    def offset(self, time_ns: int) -> str:
        """Time since the first thing drawn."""
        return format_duration(time_ns - self.start)


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


def _path(points: Iterable[tuple[int, int]], scale: _Scale, ceiling: int) -> str:
    steps = (f"{scale.x(time):g} {_y(size, ceiling):g}" for time, size in points)
    return "M" + "L".join(steps)


def _steps(points: Iterable[tuple[int, int]], scale: _Scale, ceiling: int) -> str:
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


def _time_ticks(scale: _Scale) -> tuple[Tick, ...]:
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


def _band(cycle: GcCycle, scale: _Scale) -> LaneMark:
    return LaneMark(
        scale.x(cycle.start_ns),
        scale.width(cycle.mark_end_ns - cycle.start_ns),
        LANE,
        "cycle",
        _cycle_tip(cycle, scale),
    )


def _lanes(diagnosis: Diagnosis, scale: _Scale) -> tuple[Lane, ...]:
    lanes = []
    if diagnosis.longest_assists:
        lanes.append(_assist_lane(diagnosis.longest_assists, scale))
    elif any(cycle.assist_ns for cycle in diagnosis.gc_cycles):
        lanes.append(_cycle_assist_lane(diagnosis.gc_cycles, scale))
    if diagnosis.pauses:
        lanes.append(_pause_lane(diagnosis.pauses, scale))
    return tuple(lanes)


def _assist_lane(assists: tuple[Assist, ...], scale: _Scale) -> Lane:
    top = max(assist.duration_ns for assist in assists)
    marks = tuple(
        LaneMark(
            scale.x(assist.start_ns),
            scale.width(assist.duration_ns),
            _height(assist.duration_ns, top),
            assist.klass,
            _assist_tip(assist, scale),
        )
        for assist in _longest_first(assists)
    )
    return Lane("Mark assist", f"the longest {len(marks)}; tallest {format_duration(top)}", marks)


def _cycle_assist_lane(cycles: tuple[GcCycle, ...], scale: _Scale) -> Lane:
    """Where single assists are not known: all assist of a cycle, drawn over the cycle."""
    top = max(cycle.assist_ns for cycle in cycles)
    marks = tuple(
        LaneMark(
            scale.x(cycle.start_ns),
            scale.width(cycle.mark_end_ns - cycle.start_ns),
            _height(cycle.assist_ns, top),
            "other",
            f"{format_duration(cycle.assist_ns)} of mark assist in GC cycle {cycle.number}",
        )
        for cycle in cycles
        if cycle.assist_ns
    )
    return Lane("Mark assist", f"by GC cycle; tallest {format_duration(top)}", marks)


def _pause_lane(pauses: tuple[Pause, ...], scale: _Scale) -> Lane:
    top = max(pause.duration_ns for pause in pauses)
    marks = tuple(
        LaneMark(
            scale.x(pause.start_ns),
            scale.width(pause.duration_ns),
            _height(pause.duration_ns, top),
            "stw",
            _pause_tip(pause, scale),
        )
        for pause in _longest_first(pauses)
    )
    return Lane("Stop-the-world", f"tallest {format_duration(top)}", marks)


_Took = TypeVar("_Took", Assist, Pause)


def _longest_first(marks: tuple[_Took, ...]) -> list[_Took]:
    """The drawing order: a short mark stays visible in front of a tall neighbour."""
    return sorted(marks, key=lambda mark: (-mark.duration_ns, mark.start_ns))


def _height(duration_ns: int, top: int) -> float:
    return round(_LEAST_HEIGHT + (LANE - _LEAST_HEIGHT) * duration_ns / max(top, 1), 1)


def _cycle_tip(cycle: GcCycle, scale: _Scale) -> str:
    lines = [
        f"GC cycle {cycle.number}{', forced' if cycle.forced else ''}",
        f"at {scale.offset(cycle.start_ns)}, {_span(cycle)} to the end of marking",
        f"heap {format_bytes(cycle.heap_start_bytes)}, goal {format_bytes(cycle.heap_goal_bytes)}",
        f"mark assist {format_duration(cycle.assist_ns)}",
    ]
    return "\n".join(lines)


def _span(cycle: GcCycle) -> str:
    return format_duration(cycle.mark_end_ns - cycle.start_ns)


def _assist_tip(assist: Assist, scale: _Scale) -> str:
    place = ASSIST_CLASSES.get(assist.klass, assist.klass)
    running = format_duration(assist.running_ns)
    lines = [
        f"{format_duration(assist.duration_ns)} of mark assist in {place}",
        f"at {scale.offset(assist.start_ns)}, goroutine {assist.goroutine}, {running} running",
    ]
    payer = next((f for f in assist.frames if not is_runtime_function(f.function)), None)
    if payer is not None:
        lines.append(f"{short_function(payer.function)} {short_path(payer.file)}:{payer.line}")
    return "\n".join(lines)


def _pause_tip(pause: Pause, scale: _Scale) -> str:
    lines = [
        f"{format_duration(pause.duration_ns)} stop-the-world: {pause.kind}",
        f"at {scale.offset(pause.start_ns)}",
    ]
    if pause.stopping_ns is not None:
        lines.append(f"{format_duration(pause.stopping_ns)} until every P had stopped")
    return "\n".join(lines)
