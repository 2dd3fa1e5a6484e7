"""The sitefacts helper: compiled once per toolchain and source, kept in the user's cache.

go/types must be at least as new as the code it checks, so the helper is built with the
toolchain that is used for the module, never shipped as a binary.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import platformdirs

from growwork.core.errors import ToolError
from growwork.gocode import module_dir
from growwork.gosource.toolchain import Toolchain, run_go

__all__ = ["cache_dir", "helper_binary"]

_MODULE = "sitefacts"
_BUILD_TIMEOUT_S = 600


def cache_dir() -> Path:
    """The folder for compiled helpers: `$GROWWORK_CACHE`, or growwork's user cache folder."""
    chosen = os.environ.get("GROWWORK_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("growwork", appauthor=False)


def helper_binary(toolchain: Toolchain, *, cache: Path | None = None) -> Path:
    """The sitefacts executable for a toolchain, built on first use.

    Concurrent callers may build twice; the rename is atomic, so each gets a whole file. Raises
    `ToolError` when the build fails or the cache folder cannot be written.
    """
    source = module_dir(_MODULE)
    folder = (cache or cache_dir()) / _MODULE
    binary = folder / f"{toolchain.version}-{_digest(source)}"
    if not binary.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder, prefix="build-") as scratch:
                built = _build(toolchain, source, Path(scratch))
                built.replace(binary)
        except OSError as error:
            raise ToolError(
                f"cannot write the cache folder {folder}: {error.strerror or error}",
                remedy="set GROWWORK_CACHE to a folder that can be written",
            ) from error
    return binary


def _digest(source: Path) -> str:
    digest = hashlib.sha256()
    for path in _sources(source):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _sources(source: Path) -> list[Path]:
    files = [*source.glob("*.go"), source / "go.mod"]
    return sorted(path for path in files if not path.name.endswith("_test.go"))


def _build(toolchain: Toolchain, source: Path, scratch: Path) -> Path:
    """Compile a copy, untouched by the user's flags, workspace and target platform."""
    module = scratch / "src"
    module.mkdir()
    for path in _sources(source):
        shutil.copyfile(path, module / path.name)
    host = run_go(toolchain, ["env", "GOHOSTOS", "GOHOSTARCH"], cwd=module).stdout.decode().split()
    env = {
        "CGO_ENABLED": "0",
        "GO111MODULE": "on",
        "GOARCH": host[1],
        "GOFLAGS": "-buildvcs=false",
        "GOOS": host[0],
        "GOWORK": "off",
    }
    binary = scratch / "sitefacts"
    run_go(
        toolchain,
        ["build", "-trimpath", "-ldflags=-s -w", "-o", str(binary), "."],
        cwd=module,
        env=env,
        timeout_s=_BUILD_TIMEOUT_S,
    )
    return binary
