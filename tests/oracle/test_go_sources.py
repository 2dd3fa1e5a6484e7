"""The Go programs of the tests are kept as the shipped ones are: gofmt and go vet find nothing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.gotoolchains import require_go

TESTS = Path(__file__).parents[1]
VERSION = "go1.26.8"

pytestmark = [pytest.mark.needs_go, pytest.mark.slow]


def test_sources_are_formatted() -> None:
    goroot = subprocess.run(
        ["go", "env", "GOROOT"], env=require_go(VERSION), capture_output=True, text=True, check=True
    ).stdout.strip()
    gofmt = shutil.which("gofmt", path=f"{goroot}/bin") or shutil.which("gofmt")
    if gofmt is None:
        pytest.skip("gofmt is not on this machine")
    files = sorted(TESTS.rglob("*.go"))
    assert len(files) > 10
    listed = subprocess.run([gofmt, "-l", *files], capture_output=True, text=True, check=True)
    assert listed.stdout == ""


@pytest.mark.parametrize("module", ["data/planted", "oracle/scenes", "oracle/testprog"])
def test_vet_has_no_objection(module: str) -> None:
    subprocess.run(
        ["go", "vet", "./..."],
        cwd=TESTS / module,
        env=require_go(VERSION),
        check=True,
        timeout=300,
    )
