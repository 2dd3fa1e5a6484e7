"""Marks of the timeline's lanes: GC cycles, mark assists and pauses, with their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from growwork.analysis.trace.types import Spike
from growwork.analysis.types import Assist, GcCycle, HeapPoint, Pause, StackFrame
from growwork.core.units import format_bytes, format_duration
from growwork.report.escaping import visible
from growwork.report.short_forms import ASSIST_CLASSES
from growwork.report.trace.wording import frame_function, frame_place, shown_frames, spike_title

__all__ = [
    "LANE",
    "SPAN",
    "Drawable",
    "Lane",
    "LaneMark",
    "TimeScale",
    "lay_out_band",
    "lay_out_lanes",
]

SPAN = 10_000  # units across
LANE = 100  # units in height
_LEAST_HEIGHT = 14  # of a mark, so that the short ones stay visible


class Drawable(Protocol):
    """What a timeline is drawn of: a diagnosis, or a trace."""

    @property
    def gc_cycles(self) -> tuple[GcCycle, ...]: ...
    @property
    def heap(self) -> tuple[HeapPoint, ...]: ...
    @property
    def pauses(self) -> tuple[Pause, ...]: ...
    @property
    def longest_assists(self) -> tuple[Assist, ...]: ...


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
class TimeScale:
    """From times on the recording's clock to units across."""

    start: int
    end: int
    origin: int  # what times are told from

    def x(self, time_ns: int) -> float:
        return round((time_ns - self.start) / (self.end - self.start) * SPAN, 2)

    def width(self, duration_ns: int) -> float:
        return round(duration_ns / (self.end - self.start) * SPAN, 3)

    def offset(self, time_ns: int) -> str:
        """Time since the origin."""
        return format_duration(time_ns - self.origin)


def lay_out_band(cycle: GcCycle, scale: TimeScale) -> LaneMark:
    """A GC cycle as a band behind the heap, from its start to the end of marking."""
    return LaneMark(
        scale.x(cycle.start_ns),
        scale.width(cycle.mark_end_ns - cycle.start_ns),
        LANE,
        "cycle",
        _cycle_tip(cycle, scale),
    )


def lay_out_lanes(source: Drawable, spikes: Sequence[Spike], scale: TimeScale) -> tuple[Lane, ...]:
    """Spikes, mark assists and pauses, each in a lane of its own where there are any."""
    lanes = []
    if spikes:
        lanes.append(_spike_lane(spikes, scale))
    if source.longest_assists:
        lanes.append(_assist_lane(source.longest_assists, scale))
    elif any(cycle.assist_ns for cycle in source.gc_cycles):
        lanes.append(_cycle_assist_lane(source.gc_cycles, scale))
    if source.pauses:
        lanes.append(_pause_lane(source.pauses, scale))
    return tuple(lanes)


def _spike_lane(spikes: Sequence[Spike], scale: TimeScale) -> Lane:
    top = max(spike.duration_ns for spike in spikes)
    marks = tuple(
        LaneMark(
            scale.x(spike.start_ns),
            scale.width(spike.duration_ns),
            _height(spike.duration_ns, top),
            "spike",
            _spike_tip(spike, scale),
        )
        for spike in _longest_first(spikes)
    )
    return Lane("Spikes", f"the worst {len(marks)}; tallest {format_duration(top)}", marks)


def _assist_lane(assists: tuple[Assist, ...], scale: TimeScale) -> Lane:
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


def _cycle_assist_lane(cycles: tuple[GcCycle, ...], scale: TimeScale) -> Lane:
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


def _pause_lane(pauses: tuple[Pause, ...], scale: TimeScale) -> Lane:
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


_Took = TypeVar("_Took", Assist, Pause, Spike)


def _longest_first(marks: Sequence[_Took]) -> list[_Took]:
    """The drawing order: a short mark stays visible in front of a tall neighbour."""
    return sorted(marks, key=lambda mark: (-mark.duration_ns, mark.start_ns))


def _height(duration_ns: int, top: int) -> float:
    return round(_LEAST_HEIGHT + (LANE - _LEAST_HEIGHT) * duration_ns / max(top, 1), 1)


def _cycle_tip(cycle: GcCycle, scale: TimeScale) -> str:
    lines = [
        f"GC cycle {cycle.number}{', forced' if cycle.forced else ''}",
        f"at {scale.offset(cycle.start_ns)}, {_span(cycle)} to the end of marking",
        f"heap {format_bytes(cycle.heap_start_bytes)}, goal {format_bytes(cycle.heap_goal_bytes)}",
        f"mark assist {format_duration(cycle.assist_ns)}",
    ]
    return "\n".join(lines)


def _span(cycle: GcCycle) -> str:
    return format_duration(cycle.mark_end_ns - cycle.start_ns)


def _assist_tip(assist: Assist, scale: TimeScale) -> str:
    place = ASSIST_CLASSES.get(assist.klass, assist.klass)
    running = format_duration(assist.running_ns)
    lines = [
        f"{format_duration(assist.duration_ns)} of mark assist in {place}",
        f"at {scale.offset(assist.start_ns)}, goroutine {assist.goroutine}, {running} running",
    ]
    return "\n".join(lines + _place(assist.frames))


def _spike_tip(spike: Spike, scale: TimeScale) -> str:
    lines = [
        f"{format_duration(spike.duration_ns)}: {spike_title(spike)}",
        f"at {scale.offset(spike.start_ns)}",
    ]
    return "\n".join(lines + _place(spike.frames))


def _place(frames: tuple[StackFrame, ...]) -> list[str]:
    return [f"{frame_function(one)} {frame_place(one)}" for one in shown_frames(frames, 1)]


def _pause_tip(pause: Pause, scale: TimeScale) -> str:
    lines = [
        f"{format_duration(pause.duration_ns)} stop-the-world: {visible(pause.kind)}",
        f"at {scale.offset(pause.start_ns)}",
    ]
    if pause.stopping_ns is not None:
        lines.append(f"{format_duration(pause.stopping_ns)} until every P had stopped")
    return "\n".join(lines)
