"""Where goroutines waited, and CPU samples in map code, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from growwork.analysis.trace.types import CpuMapShare, Latency
from growwork.core.units import format_count, format_duration
from growwork.report.escaping import clip_middle, visible
from growwork.report.short_forms import clip_left, place_of, short_function
from growwork.report.terminal import bar, open_table, print_heading, print_more, wrap_indented
from growwork.report.trace.wording import in_order_of_loss, percent, top_site_words

__all__ = ["print_cpu", "print_latencies"]

TOP_SITES = 6
_PLACE_ROOM = 76  # what the columns before it take, of a line
_WIDE = 110


def print_latencies(console: Console, latencies: Sequence[Latency]) -> None:
    """Every kind of waiting; where most of it was, if the screen is wide enough."""
    if not latencies:
        return
    print_heading(console, "Where goroutines waited", "all goroutines together")
    ordered = in_order_of_loss(latencies)
    wide = console.width >= _WIDE
    columns = [
        ("  Kind", False), ("Times", True), ("Total", True), ("P50", True), ("P99", True),
        ("Longest", True),
    ]  # fmt: skip
    table = open_table(*columns, *([("Most of it", False)] if wide else []))
    for latency in ordered:
        quantiles = latency.quantiles
        cells = [
            f"  {visible(latency.kind, 20)}",
            format_count(latency.count),
            format_duration(latency.total_ns),
            format_duration(quantiles.p50_ns),
            format_duration(quantiles.p99_ns),
            format_duration(quantiles.max_ns),
        ]
        table.add_row(*cells, *([_site_words(latency, console.width)] if wide else []))
    console.print(table)
    if not wide:
        _print_sites(console, ordered)


def _site_words(latency: Latency, width: int) -> Text:
    share, place, _ = top_site_words(latency)
    if not place:
        return Text("")
    room = width - _PLACE_ROOM
    text = Text(clip_left(place, max(room, 16)), style="cyan")
    return text.append(f" {share}", style="default")


def _print_sites(console: Console, latencies: Sequence[Latency]) -> None:
    found = ((visible(one.kind, 20), *top_site_words(one)) for one in latencies)
    rows = [row for row in found if row[2]]
    if not rows:
        return
    console.print()
    table = open_table(("  Most of", False), ("", True), ("was at", False))
    room = console.width - max(len(row[0]) for row in rows) - 14
    for kind, share, place, function in rows[:TOP_SITES]:
        shown = clip_left(place, max(room // 2, 16))
        name = clip_middle(function, max(room - len(shown) - 2, 8))
        table.add_row(f"  {kind}", share, Text(shown, style="cyan").append(f"  {name}", "default"))
    console.print(table)


def print_cpu(console: Console, cpu: CpuMapShare | None) -> None:
    """What share of the CPU samples was map code, and on which lines."""
    if cpu is None or not cpu.samples:
        return
    print_heading(console, "CPU samples in map code")
    growing = f"({percent(cpu.growth_samples / cpu.samples)} growing maps)"
    parts = (
        f"{format_count(cpu.samples)} samples",
        f"{percent(cpu.map_samples / cpu.samples)} in map code {growing}",
        f"{percent(cpu.assist_in_map_samples / cpu.samples)} mark assist paid inside map code",
        f"{percent(cpu.marking_samples / cpu.samples)} background marking, of no known map",
    )
    wrap_indented(console, Text("; ".join(parts)), 2)
    if not cpu.by_site:
        return
    console.print()
    table = open_table(("  Samples", True), ("", False), ("In", False), ("Line", False))
    top = cpu.by_site[0].samples
    room = console.width - 34
    for site in cpu.by_site[:TOP_SITES]:
        place = clip_left(visible(place_of(site.file, site.line)), max(room // 2, 16))
        name = clip_middle(visible(short_function(site.function)), max(room - len(place) - 2, 8))
        table.add_row(
            f"  {format_count(site.samples)}",
            Text(bar(site.samples, top, 8)),
            visible(site.operation, 12),
            Text(place, style="cyan").append(f"  {name}", style="default"),
        )
    console.print(table)
    print_more(console, len(cpu.by_site) - TOP_SITES, "more line")
