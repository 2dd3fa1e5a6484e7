"""The words and short forms of a trace's analysis that the text and the HTML renderer share.

Formatting only: every number comes in as it stands in the result. All text that came with the
trace goes through `visible`.
"""

from __future__ import annotations

from collections.abc import Sequence

from growwork.analysis.trace.types import (
    GcWork,
    Latency,
    Spike,
    TraceAnalysis,
    TraceWindow,
)
from growwork.analysis.types import GcCycle, StackFrame
from growwork.core.units import format_bytes, format_count, format_duration
from growwork.goruntime.map_functions import is_runtime_function, is_transparent_function
from growwork.report.escaping import visible
from growwork.report.short_forms import count_of, place_of, short_function

__all__ = [
    "allocation_line",
    "cycles_line",
    "frame_function",
    "frame_place",
    "in_order_of_loss",
    "percent",
    "round_duration",
    "shown_frames",
    "spike_title",
    "top_site_words",
    "trace_facts",
    "window_facts",
    "work_shares",
]

# Waits that a goroutine asked for, or for somebody outside; the others keep it from running.
_IDLE = frozenset({"channel", "coroutine", "forever", "network", "runtime", "sleep", "synctest"})

_SPIKES = {
    "assist": "{who} paid mark assist",
    "stw": "the world was stopped",
    "runnable": "{who} was runnable, and nothing ran it",
    "forced gc": "{who} waited for a GC it had forced",
    "long run": "{who} kept its P without a stop",
    "gc wait": "{who} waited for the GC",
}


def trace_facts(analysis: TraceAnalysis) -> tuple[str, ...]:
    """What the file is, in pieces that fit on one line."""
    info = analysis.info
    facts = (
        visible(analysis.go_version),
        format_duration(info.duration_ns),
        f"{format_count(info.events)} events",
        count_of(info.generations, "generation"),
        "" if info.complete else "not complete",
    )
    return tuple(fact for fact in facts if fact)


def window_facts(window: TraceWindow) -> tuple[str, ...]:
    """What was asked for, where that is not the whole trace."""
    facts: list[str] = []
    if window.from_ns is not None or window.to_ns is not None:
        start = "the start" if window.from_ns is None else round_duration(window.from_ns)
        end = "the end" if window.to_ns is None else round_duration(window.to_ns)
        facts.append(f"from {start} to {end}")
    if window.goroutine is not None:
        facts.append(f"goroutine {window.goroutine}")
    if window.region is not None:
        facts.append(f"region {visible(window.region)}")
    return tuple(facts)


def spike_title(spike: Spike) -> str:
    """What happened to whom, in one clause."""
    who = f"goroutine {spike.goroutine}" if spike.goroutine >= 0 else "a goroutine"
    title = _SPIKES.get(spike.kind, "{who}: " + visible(spike.kind)).format(who=who)
    others = spike.affected - 1 if spike.goroutine >= 0 else 0
    facts = [f"{others} more alike"] if others > 0 else []
    facts += [f"worst of {spike.occurrences}"] if spike.occurrences > 1 else []
    return f"{title} ({', '.join(facts)})" if facts else title


def shown_frames(frames: Sequence[StackFrame], most: int) -> tuple[StackFrame, ...]:
    """The frames a reader acts on: the first that is no plumbing, and its callers."""
    frames = [frame for frame in frames if frame.function or frame.file]
    for is_plumbing in (_is_plumbing, is_runtime_function):
        for index, frame in enumerate(frames):
            if not is_plumbing(frame.function):
                return tuple(frames[index : index + most])
    return tuple(frames[:most])  # the runtime's own goroutine


def _is_plumbing(function: str) -> bool:
    """Whether a reader would look at the line of its caller: a lock, a sleep, a system call."""
    return is_transparent_function(function) or function.startswith(("syscall.", "time."))


def frame_place(frame: StackFrame) -> str:
    """`catalog/index.go:91`."""
    return visible(place_of(frame.file, frame.line))


def frame_function(frame: StackFrame) -> str:
    """`catalog.(*Index).Add`."""
    return visible(short_function(frame.function))


def percent(share: float) -> str:
    """A share of one with three digits at most: `0.04 %`, `8.1 %`, `55 %`."""
    value = share * 100
    digits = 0 if value >= 10 or value == 0 else 1 if value >= 1 else 2
    text = f"{value:.{digits}f} %"
    return "< 0.01 %" if value > 0 and text == "0.00 %" else text


def round_duration(duration_ns: int) -> str:
    """A duration that somebody chose, without the digits nobody chose: `10 µs`."""
    number, _, unit = format_duration(duration_ns).partition(" ")
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {unit}"


def cycles_line(cycles: Sequence[GcCycle], work: GcWork, duration_ns: int) -> str:
    """How many cycles there were, how much of the time, and up to which heap goals."""
    forced = sum(cycle.forced for cycle in cycles)
    goals = [cycle.heap_goal_bytes for cycle in cycles if cycle.heap_goal_bytes] or [0]
    words = count_of(len(cycles), "cycle") + (f" ({forced} forced)" if forced else "")
    if duration_ns:
        words += f", {percent(work.cycle_ns / duration_ns)} of the time"
    low, high = format_bytes(min(goals)), format_bytes(max(goals))
    return f"{words}; heap goal {low}" + (f" to {high}" if low != high else "")


def work_shares(work: GcWork) -> tuple[tuple[str, int, float], ...]:
    """Where P time went in the GC: name, ns, share of all P time; most first."""
    parts = (
        ("dedicated mark workers", work.dedicated_ns),
        ("fractional mark workers", work.fractional_ns),
        ("idle mark workers", work.idle_ns),
        ("mark assist", work.assist_ns),
        ("sweep", work.sweep_ns),
        ("stop-the-world", work.stw_ns),
    )
    if not work.procs_ns:
        return ()
    shares = [(name, ns, ns / work.procs_ns) for name, ns in parts if ns]
    return tuple(sorted(shares, key=lambda part: (-part[1], part[0])))


def allocation_line(analysis: TraceAnalysis) -> str:
    """How much was allocated while marking; empty where the heap was not read."""
    allocation = analysis.allocation
    if not allocation.allocated_bytes:
        return ""
    during = percent(allocation.during_mark_bytes / allocation.allocated_bytes)
    return (
        f"{during} of the {format_bytes(allocation.allocated_bytes)} that the heap grew was "
        f"allocated during GC cycles, {percent(allocation.cycle_share)} of the time"
    )


def in_order_of_loss(latencies: Sequence[Latency]) -> tuple[Latency, ...]:
    """What keeps goroutines from running first, then what is mostly idleness."""
    return tuple(sorted(latencies, key=lambda one: one.kind in _IDLE))


def top_site_words(latency: Latency) -> tuple[str, str, str]:
    """Where most of a waiting was: share, place, function; empty where no stack is known."""
    for site in latency.sites:
        frames = shown_frames(site.frames, 1)
        if frames:
            share = percent(site.total_ns / max(latency.total_ns, 1))
            return share, frame_place(frames[0]), frame_function(frames[0])
    return "", "", ""
