"""The errors growwork raises on purpose.

```
GrowworkError
├── UsageError            exit 2: bad flag, missing file
├── FormatError           exit 2: path, offset or line, expected, found
│   ├── TruncatedInput
│   └── UnsupportedVersion
├── ToolError             exit 3: go or bpftrace missing or failed: the command and its stderr
└── ProbeError            exit 3: symbol not found, no permission
```

Each message is one line that names the thing and, after a semicolon or in `remedy`, what to
do. They are raised where the facts are known and caught only in `growwork.cli`.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "FormatError",
    "GrowworkError",
    "ProbeError",
    "ToolError",
    "TruncatedInput",
    "UnsupportedVersion",
    "UsageError",
]


class GrowworkError(Exception):
    """Base of every deliberate error; `exit_code` is the process's exit status."""

    exit_code = 3

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


class UsageError(GrowworkError):
    """The command line or its inputs are wrong."""

    exit_code = 2


class FormatError(GrowworkError):
    """An input file is not what it should be.

    `source` names the file (or `<stdin>`), `position` is a byte offset such as `offset 17` or
    a line such as `line 3`.
    """

    exit_code = 2

    def __init__(
        self,
        source: str,
        problem: str,
        *,
        position: str | None = None,
        remedy: str | None = None,
    ) -> None:
        where = f"{source}, {position}" if position else source
        super().__init__(f"{where}: {problem}", remedy=remedy)
        self.source = source
        self.position = position
        self.problem = problem


class TruncatedInput(FormatError):
    """The input ends before its format says it may."""


class UnsupportedVersion(FormatError):
    """A Go release or a format version that growwork does not know; never a guess."""


class ToolError(GrowworkError):
    """An external program is missing or failed."""

    def __init__(
        self,
        message: str,
        *,
        command: Sequence[str] = (),
        stderr: str = "",
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.command = tuple(command)
        self.stderr = stderr


class ProbeError(GrowworkError):
    """A probe cannot be attached: symbol not found, no permission, unknown release."""
