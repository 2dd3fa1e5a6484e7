"""What a reader sees of the source around a finding: an excerpt and the diff of its edit."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from growwork.gosource.types import Position, SourceEdit, SourceFacts
from growwork.rules.types import Excerpt

__all__ = ["SourceTexts", "excerpt_of", "read_sources", "unified_diff"]

_CONTEXT_BEFORE = 3
_CONTEXT_AFTER = 6
_DIFF_CONTEXT = 3


@dataclass(frozen=True, slots=True)
class SourceTexts:
    """The files that are still as they were analysed; the others by the reason."""

    contents: Mapping[str, bytes]  # by path relative to the module root
    changed: tuple[str, ...]
    missing: tuple[str, ...]


def read_sources(facts: SourceFacts, root: Path, wanted: set[str]) -> SourceTexts:
    """Read the wanted files of a module; a file whose hash differs is of no use."""
    contents: dict[str, bytes] = {}
    changed, missing = [], []
    for file in sorted((one for one in facts.files if one.path in wanted), key=lambda f: f.path):
        path = root / file.path
        try:
            data = path.read_bytes()
        except OSError:
            missing.append(file.path)
            continue
        if hashlib.sha256(data).hexdigest() == file.sha256:
            contents[file.path] = data
        else:
            changed.append(file.path)
    return SourceTexts(contents, tuple(changed), tuple(missing))


def excerpt_of(content: bytes, position: Position) -> Excerpt:
    """The lines around a position."""
    lines = _lines(content)
    first = max(1, position.line - _CONTEXT_BEFORE)
    last = min(len(lines), position.line + _CONTEXT_AFTER)
    shown = tuple(line.rstrip("\r\n") for line in lines[first - 1 : last])
    return Excerpt(position.file, first, shown, position.line)


def unified_diff(content: bytes, edit: SourceEdit) -> str:
    """The edit as a unified diff that `patch -p1` and `git apply` take."""
    after = content[: edit.offset] + edit.new_text.encode() + content[edit.end :]
    difference = difflib.unified_diff(
        _lines(content),
        _lines(after),
        fromfile=f"a/{edit.file}",
        tofile=f"b/{edit.file}",
        n=_DIFF_CONTEXT,
    )
    return "".join(line if line.endswith("\n") else _without_newline(line) for line in difference)


def _without_newline(line: str) -> str:
    return f"{line}\n\\ No newline at end of file\n"


def _lines(content: bytes) -> list[str]:
    # Only "\n" ends a line: str.splitlines would also cut at form feeds and U+2028.
    text = content.decode("utf-8", errors="replace")
    parts = text.split("\n")
    lines = [f"{part}\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines
