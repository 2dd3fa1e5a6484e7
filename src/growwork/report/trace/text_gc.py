"""The garbage collector in a trace, for the terminal: cycles, work, MMU, pauses, assists."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from growwork.analysis.trace.types import (
    GcWork,
    MmuPoint,
    PauseKind,
    TraceAnalysis,
    TraceCycle,
)
from growwork.core.units import format_bytes, format_count, format_duration
from growwork.report.escaping import clip_middle, visible
from growwork.report.terminal import bar, open_table, print_heading, print_more, wrap_indented
from growwork.report.text_assists import print_assists
from growwork.report.trace.wording import (
    allocation_line,
    cycles_line,
    percent,
    round_duration,
    work_shares,
)

__all__ = ["print_gc"]

TOP_KINDS = 8
TOP_CYCLES = 3
_MMU_CELL = 8  # columns of a window at most
_NUMBERS = 48  # columns that the numbers of a pause kind take


def print_gc(console: Console, analysis: TraceAnalysis) -> None:
    """Everything the GC took from the program."""
    _print_pauses(console, analysis.pause_kinds)
    print_heading(console, "Mark assist")
    print_assists(console, analysis.assists)
    print_heading(console, "Garbage collection")
    if analysis.gc_cycles:
        line = cycles_line(analysis.gc_cycles, analysis.gc_work, analysis.info.duration_ns)
        wrap_indented(console, Text(line), 2)
    else:
        console.print(Text("  no GC cycle"))
    if allocation := allocation_line(analysis):
        wrap_indented(console, Text(allocation), 2)
    _print_cycles(console, analysis.gc_cycles)
    _print_work(console, analysis.gc_work)
    _print_mmu(console, analysis.mmu)


def _print_pauses(console: Console, kinds: Sequence[PauseKind]) -> None:
    print_heading(console, "Stop-the-world pauses", "to stop: the longest wait for the last P")
    if not kinds:
        console.print(Text("  none"))
        return
    table = open_table(
        ("  Kind", False), ("Times", True), ("Total", True), ("Longest", True),
        ("To stop", True),
    )  # fmt: skip
    room = console.width - _NUMBERS
    for kind in kinds[:TOP_KINDS]:
        table.add_row(
            f"  {clip_middle(visible(kind.kind), room)}",
            format_count(kind.count),
            format_duration(kind.total_ns),
            format_duration(kind.max_ns),
            format_duration(kind.stopping_max_ns),
        )
    console.print(table)
    print_more(console, len(kinds) - TOP_KINDS, "more kind")


def _print_cycles(console: Console, cycles: Sequence[TraceCycle]) -> None:
    """The cycles that marked longest."""
    if not cycles:
        return
    console.print()
    table = open_table(
        ("  Longest mark", True), ("At", True), ("Stops", True), ("Heap", True), ("Goal", True),
        ("Live", True), ("Workers", True), ("Assist", True),
    )  # fmt: skip
    for cycle in sorted(cycles, key=lambda one: (-one.mark_ns, one.number))[:TOP_CYCLES]:
        workers = cycle.dedicated_ns + cycle.fractional_ns + cycle.idle_ns
        live = cycle.heap_live_bytes
        table.add_row(
            f"  {format_duration(cycle.mark_ns)}",
            format_duration(cycle.start_ns),
            format_duration(cycle.sweep_termination_ns + cycle.mark_termination_ns),
            format_bytes(cycle.heap_start_bytes),
            format_bytes(cycle.heap_goal_bytes),
            "" if live is None else format_bytes(live),
            percent(workers / cycle.procs_ns) if cycle.procs_ns else "",
            percent(cycle.assist_running_ns / cycle.procs_ns) if cycle.procs_ns else "",
        )
    console.print(table)
    print_more(console, len(cycles) - TOP_CYCLES, "more cycle")


def _print_work(console: Console, work: GcWork) -> None:
    shares = work_shares(work)
    if not shares:
        return
    console.print()
    table = open_table(("  P time", True), ("Share", True), ("", False), ("", False))
    top = shares[0][1]
    for name, spent_ns, share in shares:
        table.add_row(
            f"  {format_duration(spent_ns)}", percent(share), Text(bar(spent_ns, top, 8)), name
        )
    console.print(table)
    facts = []
    if work.swept_bytes:
        swept, reclaimed = format_bytes(work.swept_bytes), format_bytes(work.reclaimed_bytes)
        facts.append(f"swept {swept} and reclaimed {reclaimed} of it")
    if work.worker_preemptions:
        facts.append(f"mark workers were preempted {format_count(work.worker_preemptions)} times")
    if facts:
        wrap_indented(console, Text("; ".join(facts), style="dim"), 2)


def _print_mmu(console: Console, mmu: Sequence[MmuPoint]) -> None:
    """The worst share of the Ps that the program had in any window of a length."""
    if not mmu:
        return
    console.print()
    line = "Minimum mutator utilisation: what the program had of the Ps in the worst window"
    wrap_indented(console, Text(line, style="dim"), 2)
    names = ["  window", "  program had"]
    lines = [Text(name.ljust(max(map(len, names)))) for name in names]
    decades = [point for point in mmu if str(point.window_ns).strip("0") == "1"]
    fitting = mmu if len(mmu) <= console.width // _MMU_CELL - 2 else decades
    for point in fitting:
        column = (round_duration(point.window_ns), percent(point.utilization))
        width = max(map(len, column)) + 2
        for text, cell in zip(lines, column, strict=True):
            text.append(cell.rjust(width))
    for text in lines:
        console.print(text, soft_wrap=True)
