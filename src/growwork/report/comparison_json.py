"""A before/after result as `growwork/comparison/1`."""

from __future__ import annotations

from typing import TextIO

from growwork.analysis.comparison import Comparison
from growwork.report.encoding import JsonObject, encode_members, write_document

__all__ = ["SCHEMA", "comparison_document", "render_json"]

SCHEMA = "growwork/comparison/1"


def render_json(comparison: Comparison, out: TextIO) -> None:
    """Write the document; the same comparison gives the same bytes."""
    write_document(comparison_document(comparison), out)


def comparison_document(comparison: Comparison) -> JsonObject:
    """The document as JSON values."""
    document: JsonObject = {"schema": SCHEMA} | encode_members(comparison)
    document["environment"] = [
        {"name": name, "value": value} for name, value in comparison.environment
    ]
    return document
