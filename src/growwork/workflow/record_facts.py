"""The source facts that go with a recording, and the edits that observe map lengths."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from growwork.capture.gocommand import GoCommand
from growwork.core.errors import GrowworkError
from growwork.gosource.edits import apply_edits, observe_edits
from growwork.gosource.facts import analyse_module
from growwork.gosource.serialise import write_facts
from growwork.gosource.toolchain import Toolchain
from growwork.gosource.types import SourceFacts

__all__ = ["SourceInput", "gather_source"]

_NOT_SHADOWED = frozenset({".git", ".hg", ".svn", "node_modules"})


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
    """Analyse a shadow of the tree: links to its files, and the replacements as files.

    The analysis reads files, not overlays. The facts come back as those of the real tree.
    """
    with tempfile.TemporaryDirectory(prefix="growwork-") as scratch:
        shadow = Path(scratch).resolve() / "module"
        _make_shadow(root, shadow, replacements)
        facts = analyse_module(toolchain, shadow, tags=tags, tests=tests)
    files = tuple(
        replace(file, compiled_path=_moved(file.compiled_path, shadow, root))
        for file in facts.files
    )
    return replace(facts, root=str(root), files=files)


def _make_shadow(root: Path, shadow: Path, replacements: Mapping[Path, bytes]) -> None:
    for walked, subfolders, names in os.walk(root):
        folder = Path(walked)
        subfolders[:] = [name for name in subfolders if name not in _NOT_SHADOWED]
        place = shadow / folder.relative_to(root)
        place.mkdir(parents=True)
        for name in names:
            replaced = replacements.get(folder / name)
            if replaced is None:
                (place / name).symlink_to(folder / name)
            else:
                (place / name).write_bytes(replaced)


def _moved(path: str, shadow: Path, root: Path) -> str:
    inside = Path(path)
    return str(root / inside.relative_to(shadow)) if inside.is_relative_to(shadow) else path
