"""The stub of the native module says what the module has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# The project's settings: pyarrow has no types of its own.
CONFIG = ("--mypy-config-file", str(Path(__file__).parents[1] / "pyproject.toml"))


def test_stub_matches_the_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "growwork._native", *CONFIG],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
