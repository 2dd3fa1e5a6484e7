"""Traces against a baseline as `growwork/trace-comparison/1`."""

from __future__ import annotations

from typing import TextIO

from growwork.analysis.trace.comparison_types import TraceComparison
from growwork.report.encoding import JsonObject, encode_members
from growwork.report.trace.json import write_rows

__all__ = ["SCHEMA", "comparison_document", "render_json"]

SCHEMA = "growwork/trace-comparison/1"


def render_json(comparison: TraceComparison, out: TextIO) -> None:
    """Write the document; the same comparison gives the same bytes."""
    write_rows(comparison_document(comparison), out)


def comparison_document(comparison: TraceComparison) -> JsonObject:
    """The document as JSON values."""
    return {"schema": SCHEMA} | encode_members(comparison)
