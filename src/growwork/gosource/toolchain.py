"""A Go toolchain, and how to run its `go` command.

Which toolchains a machine has is found by `growwork.capture`; everything that needs one takes
a `Toolchain`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from growwork.core.errors import ToolError
from growwork.goruntime import GoVersion

__all__ = ["Completed", "Toolchain", "run_go", "run_tool"]

_STDERR_LINES = 5


@dataclass(frozen=True, slots=True)
class Toolchain:
    """One installed Go release."""

    go: Path  # the executable
    goroot: Path
    version: GoVersion
    env: tuple[tuple[str, str], ...] = ()  # what it needs on top, such as GOTOOLCHAIN=go1.23.9


@dataclass(frozen=True, slots=True)
class Completed:
    """What a finished command left: its exit status and its two outputs."""

    returncode: int
    stdout: bytes
    stderr: bytes


def run_go(
    toolchain: Toolchain,
    args: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
    check: bool = True,
) -> Completed:
    """Run `go ARGS` in `cwd`; `env` goes on top of the process's and the toolchain's.

    Raises `ToolError` with the command and the last lines of its stderr when it cannot start,
    takes longer than `timeout_s`, or (with `check`) ends with a status other than 0.
    """
    extra = {**dict(toolchain.env), **(env or {})}
    return run_tool(
        [str(toolchain.go), *args], cwd=cwd, env=extra, timeout_s=timeout_s, check=check
    )


def run_tool(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
    check: bool = True,
) -> Completed:
    """Run any command the way `run_go` runs `go`; errors are the same."""
    shown = " ".join(command)
    try:
        process = subprocess.run(
            list(command),
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except OSError as error:
        raise ToolError(
            f"cannot run `{shown}`: {error.strerror or error}", command=command
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ToolError(
            f"`{shown}` did not finish within {timeout_s:.0f} s", command=command
        ) from error
    if check and process.returncode != 0:
        stderr = process.stderr.decode("utf-8", "replace")
        raise ToolError(
            f"`{shown}` failed with exit status {process.returncode}: {_last_lines(stderr)}",
            command=command,
            stderr=stderr,
        )
    return Completed(process.returncode, process.stdout, process.stderr)


def _last_lines(stderr: str) -> str:
    lines = [line for line in stderr.strip().splitlines() if line.strip()]
    return " | ".join(lines[-_STDERR_LINES:]) or "no message"
