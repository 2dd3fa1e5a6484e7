"""Analyse a Go module: run the sitefacts helper and read what it prints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from growwork.core.errors import ToolError, UsageError
from growwork.gosource.helper import helper_binary
from growwork.gosource.serialise import read_facts
from growwork.gosource.toolchain import Toolchain, run_go, run_tool
from growwork.gosource.types import SourceFacts

__all__ = ["analyse_module"]

_TIMEOUT_S = 1800
_TOO_OLD = re.compile(r"requires go >= (?P<wanted>[\w.]+) \(running go (?P<running>[\w.]+)")


def analyse_module(
    toolchain: Toolchain,
    folder: Path,
    patterns: Sequence[str] = ("./...",),
    *,
    tags: Sequence[str] = (),
    tests: bool = False,
    cache: Path | None = None,
) -> SourceFacts:
    """The facts about the packages that `patterns` match in `folder`.

    GOFLAGS, GOOS, GOARCH and a workspace of the user's count, as they do for `go build`.
    `tests` adds the `_test.go` files; `cache` replaces the folder of the compiled helper.
    Raises `UsageError` when the folder is no module or the patterns match nothing, `ToolError`
    when the toolchain is too old for the module or fails.
    """
    _require_module(toolchain, folder)
    command = [str(helper_binary(toolchain, cache=cache)), "-go", str(toolchain.go)]
    if tags:
        command += ["-tags", ",".join(tags)]
    if tests:
        command.append("-tests")
    # The module tells the helper's folder apart from flags, so no pattern is read as one.
    command += ["--", *patterns]
    answer = run_tool(
        command, cwd=folder, env=dict(toolchain.env), timeout_s=_TIMEOUT_S, check=False
    )
    if answer.returncode != 0:
        raise _explain(answer.stderr.decode("utf-8", "replace"), command, folder)
    facts = read_facts(answer.stdout, source="sitefacts")
    if not facts.files:
        why = f": {facts.warnings[0]}" if facts.warnings else ""
        raise UsageError(f"{' '.join(patterns)} matches no Go source in {folder}{why}")
    return facts


def _require_module(toolchain: Toolchain, folder: Path) -> None:
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", remedy="name the folder of a Go module")
    answer = run_go(toolchain, ["env", "GOMOD", "GOWORK"], cwd=folder, check=False)
    if answer.returncode != 0:
        raise _explain(answer.stderr.decode("utf-8", "replace"), ["go", "env"], folder)
    module, _, workspace = answer.stdout.decode().partition("\n")
    if not module.strip().endswith("go.mod") and workspace.strip() in ("", "off"):
        raise UsageError(
            f"{folder} is not in a Go module: no go.mod there or above",
            remedy="name the module's folder with --source, or run `go mod init`",
        )


def _explain(stderr: str, command: Sequence[str], folder: Path) -> ToolError:
    too_old = _TOO_OLD.search(stderr)
    if too_old:
        return ToolError(
            f"the module in {folder} wants Go {too_old['wanted']} or newer, "
            f"and the toolchain is Go {too_old['running']}",
            command=command,
            stderr=stderr,
            remedy=f"use a newer toolchain, for example GOTOOLCHAIN=go{too_old['wanted']}",
        )
    last = " | ".join(line for line in stderr.strip().splitlines()[-5:] if line.strip())
    return ToolError(
        f"cannot analyse {folder}: {last or 'sitefacts gave no reason'}",
        command=command,
        stderr=stderr,
    )
