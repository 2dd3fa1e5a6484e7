"""A diagnosis for the terminal: the costly findings first, then the tables behind them."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.text import Text

from growwork.report.short_forms import count_of
from growwork.report.terminal import open_console, wrap_indented
from growwork.report.text_findings import print_findings
from growwork.report.text_tables import print_gc, print_sites
from growwork.report.wording import recording_facts, severity_counts
from growwork.rules.types import Diagnosis, Limit

__all__ = ["render_text"]

TOP_FINDINGS = 10
TOP_SITES = 12


def render_text(
    diagnosis: Diagnosis,
    out: TextIO,
    *,
    width: int | None = None,
    color: bool | None = None,
    top: int = TOP_FINDINGS,
) -> None:
    """Write the report; `width` and `color` None mean what the stream and NO_COLOR say.

    At most `top` findings are shown in full.
    """
    with open_console(out, width, color) as console:
        _print_header(console, diagnosis)
        print_findings(console, diagnosis.findings, top)
        print_sites(console, diagnosis, TOP_SITES)
        print_gc(console, diagnosis)
        _print_limits(console, diagnosis.limits)


def _print_header(console: Console, diagnosis: Diagnosis) -> None:
    recording = diagnosis.recording
    facts = " · ".join(recording_facts(recording))
    line = Text(recording.name, style="bold").append(f"  {facts}".rstrip(), style="not bold")
    wrap_indented(console, line, 0)
    wrap_indented(console, Text(recording.target, style="dim"), 0)
    console.print()
    wrap_indented(console, _verdict(diagnosis), 0)
    for warning in diagnosis.warnings:
        wrap_indented(console, Text(warning, style="yellow"), 0, "! ")


def _verdict(diagnosis: Diagnosis) -> Text:
    if not diagnosis.findings:
        return Text("No findings.", style="bold green")
    counts = ", ".join(f"{n} {level.value}" for level, n in severity_counts(diagnosis.findings))
    total = count_of(len(diagnosis.findings), "finding")
    return Text(total, style="bold").append(f": {counts}, most costly first", style="not bold")


def _print_limits(console: Console, limits: tuple[Limit, ...]) -> None:
    if not limits:
        return
    console.print()
    console.print(Text("What this recording cannot tell", style="bold underline"))
    for limit in limits:
        line = Text(limit.topic, style="bold").append(f": {limit.reason}", style="not bold")
        wrap_indented(console, line, 2, "- ")
        if limit.remedy:
            wrap_indented(console, Text(limit.remedy), 4, "→ ")
