"""GC cycles and the heap over time from the GC log alone, where there is no trace.

The log has the wall time of each phase and three heap sizes per cycle in whole MiB. It does not
say who triggered a cycle, nor how long single assists took; their sum is CPU time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from growwork.analysis.trace.heap_timeline import MAX_POINTS, thin
from growwork.analysis.types import GcCycle, HeapPoint
from growwork.formats.gctrace import GcTraceCycle

__all__ = ["cycles_of_log", "heap_of_log"]


def cycles_of_log(log: Sequence[GcTraceCycle]) -> tuple[GcCycle, ...]:
    """The cycles, times since the start of the process; `assist_ns` is 0: it was not measured."""
    return tuple(
        GcCycle(
            number=line.number,
            start_ns=line.at_ns,
            mark_end_ns=_mark_end_ns(line),
            heap_start_bytes=line.heap_start_bytes,
            heap_goal_bytes=line.goal_bytes,
            heap_live_bytes=line.heap_live_bytes,
            assist_ns=0,
            assist_cpu_ns=line.assist_cpu_ns,
            background_cpu_ns=line.background_cpu_ns,
            idle_cpu_ns=line.idle_cpu_ns,
            forced=line.forced,
            triggered_by=(),
        )
        for line in log
    )


def heap_of_log(log: Sequence[GcTraceCycle]) -> tuple[HeapPoint, ...]:
    """The heap at the start and the end of marking of each cycle, and what stayed alive.

    At most `MAX_POINTS`, in time order.
    """
    # Starts are cut to milliseconds, so a cycle may seem to start before the last one ended.
    points = sorted((point for line in log for point in _points(line)), key=lambda p: p.time_ns)
    if len(points) <= MAX_POINTS:
        return tuple(points)
    times = np.array([point.time_ns for point in points], dtype=np.int64)
    sizes = np.array([point.heap_bytes for point in points], dtype=np.int64)
    return tuple(points[index] for index in thin(times, sizes, MAX_POINTS).tolist())


def _points(line: GcTraceCycle) -> Iterator[HeapPoint]:
    end = _mark_end_ns(line)
    yield HeapPoint(line.at_ns, line.heap_start_bytes, line.goal_bytes)
    yield HeapPoint(end, line.heap_end_bytes, line.goal_bytes)
    yield HeapPoint(end, line.heap_live_bytes, line.goal_bytes)


def _mark_end_ns(line: GcTraceCycle) -> int:
    return line.at_ns + line.sweep_termination_ns + line.mark_ns + line.mark_termination_ns
