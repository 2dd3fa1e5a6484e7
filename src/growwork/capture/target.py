"""The environment and the binary of the program to be recorded."""

from __future__ import annotations

import mmap
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "CollectorSettings",
    "copy_binary",
    "has_collector",
    "is_go_binary",
    "target_environment",
]

# A constant of the collector; the linker keeps it because collector.json contains it.
_MARKER = b"growwork/probe collector, schema 1"
_GO_BUILD_INFO = b"\xff Go buildinf:"


@dataclass(frozen=True, slots=True)
class CollectorSettings:
    """What the collector is told."""

    folder: Path  # the recording
    rate_bytes: int  # heap profile: one sample per this many bytes
    trace_limit_bytes: int  # 0: no trace
    skip: tuple[str, ...] = ()  # of `trace`, `cpu`, `heap`, `metrics`


def target_environment(
    base: Mapping[str, str], collector: CollectorSettings | None
) -> dict[str, str]:
    """`base` with the settings of a recorded program; None: gctrace only.

    The collector removes its settings again, so the program's children do not inherit them.
    """
    env = dict(base)
    former = env.get("GODEBUG", "")
    settings = [setting for setting in (former, "gctrace=1") if setting]
    if collector is not None:
        settings.append(f"memprofilerate={collector.rate_bytes}")
        env["GROWWORK_GODEBUG"] = former
        env["GROWWORK_RECORDING"] = str(collector.folder)
        env["GROWWORK_TRACE_LIMIT"] = str(collector.trace_limit_bytes)
        env["GROWWORK_SKIP"] = ",".join(collector.skip)
    env["GODEBUG"] = ",".join(settings)
    return env


def has_collector(binary: Path) -> bool:
    """Whether a binary was built with the collector in it."""
    return _contains(binary, _MARKER)


def is_go_binary(binary: Path) -> bool:
    """Whether a file carries Go build info."""
    return _contains(binary, _GO_BUILD_INFO)


def _contains(path: Path, needle: bytes) -> bool:
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(needle) >= 0


def copy_binary(binary: Path, destination: Path, *, ours: bool) -> None:
    """Keep the executable with the recording.

    `ours`: nobody else will write to the file, so a hard link will do. Another's may be
    rewritten in place by the next build and is copied.
    """
    if ours:
        try:
            destination.hardlink_to(binary)
        except OSError:
            pass  # another file system
        else:
            return
    shutil.copyfile(binary, destination)
    destination.chmod(0o755)
