"""Findings for the terminal, one block each."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from growwork.report.short_forms import clip_left, count_of, short_function
from growwork.report.terminal import diff_lines, wrap_indented
from growwork.report.wording import cost_items, site_form, site_type
from growwork.rules.types import Finding, Severity

__all__ = ["SEVERITY_MARKS", "SEVERITY_STYLES", "print_findings"]

# The shape carries the severity too: colour may be off, or not be seen.
SEVERITY_MARKS = {Severity.RED: "●", Severity.YELLOW: "◐", Severity.GREEN: "○"}
SEVERITY_STYLES = {
    Severity.RED: "bold red",
    Severity.YELLOW: "bold yellow",
    Severity.GREEN: "bold green",
}
_INDENT = 4


def print_findings(console: Console, findings: tuple[Finding, ...], top: int) -> None:
    """The first `top` findings in full, and how many there are beyond."""
    for rank, finding in enumerate(findings[:top], start=1):
        console.print()
        _print_heading(console, rank, finding)
        _print_place(console, finding)
        _print_cost(console, finding)
        _print_advice(console, finding)
    if len(findings) > top:
        more = count_of(len(findings) - top, "more finding")
        console.print(Text(f"\n… {more} (--format json shows all)", style="dim"))


def _print_heading(console: Console, rank: int, finding: Finding) -> None:
    mark = SEVERITY_MARKS[finding.severity]
    line = Text(f"{mark} {finding.severity.value} ", style=SEVERITY_STYLES[finding.severity])
    line.append(f"{finding.rule} {finding.title}", style="bold default")
    wrap_indented(console, line, 0, f"{rank:>2}  ")


def _print_place(console: Console, finding: Finding) -> None:
    site = finding.site
    room = console.width - _INDENT
    place = clip_left(f"{site.position.file}:{site.position.line}", room)
    line = Text(" " * _INDENT).append(place, style="cyan")
    kind = site_type(site)
    if len(place) + len(kind) + 2 <= room:
        console.print(line.append(f"  {kind}"), soft_wrap=True)
    else:
        console.print(line, soft_wrap=True)
        wrap_indented(console, Text(kind), _INDENT)
    made = f"{site_form(site)} in {short_function(site.function)}"
    if finding.growth_lines:
        made += f", grows at {_growth_places(finding)}"
    made += f" · confidence {finding.confidence.value}"
    wrap_indented(console, Text(made, style="dim"), _INDENT)


def _growth_places(finding: Finding) -> str:
    """`lines 91, 133`, with the file where it is another one."""
    here = finding.site.position.file
    positions = [line.position for line in finding.growth_lines]
    same = [str(place.line) for place in positions if place.file == here]
    others = [f"{place.file}:{place.line}" for place in positions if place.file != here]
    word = "line" if len(same) == 1 else "lines"
    return ", ".join(([f"{word} " + ", ".join(same)] if same else []) + others)


def _print_cost(console: Console, finding: Finding) -> None:
    items = cost_items(finding.cost)
    console.print()
    if not items:
        console.print(Text(" " * _INDENT + "cost not measured", style="dim"))
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=_INDENT - 2)
    table.add_column(justify="right", style="bold", no_wrap=True)
    for _ in range(3):
        table.add_column(no_wrap=True)
    for name, value, interval, source in items:
        spread = f"90 %: {interval}" if interval else ""
        table.add_row("", value, name, Text(spread, style="dim"), Text(source, style="dim"))
    console.print(table)
    console.print()


def _print_advice(console: Console, finding: Finding) -> None:
    for sentence in finding.evidence:
        wrap_indented(console, Text(sentence), _INDENT, "- ")
    wrap_indented(console, Text(finding.advice.text, style="bold"), _INDENT, "→ ")
    for warning in finding.warnings:
        wrap_indented(console, Text(warning, style="yellow"), _INDENT, "! ")
    if finding.diff:
        console.print()
        for line in diff_lines(finding.diff):
            console.print(Text(" " * (_INDENT + 2)).append_text(line), soft_wrap=True)
