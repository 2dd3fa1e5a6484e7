"""Words for the causes of spikes: facts with who and where, and nothing that was not seen."""

from __future__ import annotations

from growwork.analysis.trace.stack_sites import StackSites
from growwork.core.units import format_count, format_duration

__all__ = ["at_line", "goroutine", "goroutines", "span", "times"]


def goroutine(number: int) -> str:
    """`goroutine 7`, or that it is not known which."""
    return f"goroutine {number}" if number >= 0 else "a goroutine"


def goroutines(count: int) -> str:
    """`3 goroutines`."""
    return f"{format_count(count)} goroutine{'' if count == 1 else 's'}"


def times(count: int) -> str:
    """`once`, `3 times`."""
    return "once" if count == 1 else f"{format_count(count)} times"


def span(duration_ns: int) -> str:
    """`49.0 ms`."""
    return format_duration(duration_ns)


def at_line(sites: StackSites, stack_id: int, before: str = " at ") -> str:
    """` at index.go:39 (shop.(*Index).build)`, nothing for no stack."""
    frame = sites.frame(stack_id)
    if not frame.file:
        return ""
    file = frame.file.rpartition("/")[2]
    function = frame.function.rpartition("/")[2]
    return f"{before}{file}:{frame.line} ({function})"
