"""What a trace can never say, and what this one says less well than it looks."""

from __future__ import annotations

import numpy as np

from growwork.analysis.trace.types import TraceWindow
from growwork.analysis.trace.whole_trace import WholeTrace
from growwork.core.units import format_count, format_duration

__all__ = ["TRACE_LIMITS", "trace_warnings"]

TRACE_LIMITS = (
    (
        "The stack of a mark assist names who paid. The debt is proportional to the bytes "
        "allocated there while the GC was marking: over many assists a fair share, no proof that "
        "the line made marking long."
    ),
    (
        "The stack at the start of a GC cycle names the allocation that crossed the trigger, not "
        "what caused the cycle."
    ),
    "Background marking has no map identity: the trace does not say which map is scanned.",
)

_FEW_CYCLES = 3
_FEW_SAMPLES = 100
_BEGAN_BEFORE = 1  # bit of `cut`


def trace_warnings(trace: WholeTrace, cycles: int, window: TraceWindow) -> tuple[str, ...]:
    """What makes the results weaker than they look; `cycles` is how many are shown."""
    part = "the trace" if window.is_whole else "the window"
    return tuple(
        warning
        for warning in (
            *_window_warnings(window),
            _cut_assists(trace, part),
            _cycle_warning(cycles, part),
            _sample_warning(len(trace.samples)),
        )
        if warning
    )


def _window_warnings(window: TraceWindow) -> tuple[str, ...]:
    found = []
    if window.from_ns is not None or window.to_ns is not None:
        found.append("only a window of the trace was looked at; what crosses its edges is clipped")
    if window.goroutine is not None:
        found.append(
            f"assists and latencies are those of goroutine {window.goroutine} alone; pauses, GC "
            "cycles, sweeping and utilisation are of the whole program"
        )
    if window.region is not None:
        found.append(
            f"assists and latencies count inside regions named {window.region!r} alone; pauses, "
            "GC cycles, sweeping and utilisation are of the whole program"
        )
    return tuple(found)


def _cut_assists(trace: WholeTrace, part: str) -> str:
    cut = np.flatnonzero(trace.assists.cut & _BEGAN_BEFORE)
    if not len(cut):
        return ""
    verb = "assist was" if len(cut) == 1 else "assists were"
    return (
        f"{format_count(len(cut))} mark {verb} running when {part} began: "
        f"{format_duration(int(trace.assists.duration[cut].sum()))} without a stack"
    )


def _cycle_warning(cycles: int, part: str) -> str:
    if cycles >= _FEW_CYCLES:
        return ""
    count = ("no GC cycle", "only one GC cycle", "only two GC cycles")[cycles]
    return f"{count} ended in {part}: too few to tell what is usual"


def _sample_warning(samples: int) -> str:
    if not samples:
        return (
            "no CPU samples in the trace, so CPU time in maps is not known; a CPU profile taken at "
            "the same time puts them there"
        )
    if samples < _FEW_SAMPLES:
        return f"only {samples} CPU samples: shares of CPU time are rough"
    return ""
