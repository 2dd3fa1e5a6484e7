"""Real traces of four releases: what growwork finds in them is what Go's own reader says.

Each trace is compared twice. The ordered stream of events is equal event for event. And what the
events mean is equal row for row with an analysis written in Go on Go's reader, that shares no code
and no method with ours: stops of the world, GC cycles, mark assists with the time they were off
their P, sweeps, runs of mark workers, the time of goroutines per state, reason and stack, and how
many Ps the GC kept busy when.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from growwork.formats.gotrace import ScanOptions
from tests.oracle.findings import Findings, differences
from tests.oracle.go_findings import GoFindings, go_findings
from tests.oracle.native_findings import native_findings
from tests.oracle.oracle import first_difference, go_reader, go_reader_events, native_events
from tests.oracle.recorder import SceneSet

pytestmark = pytest.mark.needs_go

RELEASES = ("go1.23.9", "go1.24.11", "go1.26.8", "go1.27.3")
FLIGHT_RECORDER = ("go1.26.8", "go1.27.3")  # came with 1.25
SHORT_GENERATIONS = "traceadvanceperiod=30000000"  # of 30 ms instead of a second

QUICK = (
    *(SceneSet(version, ("maps", "syscalls"), seconds=0.1) for version in RELEASES),
    SceneSet("go1.23.9", ("restarts",), seconds=0.1),
    SceneSet("go1.24.11", ("annotations",), seconds=0.05, godebug=SHORT_GENERATIONS),
    SceneSet("go1.27.3", ("flight",), seconds=0.05),
)
_ALL_SCENES = (
    "maps",
    "syscalls",
    "coroutines",
    "annotations",
    "cpuprofile",
    "spawn",
    "procs",
    "blocked",
    "mixed",
    "restarts",
)
SLOW = (
    *(SceneSet(version, _ALL_SCENES) for version in RELEASES),
    *(
        SceneSet(version, ("maps", "blocked", "mixed", "procs"), godebug=SHORT_GENERATIONS)
        for version in RELEASES
    ),
    *(SceneSet(version, ("callbacks",), cgo=True) for version in RELEASES),
    *(
        SceneSet(version, ("maps",), seconds=0.05, godebug="traceallocfree=1")
        for version in RELEASES
    ),
    *(SceneSet(version, ("flight",)) for version in FLIGHT_RECORDER),
    *(
        SceneSet(version, ("maps", "restarts"), seconds=0.06, procs=procs)
        for version in ("go1.23.9", "go1.27.3")
        for procs in (1, 8)
    ),
    SceneSet("go1.27.3", ("maps", "blocked"), seconds=1.2),  # generations of a second
)


@dataclass(frozen=True, slots=True)
class Case:
    """One trace of a set."""

    scenes: SceneSet
    name: str

    def __str__(self) -> str:
        of = self.scenes
        marks = [of.godebug.partition("=")[0]] if of.godebug else []
        marks += ["cgo"] if of.cgo else []
        marks += ["long"] if of.seconds > 1 else []
        marks += [f"procs{of.procs}"] if of.procs != 2 else []
        return "-".join((of.version, self.name, *marks))


def cases(sets: tuple[SceneSet, ...]) -> list[Case]:
    return [Case(scenes, name) for scenes in sets for name in scenes.traces()]


@dataclass(frozen=True, slots=True)
class Trace:
    """A recorded trace, with what both sides say of it."""

    path: Path
    ours: Findings
    go: GoFindings


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if go_reader() is None:
        pytest.skip("no toolchain of Go 1.26 or newer to build the reference reader with")
    return tmp_path_factory.mktemp("recordings")


@cache
def folder_of(scenes: SceneSet, recordings: Path) -> Path:
    return scenes.record(recordings / scenes.name)


@cache
def read(case: Case, recordings: Path) -> Trace:
    path = folder_of(case.scenes, recordings) / f"{case.name}.trace"
    return Trace(path, native_findings(path), go_findings(path))


def assert_equal(trace: Trace) -> None:
    events = native_events(trace.path)
    assert first_difference(events, go_reader_events(trace.path)) is None
    assert differences(trace.ours, trace.go.findings) == []
    print(
        f"{len(events)} events, {len(trace.ours.pauses)} pauses, {len(trace.ours.cycles)} cycles, "
        f"{len(trace.ours.assists)} assists, {trace.ours.sweeps.whole} sweeps"
    )


@pytest.mark.parametrize("case", cases(QUICK), ids=str)
def test_a_trace_means_what_go_says(case: Case, recordings: Path) -> None:
    assert_equal(read(case, recordings))


@pytest.mark.slow
@pytest.mark.parametrize("case", cases(SLOW), ids=str)
def test_each_scene_means_what_go_says(case: Case, recordings: Path) -> None:
    assert_equal(read(case, recordings))


def test_the_number_of_threads_changes_nothing(recordings: Path) -> None:
    trace = read(Case(QUICK[0], "maps"), recordings)
    assert native_findings(trace.path, ScanOptions(threads=1)) == trace.ours


@pytest.mark.slow
def test_the_scenes_hold_what_is_easy_to_get_wrong(recordings: Path) -> None:
    """The comparison is worth what the traces exercise."""
    read_all = [read(case, recordings) for case in cases(SLOW) if not case.scenes.cgo]
    found = [trace.go.findings for trace in read_all]
    assists = [assist for one in found for assist in one.assists]
    assert len(found) >= 20
    assert {assist.cut for assist in assists} >= {0, 1, 2}
    assert any(assist.off_ns > 0 for assist in assists)
    assert {cycle.cut for one in found for cycle in one.cycles} >= {0, 1, 2}
    assert {"GC (dedicated)", "GC (fractional)", "GC (idle)"} <= {
        run.label for one in found for run in one.workers
    }
    assert {
        "GC mark termination",
        "GC sweep termination",
        "GOMAXPROCS",
        "goroutine profile",
        "read mem stats",
        "start trace",
    } <= {pause.kind for one in found for pause in one.pauses}
    assert any(len({step.procs for step in one.utilization}) > 3 for one in found)
    assert any(one.sweeps.reclaimed_bytes for one in found)
    states = {(key.before, key.state) for one in found for key in one.states}
    assert states >= {
        ("NotExist", "Runnable"),
        ("NotExist", "Waiting"),
        ("Undetermined", "Syscall"),
        ("Undetermined", "Waiting"),
        ("Syscall", "Runnable"),
    }
