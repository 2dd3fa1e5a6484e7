"""The source facts that go with a recording, and the edits that observe map lengths."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from growwork.capture.gocommand import GoCommand
from growwork.core.errors import GrowworkError
from growwork.gosource.edits import apply_edits, observe_edits
from growwork.gosource.facts import analyse_module
from growwork.gosource.serialise import write_facts
from growwork.gosource.toolchain import Toolchain
from growwork.gosource.types import SourceFacts

__all__ = ["SourceInput", "gather_source"]


@dataclass(frozen=True, slots=True)
class SourceInput:
    """What a build takes from the source."""

    sites_json: bytes | None = None
    observing: Mapping[Path, bytes] = field(default_factory=dict)  # edited sources
    warnings: tuple[str, ...] = ()


def gather_source(
    toolchain: Toolchain,
    root: Path | None,
    command: GoCommand,
    replacements: Mapping[Path, bytes],
) -> SourceInput:
    """Analyse the module in `root` as the command builds it, with `replacements` in place.

    A recording without source facts is still a recording: what goes wrong here is a warning.
    """
    if root is None:
        return SourceInput(warnings=("no source facts: the program is in no Go module",))
    tags = tuple(tag for tag in (command.value("tags") or "").split(",") if tag)
    tests = command.verb == "test"
    try:
        if replacements:
            facts = _analyse_replaced(toolchain, root, replacements, tags, tests=tests)
        else:
            facts = analyse_module(toolchain, root, tags=tags, tests=tests)
    except (GrowworkError, OSError) as error:
        return SourceInput(warnings=(f"no source facts: {error}",))
    observing, warnings = _observe(facts, root, replacements)
    return SourceInput(write_facts(facts).encode(), observing, warnings)


def _observe(
    facts: SourceFacts, root: Path, replacements: Mapping[Path, bytes]
) -> tuple[Mapping[Path, bytes], tuple[str, ...]]:
    edited: dict[Path, bytes] = {}
    warnings: list[str] = []
    for file in facts.files:
        path = root / file.path
        try:
            source = replacements[path] if path in replacements else path.read_bytes()
            edits = observe_edits(facts, file, source)
            if edits:
                edited[path] = apply_edits(source, edits)
        except (GrowworkError, OSError) as error:
            warnings.append(f"map lengths of {file.path} were not observed: {error}")
    return edited, tuple(warnings)


def _analyse_replaced(
    toolchain: Toolchain,
    root: Path,
    replacements: Mapping[Path, bytes],
    tags: tuple[str, ...],
    *,
    tests: bool,
) -> SourceFacts:
    """Analyse the module with the replaced sources in an overlay; the tree is not touched."""
    with tempfile.TemporaryDirectory(prefix="growwork-") as scratch:
        replace: dict[str, str] = {}
        for number, (path, content) in enumerate(replacements.items()):
            stored = Path(scratch, f"{number}-{path.name}")
            stored.write_bytes(content)
            replace[str(path)] = str(stored)
        overlay = Path(scratch, "overlay.json")
        overlay.write_text(json.dumps({"Replace": replace}), encoding="utf-8")
        return analyse_module(toolchain, root, tags=tags, tests=tests, overlay=overlay)
