"""The stream of events against Go's own reader: recorded traces, and live ones."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from growwork.core.errors import UnsupportedVersion
from growwork.formats.gotrace import EventType, TraceReader
from tests.gotoolchains import build_go, require_go
from tests.oracle.oracle import (
    HERE,
    first_difference,
    go_reader,
    go_reader_events,
    native_events,
)

DATA = Path(__file__).parents[1] / "data" / "gotrace"
EXPECTED = json.loads((DATA / "expected.json").read_text())
TOOLCHAINS = ("go1.23.9", "go1.24.11", "go1.26.8", "go1.27.3")


@pytest.fixture(params=sorted(EXPECTED))
def recorded(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """A recorded trace, unpacked."""
    version: str = request.param
    path = tmp_path / f"{version}.trace"
    path.write_bytes(gzip.decompress((DATA / f"{version}.trace.gz").read_bytes()))
    return version, path


def require_oracle() -> None:
    """Skips the test when Go's reader cannot be built here."""
    if go_reader() is None:
        pytest.skip("no toolchain of Go 1.26 or newer to build the reference reader with")


def record(version: str, output: Path, *flags: str, godebug: str = "") -> Path:
    """A trace of the test program, built and run with a release."""
    program = build_go(HERE / "testprog", output.parent / f"testprog-{version}", version)
    env = {**os.environ, "GODEBUG": godebug}
    subprocess.run([program, "-o", output, *flags], env=env, check=True, timeout=120)
    return output


def assert_equal(trace: Path) -> None:
    assert first_difference(native_events(trace), go_reader_events(trace)) is None


def test_recorded_traces_equal_what_go_made_of_them(recorded: tuple[str, Path]) -> None:
    version, path = recorded
    events = native_events(path)
    digest = hashlib.sha256(events.tobytes()).hexdigest()
    assert {"events": len(events), "sha256": digest} == EXPECTED[version]


def test_recorded_traces_hold_every_event_but_the_rare() -> None:
    """The comparison is worth what the traces exercise."""
    seen: set[int] = set()
    for path in DATA.glob("*.trace.gz"):
        reader = TraceReader(gzip.decompress(path.read_bytes()))
        for generation in reader:
            seen.update(generation.events.column("type").to_pylist())
        assert reader.warnings == ()
    delivered = {*range(EventType.PROCS_CHANGE, EventType.USER_LOG + 1)}
    delivered |= {EventType.CPU_SAMPLE, EventType.SYNC, EventType.GO_CREATE_BLOCKED}
    rare = {
        EventType.GO_CREATE_SYSCALL,  # threads of C code
        EventType.GO_DESTROY_SYSCALL,
        EventType.GC_ACTIVE,  # needs a generation boundary inside a cycle
        EventType.GC_SWEEP_ACTIVE,
        EventType.GC_MARK_ASSIST_ACTIVE,
        EventType.GO_STATUS,  # replaced by GoStatusStack
    }
    assert delivered - rare - seen == set()


@pytest.mark.needs_go
def test_a_live_trace_equals_gos_reader(tmp_path: Path) -> None:
    require_oracle()
    version = "go1.26.8"
    assert_equal(record(version, tmp_path / "t", "-seconds", "0.2", "-rest", "4ms"))


@pytest.mark.needs_go
def test_go_1_21_is_too_old(tmp_path: Path) -> None:
    trace = record("go1.21.13", tmp_path / "t", "-seconds", "0.01", "-rest", "4ms")
    with pytest.raises(UnsupportedVersion, match=r"go 1\.21 is too old"):
        TraceReader(trace.read_bytes())


@pytest.mark.slow
@pytest.mark.needs_go
@pytest.mark.parametrize("version", TOOLCHAINS)
def test_long_traces_equal_gos_reader(tmp_path: Path, version: str) -> None:
    """Several generations, ranges and syscalls across their boundaries."""
    require_oracle()
    assert_equal(record(version, tmp_path / "t", "-seconds", "2.5", "-scale", "3", "-rest", "1ms"))


@pytest.mark.slow
@pytest.mark.needs_go
@pytest.mark.parametrize("version", TOOLCHAINS)
def test_allocfree_traces_equal_gos_reader(tmp_path: Path, version: str) -> None:
    require_oracle()
    assert_equal(record(version, tmp_path / "t", "-seconds", "0.3", godebug="traceallocfree=1"))


@pytest.mark.slow
@pytest.mark.needs_go
@pytest.mark.parametrize(
    "program",
    ["annotations-stress", "cgo-callback", "gc-stress", "iter-pull", "stress-start-stop", "stress"],
)
def test_gos_own_test_programs(tmp_path: Path, program: str) -> None:
    """Threads of C code that enter Go, and tracing that starts and stops under load."""
    require_oracle()
    if program == "cgo-callback" and shutil.which("gcc") is None:
        pytest.skip("no C compiler")
    version = "go1.26.8"
    env = {**require_go(version), "CGO_ENABLED": "1" if program == "cgo-callback" else "0"}
    goroot = subprocess.run(
        ["go", "env", "GOROOT"], env=env, capture_output=True, text=True, check=True
    ).stdout.strip()
    source = Path(goroot, "src/internal/trace/testdata/testprog", f"{program}.go")
    trace = tmp_path / "trace"
    with trace.open("wb") as out:
        subprocess.run(["go", "run", source], env=env, cwd=tmp_path, stdout=out, check=True)
    assert_equal(trace)
