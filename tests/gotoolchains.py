"""Go toolchains for tests: one command line per release, or a reason why there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest


@cache
def go_environment(version: str) -> dict[str, str] | None:
    """Environment in which `go` is this release (`go1.23.9`), or None without it.

    The `go` command fetches a release that is not on this machine from its module proxy, once.
    """
    go = shutil.which("go")
    if go is None:
        return None
    env = dict(os.environ, GOTOOLCHAIN=version, GOFLAGS="-buildvcs=false")
    result = subprocess.run([go, "version"], env=env, capture_output=True, text=True, check=False)
    return env if result.returncode == 0 and version in result.stdout else None


def require_go(version: str) -> dict[str, str]:
    """The environment of a release; skips the test, with the reason, when it is missing."""
    env = go_environment(version)
    if env is None:
        pytest.skip(f"toolchain {version} is neither on this machine nor to be had")
    return env


def build_go(directory: Path, output: Path, version: str) -> Path:
    """Build the main package in `directory` with a release; the path of the binary."""
    env = require_go(version)
    subprocess.run(["go", "build", "-o", str(output), "."], cwd=directory, env=env, check=True)
    return output
