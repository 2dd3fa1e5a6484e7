"""A diagnosis as one HTML file that needs nothing else: no network, no fonts, no other file.

Templates, style and scripts lie in `templates/` and are put into the page here. Source code and
type names are untrusted: the templates escape everything, and the page's content policy runs no
script but ours, by its hash. The page reads well without any script.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TextIO

from jinja2 import Environment, PackageLoader, StrictUndefined

from growwork.analysis.comparison import Comparison
from growwork.core.units import format_bytes, format_count, format_duration
from growwork.report import wording
from growwork.report.comparison_wording import describe_runs
from growwork.report.html_lanes import SPAN
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

_SCRIPTS = ("tooltip.js", "timeline.js", "lists.js")
TOP_CHARTS = 12
TOP_LINES = 15


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the page's navigation."""

    anchor: str
    title: str
    count: int | None = None


def render_html(diagnosis: Diagnosis, out: TextIO, comparison: Comparison | None = None) -> None:
    """Write the page; the same input gives the same bytes."""
    script = "\n".join(_template_file(name) for name in _SCRIPTS)
    template = _environment().get_template("page.html.j2")
    page = template.render(
        diagnosis=diagnosis,
        comparison=view_comparison(comparison) if comparison else None,
        findings=view_findings(diagnosis),
        sites=view_sites(diagnosis),
        timeline=lay_out_timeline(diagnosis),
        assist_lines=view_assists(diagnosis),
        pause_kinds=summarise_pauses(diagnosis.pauses),
        sections=_sections(diagnosis, comparison),
        span=SPAN,
        top_charts=TOP_CHARTS,
        top_lines=TOP_LINES,
        style=_template_file("style.css"),
        script=script,
        script_hash=_hash_source(script),
    )
    out.write(page.rstrip("\n") + "\n")


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


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("growwork.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "bytes": format_bytes,
        "capacity": wording.capacity_label,
        "code": wording.split_code,
        "count": format_count,
        "duration": format_duration,
        "form": wording.site_form,
        "path": wording.short_path,
        "function": wording.short_function,
        "type": wording.site_type,
    }
    environment.globals |= {
        "capacity_range": wording.capacity_range,
        "assist_classes": wording.ASSIST_CLASSES,
        "count_of": wording.count_of,
        "describe_runs": describe_runs,
        "estimate": wording.estimate_text,
        "recording_facts": wording.recording_facts,
        "severity_counts": wording.severity_counts,
    }
    return environment


def _template_file(name: str) -> str:
    return (files("growwork.report") / "templates" / name).read_text(encoding="utf-8")


def _hash_source(script: str) -> str:
    """The script as a content policy names it; browsers hash the text between the tags."""
    digest = hashlib.sha256(f"\n{script}\n".encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
