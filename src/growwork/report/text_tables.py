"""The tables of a diagnosis for the terminal: map sites, mark assist, pauses."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from growwork.analysis.types import AssistSummary, GcCycle, SiteCapacities
from growwork.core.units import format_bytes, format_count, format_duration
from growwork.report.summaries import summarise_pauses
from growwork.report.terminal import bar, sparkline, wrap_indented
from growwork.report.wording import (
    ASSIST_CLASSES,
    capacity_label,
    capacity_range,
    clip_left,
    count_of,
    lengths_by_site,
    short_function,
    short_path,
    site_type,
)
from growwork.rules.types import Diagnosis

__all__ = ["open_table", "print_gc", "print_heading", "print_sites"]

_WIDE = 110  # columns from which tables show everything
_NARROW = 72  # columns below which the allocated bytes have no room
_LEAST_TYPE = 14  # a type cut shorter says nothing
TOP_ASSIST_LINES = 8


def print_heading(console: Console, title: str, remark: str = "") -> None:
    """A section's title."""
    console.print()
    line = Text(title, style="bold underline")
    if remark:
        line.append(f"  {remark}", style="dim not bold not underline")
    console.print(line)


def open_table(*columns: tuple[str, bool]) -> Table:
    """A table without lines; each column has a title and whether it holds numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for title, numeric in columns:
        table.add_column(title, justify="right" if numeric else "left", no_wrap=True)
    return table


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
    _print_more(console, len(diagnosis.capacities) - top, "more site")


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
        _print_assists(console, diagnosis.assists)
    _print_pauses(console, diagnosis)


def _cycles_line(cycles: tuple[GcCycle, ...]) -> str:
    forced = sum(cycle.forced for cycle in cycles)
    goals = [cycle.heap_goal_bytes for cycle in cycles]
    words = count_of(len(cycles), "cycle") + (f", {forced} forced" if forced else "")
    return f"{words}; heap goal {format_bytes(min(goals))} to {format_bytes(max(goals))}"


def _print_assists(console: Console, assists: AssistSummary) -> None:
    if not assists.count:
        console.print(Text("  no mark assist"))
        return
    total = Text(
        f"{count_of(assists.count, 'mark assist')}, {format_duration(assists.total_ns)} in "
        f"total, longest {format_duration(assists.max_ns)}; in map growth "
    )
    wrap_indented(console, total.append(format_duration(assists.map_growth_ns), style="bold"), 2)
    console.print()
    console.print(Text("  who paid mark assist, not who ran up the debt", style="dim"))
    table = open_table(
        ("  Total", True), ("", False), ("Times", True), ("Longest", True), ("In", False),
        ("Line", False),
    )  # fmt: skip
    top = assists.by_site[0].total_ns if assists.by_site else 0
    room = max(16, console.width - 60)
    for line in assists.by_site[:TOP_ASSIST_LINES]:
        place = f"{short_path(line.file)}:{line.line}"
        function = short_function(line.function)
        table.add_row(
            f"  {format_duration(line.total_ns)}",
            Text(bar(line.total_ns, top, 8), style=_class_style(line.klass)),
            format_count(line.count),
            format_duration(line.max_ns),
            ASSIST_CLASSES.get(line.klass, line.klass),
            Text(clip_left(place, room), style="cyan").append(
                f"  {function}" if len(place) + len(function) + 2 <= room else "", style="default"
            ),
        )
    console.print(table)
    _print_more(console, len(assists.by_site) - TOP_ASSIST_LINES, "more line")


def _class_style(klass: str) -> str:
    return "red" if klass == "map-growth" else "yellow" if klass == "map-other" else "dim"


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


def _print_more(console: Console, count: int, noun: str) -> None:
    if count > 0:
        text = f"  … {count_of(count, noun)} (--format json shows all)"
        console.print(Text(text, style="dim"))
