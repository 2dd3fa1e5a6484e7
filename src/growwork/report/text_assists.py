"""Mark assist by source line for the terminal, of a diagnosis or of a trace."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from growwork.analysis.types import AssistSummary
from growwork.core.units import format_count, format_duration
from growwork.report.escaping import clip_middle, visible
from growwork.report.short_forms import (
    ASSIST_CLASSES,
    clip_left,
    count_of,
    place_of,
    short_function,
)
from growwork.report.terminal import bar, open_table, print_more, wrap_indented

__all__ = ["print_assists"]

TOP_LINES = 8
_NUMBERS = 54  # columns that everything before the line takes
_LEAST_NAME = 8  # a function cut shorter says nothing


def print_assists(console: Console, assists: AssistSummary) -> None:
    """The total, and the lines that paid most."""
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
    room = max(16, console.width - _NUMBERS)
    for line in assists.by_site[:TOP_LINES]:
        place = clip_left(visible(place_of(line.file, line.line)), room)
        rest = room - len(place) - 2
        function = clip_middle(visible(short_function(line.function)), rest)
        table.add_row(
            f"  {format_duration(line.total_ns)}",
            Text(bar(line.total_ns, top, 8), style=_class_style(line.klass)),
            format_count(line.count),
            format_duration(line.max_ns),
            ASSIST_CLASSES.get(line.klass, line.klass),
            Text(place, style="cyan").append(
                f"  {function}" if rest >= _LEAST_NAME else "", style="default"
            ),
        )
    console.print(table)
    print_more(console, len(assists.by_site) - TOP_LINES, "more line")


def _class_style(klass: str) -> str:
    return "red" if klass == "map-growth" else "yellow" if klass == "map-other" else "dim"
