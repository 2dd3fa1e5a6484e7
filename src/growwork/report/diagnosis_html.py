"""A diagnosis as one HTML file that needs nothing else: no network, no fonts, no other file.

The page itself is made by `html_page`; this gives it what a diagnosis shows.
"""

from __future__ import annotations

from typing import TextIO

from growwork.analysis.comparison import Comparison
from growwork.report.html_page import Section, render_page
from growwork.report.html_timeline import lay_out_timeline
from growwork.report.html_views import (
    view_assists,
    view_comparison,
    view_findings,
    view_sites,
)
from growwork.report.summaries import summarise_pauses
from growwork.rules.types import Diagnosis

__all__ = ["render_html"]

TOP_CHARTS = 12
TOP_LINES = 15


def render_html(diagnosis: Diagnosis, out: TextIO, comparison: Comparison | None = None) -> None:
    """Write the page; the same input gives the same bytes."""
    page = render_page(
        "page.html.j2",
        result=diagnosis,
        diagnosis=diagnosis,
        comparison=view_comparison(comparison) if comparison else None,
        findings=view_findings(diagnosis),
        sites=view_sites(diagnosis),
        timeline=lay_out_timeline(diagnosis),
        assist_lines=view_assists(diagnosis.assists),
        pause_kinds=summarise_pauses(diagnosis.pauses),
        sections=_sections(diagnosis, comparison),
        top_charts=TOP_CHARTS,
        top_lines=TOP_LINES,
    )
    out.write(page)


def _sections(diagnosis: Diagnosis, comparison: Comparison | None) -> tuple[Section, ...]:
    """What the page has; a section without content is not there."""
    has_gc = diagnosis.gc_cycles or diagnosis.assists or diagnosis.pauses
    sections = (
        (True, Section("findings", "Findings", len(diagnosis.findings))),
        (comparison, Section("comparison", "Before and after")),
        (diagnosis.capacities, Section("sites", "Map sites", len(diagnosis.capacities))),
        (lay_out_timeline(diagnosis), Section("timeline", "Timeline")),
        (has_gc, Section("gc", "Garbage collection")),
        (True, Section("limits", "Limits", len(diagnosis.limits))),
        (True, Section("recording", "Recording")),
    )
    return tuple(section for present, section in sections if present)
