"""The tables of a diagnosis for the terminal: map sites, mark assist, pauses."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from growwork.analysis.types import GcCycle, SiteCapacities
from growwork.core.units import format_bytes, format_count, format_duration
from growwork.report.short_forms import clip_left, count_of
from growwork.report.summaries import summarise_pauses
from growwork.report.terminal import (
    open_table,
    print_heading,
    print_more,
    sparkline,
    wrap_indented,
)
from growwork.report.text_assists import print_assists
from growwork.report.wording import capacity_label, capacity_range, lengths_by_site, site_type
from growwork.rules.types import Diagnosis

__all__ = ["print_gc", "print_sites"]

_WIDE = 110  # columns from which tables show everything
_NARROW = 72  # columns below which the allocated bytes have no room
_LEAST_TYPE = 14  # a type cut shorter says nothing


def print_sites(console: Console, diagnosis: Diagnosis, top: int) -> None:
    """The sites with samples: how many maps, how big they ended, what growth threw away.

    The numbers take the room they need, the place of the site the rest, the type what is left.
    """
    sites = diagnosis.capacities[:top]
    if not sites:
        return
    print_heading(console, "Map sites", "final sizes in slots, from the heap profile")
    columns = _size_columns(diagnosis, console.width)
    numbers = [[cell(site) for _, _, cell in columns] for site in sites]
    titles = [title for title, _, _ in columns]
    widths = (max(map(len, column)) + 2 for column in zip(titles, *numbers, strict=True))
    room = console.width - sum(widths) - 2
    places = [f"{site.site.position.file}:{site.site.position.line}" for site in sites]
    longest = min(max(map(len, places)), room)
    type_room = room - longest - 2
    with_type = type_room >= _LEAST_TYPE
    lead = [("Site", False), ("Type", False)] if with_type else [("Site", False)]
    table = open_table(*lead, *((title, numeric) for title, numeric, _ in columns))
    for site, place, cells in zip(sites, places, numbers, strict=True):
        kind = [_clip_right(site_type(site.site), type_room)] if with_type else []
        table.add_row(Text(clip_left(place, max(longest, 8)), style="cyan"), *kind, *cells)
    console.print(table)
    print_more(console, len(diagnosis.capacities) - top, "more site")


_Column = tuple[str, bool, Callable[[SiteCapacities], str]]  # title, of numbers?, its cell


def _size_columns(diagnosis: Diagnosis, width: int) -> list[_Column]:
    wide = width >= _WIDE

    def length(site: SiteCapacities) -> str:
        found = lengths_by_site(diagnosis.lengths, site)
        return f"{found.p95:,}" if found else ""

    columns: list[_Column] = [
        ("Maps", True, lambda site: format_count(site.maps.value)),
        ("Final sizes", False, _distribution),
        ("P50", True, lambda site: capacity_label(site.p50)),
        ("P95", True, lambda site: capacity_label(site.p95)),
    ]
    if wide:
        columns.append(("90 %", False, lambda site: capacity_range(*site.p95_interval)))
    if wide and diagnosis.lengths:
        columns.append(("Length P95", True, length))
    if width >= _NARROW:
        columns.append(("Allocated", True, lambda site: format_bytes(site.allocations.array_bytes)))
    columns.append(("Garbage", True, lambda site: format_bytes(site.allocations.garbage_bytes)))
    return columns


def _clip_right(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _distribution(site: SiteCapacities) -> str:
    """A sparkline over the capacity classes that maps ended at, with its ends named."""
    used = [index for index, level in enumerate(site.levels) if level.final > 0]
    if not used:
        return ""
    levels = site.levels[used[0] : used[-1] + 1]
    first, last = capacity_label(levels[0].slots), capacity_label(levels[-1].slots)
    line = sparkline([level.final for level in levels])
    return f"{first} {line} {last}" if first != last else f"{first} {line}"


def print_gc(console: Console, diagnosis: Diagnosis) -> None:
    """What the garbage collector did: cycles, assists, pauses."""
    if not diagnosis.gc_cycles and diagnosis.assists is None and not diagnosis.pauses:
        return
    print_heading(console, "Garbage collection")
    if diagnosis.gc_cycles:
        wrap_indented(console, Text(_cycles_line(diagnosis.gc_cycles)), 2)
    if diagnosis.assists is not None:
        print_assists(console, diagnosis.assists)
    _print_pauses(console, diagnosis)


def _cycles_line(cycles: tuple[GcCycle, ...]) -> str:
    forced = sum(cycle.forced for cycle in cycles)
    goals = [cycle.heap_goal_bytes for cycle in cycles]
    words = count_of(len(cycles), "cycle") + (f", {forced} forced" if forced else "")
    return f"{words}; heap goal {format_bytes(min(goals))} to {format_bytes(max(goals))}"


def _print_pauses(console: Console, diagnosis: Diagnosis) -> None:
    kinds = summarise_pauses(diagnosis.pauses)
    if not kinds:
        return
    console.print()
    table = open_table(
        ("  Stop-the-world", False), ("Times", True), ("Total", True), ("Longest", True)
    )
    for kind in kinds:
        table.add_row(
            f"  {kind.kind}",
            format_count(kind.count),
            format_duration(kind.total_ns),
            format_duration(kind.max_ns),
        )
    console.print(table)
