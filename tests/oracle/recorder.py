"""Real traces for comparisons: sets of scenes (tests/oracle/scenes), recorded when first wanted."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.gotoolchains import require_go
from tests.oracle.oracle import HERE

__all__ = ["SceneSet", "require_compiler"]


@dataclass(frozen=True, slots=True)
class SceneSet:
    """Scenes that one process of one release plays."""

    version: str  # `go1.23.9`
    scenes: tuple[str, ...]
    seconds: float = 0.15
    godebug: str = ""
    cgo: bool = False
    procs: int = 2  # GOMAXPROCS

    @property
    def name(self) -> str:
        """Tells it from other sets; fit for a folder."""
        cgo = "cgo" if self.cgo else "nocgo"
        numbers = f"{self.seconds}s-{self.procs}p"
        return "-".join((self.version, *self.scenes, numbers, cgo, self.godebug))

    def traces(self) -> tuple[str, ...]:
        """Names of the traces it makes."""
        made = {
            "flight": ("flight", "flight2", "beside"),
            "restarts": tuple(f"restarts{number}" for number in range(6)),
        }
        return tuple(name for scene in self.scenes for name in made.get(scene, (scene,)))

    def record(self, folder: Path) -> Path:
        """The folder with the traces; skips the test where they cannot be made."""
        if self.cgo:
            require_compiler()
        program = build(self.version, folder.parent, cgo=self.cgo)
        folder.mkdir()
        subprocess.run(
            [program, "-dir", folder, "-seconds", str(self.seconds), *self.scenes],
            env={**os.environ, "GODEBUG": self.godebug, "GOMAXPROCS": str(self.procs)},
            check=True,
            timeout=120,
        )
        return folder


def require_compiler() -> None:
    """Skips the test without a C compiler."""
    if shutil.which("gcc") is None:
        pytest.skip("no C compiler, which cgo needs")


@cache
def build(version: str, folder: Path, *, cgo: bool) -> Path:
    """The program that plays scenes, built with a release."""
    env = {**require_go(version), "CGO_ENABLED": "1" if cgo else "0"}
    program = folder / f"scenes-{version}{'-cgo' if cgo else ''}"
    subprocess.run(
        ["go", "build", "-o", program, "."], cwd=HERE / "scenes", env=env, check=True, timeout=300
    )
    return program
