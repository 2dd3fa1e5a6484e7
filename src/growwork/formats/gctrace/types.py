"""One line of a GC trace (runtime/mgc.go, gcMarkTermination).

Clock times are wall time, CPU times are wall time of the workers: both grow when the operating
system takes the CPU away. The runtime prints milliseconds with two digits below ten and none
above, and sizes as whole MiB, rounded down; the fields keep that, in smaller units.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GcTrace", "GcTraceCycle"]

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class GcTraceCycle:
    """One GC cycle."""

    number: int
    at_ns: int  # start of the cycle since the runtime began, millisecond steps
    cpu_percent: int  # of all CPU time since the start, spent on GC
    sweep_termination_ns: int  # stop-the-world, wall
    mark_ns: int  # concurrent, wall
    mark_termination_ns: int  # stop-the-world, wall
    sweep_termination_cpu_ns: int
    assist_cpu_ns: int
    background_cpu_ns: int  # dedicated and fractional workers
    idle_cpu_ns: int
    mark_termination_cpu_ns: int
    heap_start_bytes: int  # when the cycle began
    heap_end_bytes: int  # when marking ended
    heap_live_bytes: int  # what was marked
    goal_bytes: int  # at the end of the cycle
    stacks_bytes: int
    globals_bytes: int
    procs: int  # GOMAXPROCS
    forced: bool = False  # by runtime.GC or debug.FreeOSMemory
    leak_check: bool = False  # the cycle looked for goroutine leaks (1.26 and newer)


@dataclass(frozen=True, slots=True)
class GcTrace:
    """The cycles of a trace in the order printed, and what was not one."""

    cycles: tuple[GcTraceCycle, ...]
    other_lines: int  # scavenger, pacer and scan lines
    warnings: tuple[str, ...] = ()
