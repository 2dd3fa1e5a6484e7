"""GC cycles of a trace matched with the lines of the GC log, for the CPU shares only the log has.

The log numbers cycles from the start of the process and gives times since then in milliseconds;
the trace has a clock of its own and may begin anywhere. Were the trace's first cycle the log's
number k + 1, then the difference of the two clocks would be the same at every cycle. So each
k is tried, and taken when the differences agree within a few milliseconds, the sizes of the heap
agree, and no other k does as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from growwork.analysis.types import GcCycle
from growwork.formats.gctrace import GcTraceCycle

__all__ = ["match_gc_log"]

# The log's clock has steps of 1 ms, and the two stamps are taken a stop-the-world apart.
_CLOCK_TOLERANCE_NS = 5_000_000
# Heap sizes are whole MiB in the log, and P-local allocation is flushed in between.
_HEAP_TOLERANCE_BYTES = 2 << 20
_HEAP_TOLERANCE_SHARE = 0.1
_AGREEING_SHARE = 0.8
_FEW = 3  # cycles; fewer agree with almost anything


@dataclass(frozen=True, slots=True)
class _Candidate:
    shift: int
    matched: int
    spread_ns: float


def match_gc_log(
    cycles: Sequence[GcCycle], log: Sequence[GcTraceCycle]
) -> tuple[GcCycle, ...] | None:
    """The cycles with the CPU times of their log lines; None when they cannot be matched.

    A cycle without a line (the log was cut) keeps None for its CPU times.
    """
    lines = {line.number: line for line in log}
    shift = _find_shift(cycles, lines)
    if shift is None:
        return None
    return tuple(_with_line(cycle, lines.get(cycle.number + shift)) for cycle in cycles)


def _find_shift(cycles: Sequence[GcCycle], lines: dict[int, GcTraceCycle]) -> int | None:
    if not cycles or not lines:
        return None
    shifts = range(min(lines) - len(cycles), max(lines))
    candidates = [one for shift in shifts if (one := _try(cycles, lines, shift)) is not None]
    if not candidates:
        return None
    most = max(one.matched for one in candidates)
    fullest = [one for one in candidates if one.matched == most]
    best = min(fullest, key=lambda one: one.spread_ns)
    rivals = [one for one in fullest if one is not best]
    if any(one.spread_ns <= _CLOCK_TOLERANCE_NS for one in rivals) and most < _FEW:
        return None
    return best.shift


def _try(
    cycles: Sequence[GcCycle], lines: dict[int, GcTraceCycle], shift: int
) -> _Candidate | None:
    pairs = [
        (cycle, line)
        for cycle in cycles
        if (line := lines.get(cycle.number + shift)) is not None and cycle.triggered_by
    ]
    if not pairs:
        return None
    clocks = np.array([cycle.start_ns - line.at_ns for cycle, line in pairs], dtype=np.float64)
    spread = float(np.median(np.abs(clocks - np.median(clocks))))
    agreeing = sum(_same_heap(cycle, line) for cycle, line in pairs)
    if spread > _CLOCK_TOLERANCE_NS or agreeing < _AGREEING_SHARE * len(pairs):
        return None
    return _Candidate(shift, len(pairs), spread)


def _same_heap(cycle: GcCycle, line: GcTraceCycle) -> bool:
    tolerance = max(_HEAP_TOLERANCE_BYTES, _HEAP_TOLERANCE_SHARE * cycle.heap_start_bytes)
    return abs(cycle.heap_start_bytes - line.heap_start_bytes) <= tolerance


def _with_line(cycle: GcCycle, line: GcTraceCycle | None) -> GcCycle:
    if line is None:
        return cycle
    return replace(
        cycle,
        assist_cpu_ns=line.assist_cpu_ns,
        background_cpu_ns=line.background_cpu_ns,
        idle_cpu_ns=line.idle_cpu_ns,
        forced=cycle.forced or line.forced,
    )
