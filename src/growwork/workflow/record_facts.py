"""The source facts that go with a recording, and the edits that observe map lengths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from growwork.gosource.toolchain import Toolchain

__all__ = ["SourceInput", "gather_source"]


@dataclass(frozen=True, slots=True)
class SourceInput:
    """What a build takes from the source."""

    sites_json: bytes | None = None
    observing: Mapping[Path, bytes] = field(default_factory=dict)  # edited sources
    base_overlay: Path | None = None  # the user's own -overlay
    warnings: tuple[str, ...] = ()


def gather_source(
    toolchain: Toolchain,
    root: Path | None,
    flags: Sequence[str],
    replacements: Mapping[Path, bytes],
) -> SourceInput:
    return SourceInput()
