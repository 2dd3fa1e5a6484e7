"""The analysis of a trace for the terminal: the worst spikes first, then where the time went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text

from growwork.analysis.trace.types import Spike, SpikeCause, TraceAnalysis
from growwork.analysis.types import StackFrame
from growwork.core.units import format_duration
from growwork.report.escaping import clip_middle, visible
from growwork.report.terminal import bar, open_console, print_heading, print_more, wrap_indented
from growwork.report.trace.text_gc import print_gc
from growwork.report.trace.text_time import print_cpu, print_latencies
from growwork.report.trace.wording import (
    frame_function,
    frame_place,
    shown_frames,
    spike_title,
    trace_facts,
    window_facts,
)

__all__ = ["render_text"]

TOP_SPIKES = 5
TOP_CAUSES = 3
TOP_WARNINGS = 8
_FRAMES = 2  # of a stack; the JSON has them all
_INDENT = 4
_BAR = 8


def render_text(
    analysis: TraceAnalysis,
    out: TextIO,
    *,
    width: int | None = None,
    color: bool | None = None,
) -> None:
    """Write the report; `width` and `color` None mean what the stream and NO_COLOR say."""
    with open_console(out, width, color) as console:
        _print_header(console, analysis)
        _print_spikes(console, analysis.spikes)
        print_gc(console, analysis)
        print_latencies(console, analysis.latencies)
        print_cpu(console, analysis.cpu)
        _print_limits(console, analysis.limits)


def _print_header(console: Console, analysis: TraceAnalysis) -> None:
    wrap_indented(console, Text(visible(analysis.name), style="bold"), 0)
    wrap_indented(console, Text(" · ".join(trace_facts(analysis)), style="dim"), 0)
    window = window_facts(analysis.window)
    if window:
        wrap_indented(console, Text(f"only {', '.join(window)}", style="bold"), 0)
    for warning in analysis.warnings[:TOP_WARNINGS]:
        wrap_indented(console, Text(visible(warning), style="yellow"), 0, "! ")
    print_more(console, len(analysis.warnings) - TOP_WARNINGS, "more warning")


def _print_spikes(console: Console, spikes: Sequence[Spike]) -> None:
    print_heading(console, "Worst spikes", "the longest waits, and what overlapped them")
    if not spikes:
        console.print(Text("  none: nothing waited long enough to be listed"))
    for rank, spike in enumerate(spikes[:TOP_SPIKES], start=1):
        _print_spike(console, rank, spike)
    print_more(console, len(spikes) - TOP_SPIKES, "more spike")


def _print_spike(console: Console, rank: int, spike: Spike) -> None:
    console.print()
    line = Text(format_duration(spike.duration_ns), style="bold red")
    line.append(f" at {format_duration(spike.start_ns)}", style="not bold default")
    line.append(f"  {spike_title(spike)}", style="bold default")
    wrap_indented(console, line, 0, f"{rank:>2}  ")
    if not spike.causes:
        _print_frames(console, spike.frames, _INDENT)
    shown: list[Sequence[StackFrame]] = []
    for cause in spike.causes[:TOP_CAUSES]:
        share = bar(cause.overlap_ns, spike.duration_ns, _BAR)
        lead = Text(" " * _INDENT + f"{format_duration(cause.overlap_ns):>7} ")
        lead.append(f"{share:<{_BAR}} ", style="red")
        _wrap_behind(console, lead, visible(cause.text))
        # A stack is told once, and one whose line the sentence names only for the spike itself.
        if cause.frames not in shown and not (shown and _is_named(cause)):
            _print_frames(console, cause.frames, len(lead))
        shown.append(cause.frames)
    hidden = len(spike.causes) - TOP_CAUSES
    if hidden > 0:
        console.print(Text(" " * _INDENT + f"and {hidden} more", style="dim"))


def _is_named(cause: SpikeCause) -> bool:
    first = shown_frames(cause.frames, 1)
    return bool(first) and f"{first[0].file.rpartition('/')[2]}:{first[0].line}" in cause.text


def _wrap_behind(console: Console, lead: Text, words: str) -> None:
    """A paragraph that hangs behind its lead."""
    for number, line in enumerate(Text(words).wrap(console, max(console.width - len(lead), 20))):
        line.rstrip()
        before = lead if number == 0 else Text(" " * len(lead))
        console.print(before + line, soft_wrap=True)


def _print_frames(console: Console, frames: Sequence[StackFrame], indent: int) -> None:
    room = console.width - indent
    for number, frame in enumerate(shown_frames(frames, _FRAMES)):
        lead = "" if number == 0 else "by "
        place = frame_place(frame)
        left = room - len(lead) - 1
        place = clip_middle(place, max(left - 12, 12))
        function = clip_middle(frame_function(frame), max(left - len(place), 8))
        line = Text(" " * indent + lead, style="dim").append(function, style="not dim")
        console.print(line.append(f" {place}", style="cyan not dim"), soft_wrap=True)


def _print_limits(console: Console, limits: Sequence[str]) -> None:
    if not limits:
        return
    print_heading(console, "What a trace cannot tell")
    for limit in limits:
        wrap_indented(console, Text(visible(limit)), 2, "- ")
