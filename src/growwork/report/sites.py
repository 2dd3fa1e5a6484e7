"""`growwork sites` as JSON (`growwork/sites/1`) and as tables, one for each file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from growwork.gosource.types import FillLoop, GrowthLine, MapSite, Position, SiteKind, SourceFacts
from growwork.report.encoding import JsonObject, encode, write_document
from growwork.report.terminal import open_console, wrap_indented

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["SCHEMA", "render_json", "render_text", "sites_document"]

SCHEMA = "growwork/sites/1"
_UNSIZED = frozenset({SiteKind.MAKE, SiteKind.LITERAL_EMPTY})
_SHOWN_LINES = 3


def render_json(facts: SourceFacts, out: TextIO) -> None:
    """Write the whole result as one JSON document."""
    write_document(sites_document(facts), out)


def sites_document(facts: SourceFacts) -> JsonObject:
    """The JSON document; it names no folder of this machine, so checkouts agree on it."""
    return {
        "schema": SCHEMA,
        "module": facts.module,
        "go_version": facts.go_version,
        "goos": facts.goos,
        "goarch": facts.goarch,
        "sites": encode(facts.sites),
        "growth_lines": encode(facts.growth_lines),
        "delete_lines": encode(facts.delete_lines),
        "warnings": encode(facts.warnings),
    }


def render_text(
    facts: SourceFacts, out: TextIO, *, width: int | None = None, color: bool | None = None
) -> None:
    """Write tables of the sites, the growth lines without a single site, and the warnings."""
    with open_console(out, width, color) as console:
        _print_summary(facts, console)
        grown = _growth_by_site(facts.growth_lines)
        for file, sites in groupby(facts.sites, key=lambda site: site.position.file):
            console.print()
            console.print(Text(file, style="bold"))
            console.print(_site_table(list(sites), grown))
        _print_open_lines(facts, console)
        for warning in facts.warnings:
            console.print()
            wrap_indented(console, Text(warning), 0, "warning: ")


def _print_summary(facts: SourceFacts, console: Console) -> None:
    unsized = sum(site.kind in _UNSIZED for site in facts.sites)
    joined = sum(len(line.sites) == 1 for line in facts.growth_lines)
    # Several modules make a long name: a line of its own keeps the counts readable.
    console.print(Text(facts.module or "no module", style="bold"))
    wrap_indented(
        console,
        Text(
            f"{_count(len(facts.sites), 'map site')}, {unsized} without a size; "
            f"{_count(len(facts.growth_lines), 'growth line')}, "
            f"{joined} joined to exactly one site"
        ),
        0,
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _site_table(sites: Sequence[MapSite], grown: dict[Position, list[GrowthLine]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("  line", no_wrap=True)
    table.add_column("made by", no_wrap=True)
    table.add_column("type", overflow="fold", ratio=3)
    table.add_column("bytes", no_wrap=True, justify="right")
    table.add_column("size", overflow="fold", ratio=1)
    table.add_column("grows at", overflow="fold", ratio=1)
    table.add_column("filled by", overflow="fold", ratio=3)
    for site in sites:
        cells: list[RenderableType] = [
            Text(f"  {site.position.line}:{site.position.column}"),
            Text(site.kind.value, style="yellow" if site.kind in _UNSIZED else ""),
            Text(f"map[{site.key_type}]{site.elem_type}"),
            Text(f"{_size(site.key_bytes)}+{_size(site.elem_bytes)}"),
            Text(site.hint if site.hint is not None else "-"),
            Text(_lines(grown.get(site.position, []), site.position.file)),
            _fills(site.fills),
        ]
        table.add_row(*cells)
    return table


def _size(size_bytes: int | None) -> str:
    return "?" if size_bytes is None else str(size_bytes)


def _lines(lines: Sequence[GrowthLine], here: str) -> str:
    shown = [_place(line.position, here) for line in lines[:_SHOWN_LINES]]
    more = len(lines) - len(shown)
    return " ".join([*shown, *([f"+{more}"] if more else [])]) or "-"


def _place(position: Position, here: str) -> str:
    return f":{position.line}" if position.file == here else f"{position.file}:{position.line}"


def _fills(fills: Sequence[FillLoop]) -> Text:
    text = Text()
    for fill in fills:
        if text:
            text.append("; ")
        text.append(f"{fill.tier.value} {fill.bound or 'loop'} at :{fill.position.line}")
        if fill.safe:
            text.append(" safe", style="green")
        else:
            text.append(f" ({fill.why_not})", style="dim")
    return text or Text("-")


def _print_open_lines(facts: SourceFacts, console: Console) -> None:
    unclear = [line for line in facts.growth_lines if len(line.sites) != 1 or line.unknown_reason]
    if not unclear:
        return
    console.print()
    console.print(Text("Growth lines without exactly one known site", style="bold"))
    for line in unclear:
        known = ", ".join(str(site) for site in line.sites[:_SHOWN_LINES])
        more = len(line.sites) - _SHOWN_LINES
        known += f" and {more} more" if more > 0 else ""
        said = "; ".join(part for part in (known, line.unknown_reason) if part)
        wrap_indented(console, Text(f"{line.position}: {said}"), 2)


def _growth_by_site(lines: Sequence[GrowthLine]) -> dict[Position, list[GrowthLine]]:
    grown: dict[Position, list[GrowthLine]] = defaultdict(list)
    for line in lines:
        for site in line.sites:
            grown[site].append(line)
    return grown
