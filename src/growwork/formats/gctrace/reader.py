"""GC trace text to cycles."""

from __future__ import annotations

import re

from growwork.core.errors import FormatError
from growwork.formats.gctrace.spec import CYCLE, OTHER
from growwork.formats.gctrace.types import MIB, GcTrace, GcTraceCycle

__all__ = ["GcTrace", "read_gctrace"]

_CUT = re.compile(rb"g\Z|gc\Z|gc \d*(?:\Z| \Z| @)")


def read_gctrace(data: bytes, *, source: str = "<gctrace>") -> GcTrace:
    """Read the lines of a GC trace.

    Lines of other traces (scavenger, pacer, scan statistics) are counted. A line that was cut
    or that other output tore apart becomes a warning. Raises `FormatError` naming the line for
    text that is no GC trace.
    """
    cycles: list[GcTraceCycle] = []
    warnings: list[str] = []
    other = 0
    for number, raw in enumerate(data.split(b"\n"), start=1):
        line = raw.rstrip(b"\r")
        if not line:
            continue
        found = CYCLE.fullmatch(line.decode(errors="replace"))
        if found is not None:
            cycles.append(_cycle(found))
        elif OTHER.match(line):
            other += 1
        elif _CUT.match(line):
            warnings.append(f"{source}, line {number}: the line of a GC cycle is incomplete")
        else:
            raise FormatError(
                source,
                f"expected a gctrace line, found {line[:60].decode(errors='replace')!r}",
                position=f"line {number}",
                remedy="run the program with GODEBUG=gctrace=1 and keep only these lines",
            )
    return GcTrace(tuple(cycles), other, tuple(warnings))


def _cycle(found: re.Match[str]) -> GcTraceCycle:
    def ns(name: str, unit_ns: int = 1_000_000) -> int:
        return round(float(found[name]) * unit_ns)

    return GcTraceCycle(
        number=int(found["number"]),
        at_ns=ns("at", 1_000_000_000),
        cpu_percent=int(found["percent"]),
        sweep_termination_ns=ns("sweep"),
        mark_ns=ns("mark"),
        mark_termination_ns=ns("term"),
        sweep_termination_cpu_ns=ns("sweep_cpu"),
        assist_cpu_ns=ns("assist"),
        background_cpu_ns=ns("background"),
        idle_cpu_ns=ns("idle"),
        mark_termination_cpu_ns=ns("term_cpu"),
        heap_start_bytes=int(found["start"]) * MIB,
        heap_end_bytes=int(found["end"]) * MIB,
        heap_live_bytes=int(found["live"]) * MIB,
        goal_bytes=int(found["goal"]) * MIB,
        stacks_bytes=int(found["stacks"]) * MIB,
        globals_bytes=int(found["globals"]) * MIB,
        procs=int(found["procs"]),
        forced=found["forced"] is not None,
        leak_check=found["leak_check"] is not None,
    )
