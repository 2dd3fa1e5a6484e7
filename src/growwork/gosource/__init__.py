"""Facts about Go source: map sites, growth lines, the join between them, and exact edits."""

from __future__ import annotations

from growwork.gosource.edits import (
    apply_edits,
    file_of,
    hint_edit,
    observe_edits,
    observed_sites,
    static_hint,
)
from growwork.gosource.facts import analyse_module
from growwork.gosource.join import SourceIndex
from growwork.gosource.serialise import facts_from_json, facts_to_json, read_facts, write_facts

__all__ = [
    "SourceIndex",
    "analyse_module",
    "apply_edits",
    "facts_from_json",
    "facts_to_json",
    "file_of",
    "hint_edit",
    "observe_edits",
    "observed_sites",
    "read_facts",
    "static_hint",
    "write_facts",
]
