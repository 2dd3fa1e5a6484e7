"""Analyse a Go module: run the sitefacts helper and read what it prints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from growwork.core.errors import ToolError, UsageError
from growwork.goruntime import GoVersion
from growwork.gosource.helper import helper_binary
from growwork.gosource.serialise import read_facts
from growwork.gosource.toolchain import Toolchain, run_go, run_tool
from growwork.gosource.types import SourceFacts

__all__ = ["analyse_module"]

_TIMEOUT_S = 1800
_GO_LINE = re.compile(r"^go[ \t]+(\d[\w.]*)", re.MULTILINE)
_TOO_OLD = re.compile(r"requires go >= (?P<wanted>[\w.]+) \(running go (?P<running>[\w.]+)")


def analyse_module(
    toolchain: Toolchain,
    folder: Path,
    patterns: Sequence[str] = ("./...",),
    *,
    tags: Sequence[str] = (),
    tests: bool = False,
    overlay: Path | None = None,
    cache: Path | None = None,
) -> SourceFacts:
    """The facts about the packages that `patterns` match in `folder`.

    GOFLAGS, GOOS, GOARCH and a workspace of the user's count, as they do for `go build`.
    `tests` adds the `_test.go` files; `overlay` is a JSON file of replaced sources as `go build
    -overlay` takes it; `cache` replaces the folder of the compiled helper.
    Raises `UsageError` when the folder is no module or the patterns match nothing, `ToolError`
    when the toolchain is too old for the module or fails.
    """
    _require_module(toolchain, folder)
    command = [str(helper_binary(toolchain, cache=cache)), "-go", str(toolchain.go)]
    if tags:
        command += ["-tags", ",".join(tags)]
    if tests:
        command.append("-tests")
    if overlay is not None:
        command += ["-overlay", str(overlay.resolve())]
    command += ["--", *patterns]  # so that no pattern is read as a flag
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
    for name in (module.strip(), workspace.strip()):
        if Path(name).is_file():
            _require_language(toolchain, Path(name))


def _require_language(toolchain: Toolchain, module_file: Path) -> None:
    """Refuse a module that is too new before anything is built for it."""
    found = _GO_LINE.search(module_file.read_text(encoding="utf-8", errors="replace"))
    if found and GoVersion.parse(found[1]) > toolchain.version:
        raise _too_old(module_file.parent, found[1], str(toolchain.version).removeprefix("go"))


def _too_old(folder: Path, wanted: str, running: str) -> ToolError:
    return ToolError(
        f"the module in {folder} wants Go {wanted} or newer, and the toolchain is Go {running}",
        remedy=f"use a newer toolchain, for example GOTOOLCHAIN=go{wanted}",
    )


def _explain(stderr: str, command: Sequence[str], folder: Path) -> ToolError:
    too_old = _TOO_OLD.search(stderr)
    if too_old:
        return _too_old(folder, too_old["wanted"], too_old["running"])
    last = " | ".join(line for line in stderr.strip().splitlines()[-5:] if line.strip())
    return ToolError(
        f"cannot analyse {folder}: {last or 'sitefacts gave no reason'}",
        command=command,
        stderr=stderr,
    )
