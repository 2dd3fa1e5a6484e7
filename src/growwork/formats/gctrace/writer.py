"""Cycles to GC trace text, as the runtime prints them."""

from __future__ import annotations

from collections.abc import Iterable

from growwork.formats.gctrace.types import MIB, GcTraceCycle

__all__ = ["write_gctrace"]


def write_gctrace(cycles: Iterable[GcTraceCycle]) -> bytes:
    """One line per cycle."""
    return b"".join(_line(cycle).encode() for cycle in cycles)


def _line(cycle: GcTraceCycle) -> str:
    note = " (checking for goroutine leaks)" if cycle.leak_check else ""
    clock = "+".join(
        map(_ms, (cycle.sweep_termination_ns, cycle.mark_ns, cycle.mark_termination_ns))
    )
    marking = "/".join(map(_ms, (cycle.assist_cpu_ns, cycle.background_cpu_ns, cycle.idle_cpu_ns)))
    cpu = f"{_ms(cycle.sweep_termination_cpu_ns)}+{marking}+{_ms(cycle.mark_termination_cpu_ns)}"
    heap = "->".join(
        str(size // MIB)
        for size in (cycle.heap_start_bytes, cycle.heap_end_bytes, cycle.heap_live_bytes)
    )
    forced = " (forced)" if cycle.forced else ""
    return (
        f"gc {cycle.number} @{cycle.at_ns / 1e9:.3f}s {cycle.cpu_percent}%{note}: "
        f"{clock} ms clock, {cpu} ms cpu, {heap} MB, {cycle.goal_bytes // MIB} MB goal, "
        f"{cycle.stacks_bytes // MIB} MB stacks, {cycle.globals_bytes // MIB} MB globals, "
        f"{cycle.procs} P{forced}\n"
    )


def _ms(duration_ns: int) -> str:
    """runtime.fmtNSAsMS: whole milliseconds from ten on, else two significant digits."""
    if duration_ns >= 10_000_000:
        return str(duration_ns // 1_000_000)
    microseconds = duration_ns // 1000
    if microseconds == 0:
        return "0"
    decimals = 3
    while microseconds >= 100:
        microseconds //= 10
        decimals -= 1
    return f"{microseconds / 10**decimals:.{decimals}f}"
