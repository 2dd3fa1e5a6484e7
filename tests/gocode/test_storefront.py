"""The demo service builds with old and new Go, ends by itself and does the same work each time."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from growwork.gocode import module_dir
from tests.e2e.storefront_cases import CASES, CONTROLS, ControlSite, PlantedCase, line_of
from tests.gotoolchains import build_go

ROOT = module_dir("storefront")
OLDEST = "go1.21.13"
DEFAULT = "default"
TIMEOUT_S = 60
SITES: tuple[PlantedCase | ControlSite, ...] = (*CASES, *CONTROLS)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the load: what it printed, and the parts that must not vary."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def work(self) -> dict[str, object]:
        summary = json.loads(self.stdout)
        return {name: summary[name] for name in ("requests", "errors", "digest", "totals")}


def default_release() -> str:
    go = shutil.which("go")
    if go is None:
        pytest.skip("no Go toolchain on this machine")
    result = subprocess.run(
        [go, "env", "GOVERSION"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


@pytest.fixture(scope="module", params=[OLDEST, DEFAULT])
def storefront(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    version = default_release() if request.param == DEFAULT else str(request.param)
    output = tmp_path_factory.mktemp("storefront") / "storefront"
    return build_go(ROOT / "cmd" / "storefront", output, version)


@pytest.fixture
def serving(storefront: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A shop that only serves, and its URL."""
    command = [str(storefront), "-serve"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.fullmatch(r"storefront: serving on (http://127\.0\.0\.1:\d+)\n", line)
        assert found, line
        yield process, found[1]
        process.kill()


def drive(storefront: Path, *arguments: str) -> Run:
    done = subprocess.run(
        [str(storefront), *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.mark.needs_go
def test_load_ends_by_itself_and_repeats(storefront: Path) -> None:
    first = drive(storefront, "-requests", "600", "-seed", "7", "-clients", "4")
    again = drive(storefront, "-requests", "600", "-seed", "7", "-clients", "2")
    other = drive(storefront, "-requests", "600", "-seed", "8")
    assert (first.exit_code, again.exit_code, other.exit_code) == (0, 0, 0), first.stderr
    assert first.stdout.count("\n") == 1
    assert first.work == again.work
    assert first.work["digest"] != other.work["digest"]
    summary = json.loads(first.stdout)
    assert (summary["requests"], summary["errors"]) == (600, 0)
    assert summary["allocated_bytes"] > 0
    assert 0 < summary["p50_ns"] <= summary["p99_ns"] <= summary["max_ns"]


@pytest.mark.needs_go
def test_serves_load_and_profiles_until_interrupted(
    storefront: Path, serving: tuple[subprocess.Popen[str], str]
) -> None:
    process, url = serving
    run = drive(storefront, "-load", url, "-requests", "200")
    assert run.exit_code == 0, run.stderr
    assert json.loads(run.stdout)["errors"] == 0
    profile = httpx.get(f"{url}/debug/pprof/heap", params={"debug": 1})
    assert profile.text.startswith("heap profile: ")
    process.send_signal(signal.SIGINT)
    assert process.wait(TIMEOUT_S) == 0


@pytest.mark.needs_go
def test_sizes_stay_within_their_class(serving: tuple[subprocess.Popen[str], str]) -> None:
    _, url = serving
    searches = [
        httpx.get(f"{url}/api/search", params={"q": word, "max": most}).json()
        for word in ("aged", "bold", "quiet", "rare")
        for most in (34_000, 40_499)
    ]
    # More than 112 and at most 192 keys end in the same class on every release.
    assert all(112 < found["values"] <= 192 for found in searches)
    listing = httpx.get(f"{url}/api/products", params={"category": "lamp"}).json()
    assert listing["total"] == 300
    assert len(listing["tags"]) == 44


@pytest.mark.needs_go
def test_a_signal_cuts_the_load_short(storefront: Path) -> None:
    command = [str(storefront), "-requests", "1000000"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "serving on" in process.stderr.readline()
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 1
    assert "interrupted after" in stderr
    summary = json.loads(stdout)
    assert 0 < summary["requests"] < 1_000_000
    assert summary["errors"] == 0


@pytest.mark.needs_go
@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["-requests", "0"], 2), (["-no-such-flag"], 2), (["-load", "http://127.0.0.1:1"], 1)],
)
def test_bad_arguments(storefront: Path, arguments: list[str], code: int) -> None:
    run = drive(storefront, *arguments)
    assert run.exit_code == code
    assert run.stdout == ""
    assert run.stderr


@pytest.mark.needs_go
def test_go_tests_pass() -> None:
    go = shutil.which("go")
    if go is None:
        pytest.skip("no Go toolchain on this machine")
    done = subprocess.run(
        [go, "test", "./..."], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_planted_sites_are_in_the_source(site: PlantedCase | ControlSite) -> None:
    assert line_of(ROOT, site) > 0


def test_no_site_is_planted_twice() -> None:
    places = [(site.file, line_of(ROOT, site)) for site in SITES]
    assert len(places) == len(set(places))
    assert all(case.required in case.rules for case in CASES)
