"""Which packages a go command builds, from `go list`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from growwork.capture.gocommand import GoCommand
from growwork.core.errors import ToolError, UsageError
from growwork.gosource.toolchain import Toolchain, run_go

__all__ = ["GoPackage", "list_packages", "module_root"]

_FIELDS = "Dir,Name,ImportPath,TestGoFiles,XTestGoFiles,Error"


@dataclass(frozen=True, slots=True)
class GoPackage:
    """One package as `go list` names it."""

    directory: Path
    name: str
    import_path: str
    internal_tests: bool  # has _test.go files of package NAME
    external_tests: bool  # has _test.go files of package NAME_test


def list_packages(toolchain: Toolchain, command: GoCommand, cwd: Path) -> tuple[GoPackage, ...]:
    """The packages that a go command names.

    Raises `UsageError` for a folder without a module and for a pattern that matches nothing,
    `ToolError` when the go command fails.
    """
    patterns = command.packages or (".",)
    words = ["list", "-e", f"-json={_FIELDS}", *command.listing_words(), "--", *patterns]
    answer = run_go(toolchain, words, cwd=cwd, check=False)
    stderr = answer.stderr.decode(errors="replace").strip()
    if answer.returncode != 0:
        raise _explain(stderr, cwd, patterns)
    packages = []
    for item in _objects(answer.stdout.decode()):
        error = item.get("Error")
        if isinstance(error, dict):
            raise _explain(str(error.get("Err", "")), cwd, patterns)
        packages.append(
            GoPackage(
                directory=Path(str(item.get("Dir", ""))),
                name=str(item.get("Name", "")),
                import_path=str(item.get("ImportPath", "")),
                internal_tests=bool(item.get("TestGoFiles")),
                external_tests=bool(item.get("XTestGoFiles")),
            )
        )
    if not packages:
        raise UsageError(f"{' '.join(patterns)} matches no Go package in {cwd}")
    return tuple(packages)


def module_root(toolchain: Toolchain, cwd: Path) -> Path | None:
    """The folder of the go.mod that governs `cwd`; None outside any module."""
    answer = run_go(toolchain, ["env", "GOMOD"], cwd=cwd, check=False)
    path = answer.stdout.decode().strip()
    return Path(path).parent if path and path != "/dev/null" else None


def _objects(text: str) -> list[dict[str, object]]:
    """`go list -json` prints objects one after the other, without commas."""
    decoder = json.JSONDecoder()
    objects: list[dict[str, object]] = []
    position = 0
    while text[position:].strip():
        position += len(text[position:]) - len(text[position:].lstrip())
        value, position = decoder.raw_decode(text, position)
        objects.append(value)
    return objects


def _explain(said: str, cwd: Path, patterns: Sequence[str]) -> UsageError | ToolError:
    first = next((line.strip() for line in said.splitlines() if line.strip()), "no message")
    if "go.mod file not found" in said or "cannot find main module" in said:
        return UsageError(
            f"{cwd} is in no Go module (no go.mod here or above)",
            remedy="change to the module's folder, or run `go mod init`",
        )
    if "requires go >=" in said:
        return ToolError(f"the Go toolchain is older than the module's go line: {first}")
    return UsageError(f"go cannot load {' '.join(patterns)}: {first}")
