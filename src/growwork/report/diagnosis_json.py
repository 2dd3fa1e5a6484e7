"""The whole diagnosis as `growwork/diagnosis/1`; text and HTML are views of this."""

from __future__ import annotations

from typing import TextIO

from growwork.analysis.comparison import Comparison
from growwork.report.comparison_json import comparison_document
from growwork.report.encoding import JsonObject, encode, encode_members, write_document
from growwork.report.summaries import summarise_pauses
from growwork.rules.types import Diagnosis

__all__ = ["SCHEMA", "diagnosis_document", "render_json"]

SCHEMA = "growwork/diagnosis/1"


def render_json(diagnosis: Diagnosis, out: TextIO, comparison: Comparison | None = None) -> None:
    """Write the document; the same diagnosis gives the same bytes."""
    write_document(diagnosis_document(diagnosis, comparison), out)


def diagnosis_document(diagnosis: Diagnosis, comparison: Comparison | None = None) -> JsonObject:
    """The document as JSON values; `comparison` is null where nothing was run again."""
    document: JsonObject = {"schema": SCHEMA} | encode_members(diagnosis)
    document["pauses_by_kind"] = encode(summarise_pauses(diagnosis.pauses))
    document["comparison"] = comparison_document(comparison) if comparison else None
    return document
