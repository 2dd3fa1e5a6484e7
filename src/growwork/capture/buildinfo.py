"""Build info of a binary, as `go version -m` prints it."""

from __future__ import annotations

from pathlib import Path

from growwork.core.errors import UnsupportedVersion
from growwork.goruntime import GoVersion
from growwork.gosource.toolchain import Toolchain, run_go

__all__ = ["go_version_of", "read_buildinfo"]


def read_buildinfo(toolchain: Toolchain, binary: Path) -> str | None:
    """The text form of a binary's build info; None when it is no Go binary."""
    answer = run_go(toolchain, ["version", "-m", str(binary)], cwd=binary.parent, check=False)
    text = answer.stdout.decode(errors="replace")
    return text if answer.returncode == 0 and text else None


def go_version_of(buildinfo: str) -> GoVersion | None:
    """The Go release that the first line names: `shop: go1.26.8`."""
    first = buildinfo.split("\n", 1)[0]
    try:
        return GoVersion.parse(first.rpartition(": ")[2])
    except UnsupportedVersion:
        return (
            None  # a development version, such as `devel go1.28-abc`, still parses; this does not
        )
