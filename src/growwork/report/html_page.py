"""One HTML file that needs nothing else: no network, no fonts, no other file.

Templates, style and scripts lie in `templates/` and are put into the page here. Source code,
type names and what comes with a trace are untrusted: the templates escape everything, and the
page's content policy runs no script but ours, by its hash. The page reads well without any script.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from growwork.core.units import format_bytes, format_count, format_duration
from growwork.report import escaping, short_forms, wording
from growwork.report.comparison_wording import describe_runs
from growwork.report.html_lanes import SPAN
from growwork.report.trace import wording as trace_wording

__all__ = ["Section", "render_page"]

_SCRIPTS = ("tooltip.js", "timeline.js", "lists.js")


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the page's navigation."""

    anchor: str
    title: str
    count: int | None = None


def render_page(template: str, **content: object) -> str:
    """The page; the same content gives the same text."""
    script = "\n".join(_template_file(name) for name in _SCRIPTS)
    page = (
        _environment()
        .get_template(template)
        .render(
            **content,
            span=SPAN,
            style=_template_file("style.css"),
            script=script,
            script_hash=_hash_source(script),
        )
    )
    return page.rstrip("\n") + "\n"


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
        "function": short_forms.short_function,
        "percent": trace_wording.percent,
        "round_duration": trace_wording.round_duration,
        "type": wording.site_type,
        "visible": escaping.visible,
    }
    environment.globals |= {
        "assist_classes": short_forms.ASSIST_CLASSES,
        "capacity_range": wording.capacity_range,
        "count_of": short_forms.count_of,
        "describe_runs": describe_runs,
        "estimate": wording.estimate_text,
        "place_of": short_forms.place_of,
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
