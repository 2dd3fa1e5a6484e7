"""The analysis of a trace as one HTML file: spikes, a timeline, and the tables behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TextIO

from growwork.analysis.trace.types import Latency, Spike, SpikeCause, TraceAnalysis
from growwork.analysis.types import Assist, GcCycle, HeapPoint, Pause, StackFrame
from growwork.report.html_page import Section, render_page
from growwork.report.html_timeline import lay_out_timeline
from growwork.report.html_views import view_assists
from growwork.report.trace.wording import (
    allocation_line,
    cycles_line,
    frame_function,
    frame_place,
    in_order_of_loss,
    shown_frames,
    spike_title,
    top_site_words,
    trace_facts,
    window_facts,
    work_shares,
)

__all__ = ["render_html"]

TOP_LINES = 15
TOP_PAUSES = 1000  # the longest; a picture of more is a smear
_STACK = 12  # frames shown of a stack
_OPEN_SPIKES = 3


@dataclass(frozen=True, slots=True)
class CauseView:
    """A cause and the part of its spike that it covers, in percent."""

    cause: SpikeCause
    share: float
    place: str  # empty where its stack is unknown, or that of the spike


@dataclass(frozen=True, slots=True)
class SpikeView:
    """A spike with its words."""

    rank: int
    spike: Spike
    title: str
    place: str
    causes: tuple[CauseView, ...]


@dataclass(frozen=True, slots=True)
class LatencyView:
    """A kind of waiting, and where most of it was."""

    latency: Latency
    share: str
    place: str
    function: str


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What of a trace is drawn over time."""

    gc_cycles: tuple[GcCycle, ...]
    heap: tuple[HeapPoint, ...]
    pauses: tuple[Pause, ...]
    longest_assists: tuple[Assist, ...] = ()


def render_html(analysis: TraceAnalysis, out: TextIO) -> None:
    """Write the page; the same analysis gives the same bytes."""
    timeline = lay_out_timeline(_drawing(analysis), analysis.spikes, origin_ns=0)
    page = render_page(
        "trace.html.j2",
        result=analysis,
        facts=trace_facts(analysis),
        window=window_facts(analysis.window),
        spikes=tuple(_view_spike(*pair) for pair in enumerate(analysis.spikes, start=1)),
        timeline=timeline,
        assist_lines=view_assists(analysis.assists),
        pause_kinds=analysis.pause_kinds,
        cycles_line=(
            cycles_line(analysis.gc_cycles, analysis.gc_work, analysis.info.duration_ns)
            if analysis.gc_cycles
            else ""
        ),
        allocation_line=allocation_line(analysis),
        shares=work_shares(analysis.gc_work),
        latencies=tuple(_view_latency(latency) for latency in in_order_of_loss(analysis.latencies)),
        sections=_sections(analysis, has_timeline=timeline is not None),
        frame_function=frame_function,
        frame_place=frame_place,
        top_lines=TOP_LINES,
        most_frames=_STACK,
        open_spikes=_OPEN_SPIKES,
    )
    out.write(page)


def _sections(analysis: TraceAnalysis, *, has_timeline: bool) -> tuple[Section, ...]:
    sections = (
        (True, Section("spikes", "Spikes", len(analysis.spikes))),
        (has_timeline, Section("timeline", "Timeline")),
        (True, Section("gc", "Garbage collection")),
        (analysis.gc_work.procs_ns, Section("work", "GC work")),
        (analysis.latencies, Section("latencies", "Waiting")),
        (analysis.cpu, Section("cpu", "CPU in maps")),
        (analysis.limits, Section("limits", "Limits", len(analysis.limits))),
    )
    return tuple(section for present, section in sections if present)


def _drawing(analysis: TraceAnalysis) -> _Drawing:
    longest = sorted(analysis.pauses, key=lambda one: (-one.duration_ns, one.start_ns))
    return _Drawing(analysis.gc_cycles, _heap(analysis.gc_cycles), tuple(longest[:TOP_PAUSES]))


def _heap(cycles: tuple[GcCycle, ...]) -> tuple[HeapPoint, ...]:
    """The heap as the cycles know it: what it was at the start, and what lived at the end."""
    points: list[HeapPoint] = []
    for cycle in cycles:
        points.append(HeapPoint(cycle.start_ns, cycle.heap_start_bytes, cycle.heap_goal_bytes))
        if cycle.heap_live_bytes is not None:
            points.append(
                HeapPoint(cycle.mark_end_ns, cycle.heap_live_bytes, cycle.heap_goal_bytes)
            )
    return tuple(points)


def _view_spike(rank: int, spike: Spike) -> SpikeView:
    causes = tuple(
        CauseView(
            cause,
            round(min(1.0, cause.overlap_ns / max(spike.duration_ns, 1)) * 100, 2),
            "" if cause.frames == spike.frames else _place(cause.frames),
        )
        for cause in spike.causes
    )
    return SpikeView(rank, spike, spike_title(spike), _place(spike.frames), causes)


def _place(frames: tuple[StackFrame, ...]) -> str:
    first = shown_frames(frames, 1)
    return frame_place(first[0]) if first else ""


def _view_latency(latency: Latency) -> LatencyView:
    return LatencyView(latency, *top_site_words(latency))
