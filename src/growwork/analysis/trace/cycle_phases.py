"""The phases of each GC cycle, and the P time that its marking took.

A cycle begins just before the pause for sweep termination and ends within the one for mark
termination; between the two the program runs while the GC marks (runtime/mgc.go, gcStart and
gcMarkTermination).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from growwork.analysis.trace.columns import Column
from growwork.analysis.trace.gc_cycles import is_forced
from growwork.analysis.trace.intervals import place_within, sum_at
from growwork.analysis.trace.mark_workers import DEDICATED, FRACTIONAL, IDLE
from growwork.analysis.trace.pauses import PauseColumns
from growwork.analysis.trace.types import TraceCycle
from growwork.analysis.trace.whole_trace import WholeTrace

__all__ = ["MARK_TERMINATION", "SWEEP_TERMINATION", "build_cycles"]

SWEEP_TERMINATION = "GC sweep termination"
MARK_TERMINATION = "GC mark termination"

_NEVER = 1 << 62  # later than any time of a trace


@dataclass(frozen=True, slots=True)
class _Phases:
    """Per cycle, ns."""

    sweep_termination: Column
    mark: Column
    mark_termination: Column


def build_cycles(trace: WholeTrace) -> tuple[TraceCycle, ...]:
    """Every cycle that ended in the trace or was cut by the window, in order."""
    ranges = trace.cycles.ranges
    begins, ends = ranges.start, ranges.end
    assists = trace.assists
    phases = _phases(begins, ends, trace.pauses)
    procs = trace.procs.within(begins, ends)
    workers = {
        label: trace.workers.runs(label, trace.texts).by_cycle
        for label in (DEDICATED, FRACTIONAL, IDLE)
    }
    places = place_within(begins, ends, assists.start)
    paid = sum_at(places, assists.duration, len(begins))
    running = sum_at(places, assists.running, len(begins))
    kept = np.flatnonzero(trace.cycles.ended | (ends < trace.last_ns)).tolist()
    cycles = []
    for number, row in enumerate(kept, start=1):
        frames = trace.stacks.frames(int(ranges.stack_id[row]))
        live = int(trace.cycles.heap_live[row]) if trace.cycles.ended[row] else 0
        cycles.append(
            TraceCycle(
                number=number,
                start_ns=int(begins[row]) - trace.origin_ns,
                mark_end_ns=int(ends[row]) - trace.origin_ns,
                heap_start_bytes=int(trace.cycles.heap_start[row]),
                heap_goal_bytes=int(trace.cycles.heap_goal[row]),
                heap_live_bytes=live or None,
                assist_ns=int(paid[row]),
                assist_cpu_ns=None,
                background_cpu_ns=None,
                idle_cpu_ns=None,
                forced=is_forced(frames),
                triggered_by=frames,
                sweep_termination_ns=int(phases.sweep_termination[row]),
                mark_ns=int(phases.mark[row]),
                mark_termination_ns=int(phases.mark_termination[row]),
                procs_ns=int(procs[row]),
                dedicated_ns=int(workers[DEDICATED][row]),
                fractional_ns=int(workers[FRACTIONAL][row]),
                idle_ns=int(workers[IDLE][row]),
                assist_running_ns=int(running[row]),
                allocated_bytes=int(trace.cycles.allocated[row]),
            )
        )
    return tuple(cycles)


def _phases(begins: Column, ends: Column, pauses: PauseColumns) -> _Phases:
    opening = pauses.ranges.at(pauses.of_kind(SWEEP_TERMINATION))
    closing = pauses.ranges.at(pauses.of_kind(MARK_TERMINATION))
    # The first pause that ended after the cycle's begin, if it began before the cycle's end.
    opened = np.searchsorted(opening.end, begins, side="left")
    opens = np.append(opening.start, _NEVER)[opened] <= ends
    open_start = np.where(opens, np.append(opening.start, 0)[opened], begins)
    open_end = np.where(opens, np.append(opening.end, 0)[opened], begins)
    # The last pause that began before the cycle's end, if that was within the cycle.
    closed = np.searchsorted(closing.start, ends, side="right") - 1
    closes = (closed >= 0) & (np.append(closing.start, -1)[closed] >= begins)
    close_start = np.where(closes, np.append(closing.start, 0)[closed], ends)
    close_end = np.where(closes, np.append(closing.end, 0)[closed], ends)
    return _Phases(open_end - open_start, close_start - open_end, close_end - close_start)
