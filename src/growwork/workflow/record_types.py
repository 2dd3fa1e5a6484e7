"""What goes into a recording and what comes out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from growwork.store import Manifest

__all__ = [
    "DEFAULT_RATE_BYTES",
    "DEFAULT_TRACE_LIMIT_BYTES",
    "DEFAULT_URL_SECONDS",
    "SKIPPABLE",
    "BuildSummary",
    "RecordConsole",
    "RecordOptions",
    "RecordingSummary",
]

DEFAULT_RATE_BYTES = 32 << 10
DEFAULT_TRACE_LIMIT_BYTES = 256 << 20
DEFAULT_URL_SECONDS = 30.0
SKIPPABLE = ("trace", "cpu", "heap", "metrics")


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """What to record and how. Exactly one of `command` and `url` is given."""

    command: tuple[str, ...] = ()  # `go run …`, `go test …`, or a binary and its arguments
    url: str | None = None
    output: Path | None = None  # None: growwork-YYYYMMDD-HHMMSS in `directory`
    seconds: float | None = None  # None: until the program ends; 30 for a URL
    rate_bytes: int = DEFAULT_RATE_BYTES  # heap profile: one sample per this many bytes
    trace_limit_bytes: int = DEFAULT_TRACE_LIMIT_BYTES  # 0: no trace
    skip: tuple[str, ...] = ()  # of SKIPPABLE
    go: str | None = None  # a release such as `1.23.9`; None: the module's
    directory: Path = field(default_factory=Path.cwd)
    replacements: Mapping[Path, bytes] = field(default_factory=dict)  # sources, absolute paths
    environment: Mapping[str, str] = field(default_factory=dict)  # on top of ours


def _write_stderr(data: bytes) -> None:
    sys.stderr.buffer.write(data)
    sys.stderr.buffer.flush()


@dataclass(frozen=True, slots=True)
class RecordConsole:
    """Where the recorded program's output goes, and how waiting is shown."""

    stdout: int | None = None  # descriptor; None: the program writes to our stdout
    stderr: Callable[[bytes], None] = _write_stderr
    busy: Callable[[str], AbstractContextManager[object]] = nullcontext


@dataclass(frozen=True, slots=True)
class RecordingSummary:
    """A finished recording."""

    folder: Path
    manifest: Manifest
    ended_by_us: bool  # the time was over, or the user asked


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """A build with the collector in it."""

    outputs: tuple[Path, ...]  # empty: several packages without -o, which go build discards
    warnings: tuple[str, ...]
