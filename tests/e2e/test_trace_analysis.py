"""The sums that `growwork trace` reports are those of an analysis written in Go on Go's reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from growwork.analysis.trace.types import PauseKind, TraceAnalysis
from growwork.workflow.trace import analyse_trace
from tests.oracle.findings import Findings, Pause
from tests.oracle.go_findings import GoFindings, go_findings
from tests.oracle.oracle import go_reader
from tests.oracle.recorder import SceneSet

pytestmark = pytest.mark.needs_go

NOT_ENDED = 2  # bit of `cut`
SETS = (
    SceneSet("go1.23.9", ("maps", "restarts"), seconds=0.1),
    SceneSet("go1.27.3", ("maps",), seconds=0.1, godebug="traceadvanceperiod=30000000"),
)
SLOW_SETS = (
    SceneSet("go1.24.11", ("maps", "mixed", "procs", "restarts")),
    SceneSet("go1.26.8", ("maps", "mixed", "procs", "restarts", "flight")),
    SceneSet("go1.27.3", ("maps", "mixed", "procs", "restarts", "flight")),
    SceneSet("go1.27.3", ("maps",), seconds=1.2),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One trace: what growwork reports, and what Go's reader says."""

    name: str
    analysis: TraceAnalysis
    go: GoFindings


@pytest.fixture(
    scope="module",
    params=[*SETS, *(pytest.param(one, marks=pytest.mark.slow) for one in SLOW_SETS)],
    ids=lambda scenes: scenes.name,
)
def traces(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[Compared]:
    if go_reader() is None:
        pytest.skip("no toolchain of Go 1.26 or newer to build the reference reader with")
    scenes: SceneSet = request.param
    folder = scenes.record(tmp_path_factory.mktemp("analyses") / "traces")
    paths = [folder / f"{name}.trace" for name in scenes.traces()]
    return [Compared(path.stem, analyse_trace(path), go_findings(path)) for path in paths]


def test_pauses_by_kind(traces: list[Compared]) -> None:
    def totals(kinds: tuple[PauseKind, ...]) -> set[tuple[str, int, int, int]]:
        return {(kind.kind, kind.count, kind.total_ns, kind.max_ns) for kind in kinds}

    for trace in traces:
        ended = [one for one in trace.go.findings.pauses if not one.cut & NOT_ENDED]
        assert totals(trace.analysis.pause_kinds) == expected_pauses(ended), trace.name


def expected_pauses(pauses: list[Pause]) -> set[tuple[str, int, int, int]]:
    durations: dict[str, list[int]] = {}
    for pause in pauses:
        durations.setdefault(pause.kind, []).append(pause.end_ns - pause.begin_ns)
    return {(kind, len(ns), sum(ns), max(ns)) for kind, ns in durations.items()}


def test_cycles(traces: list[Compared]) -> None:
    for trace in traces:
        findings, cycles = trace.go.findings, trace.analysis.gc_cycles
        ended = [cycle for cycle in findings.cycles if not cycle.cut & NOT_ENDED]
        assert [(one.start_ns, one.mark_end_ns) for one in cycles] == [
            (one.begin_ns - findings.first_ns, one.end_ns - findings.first_ns) for one in ended
        ], trace.name
        heaps = [
            (ours.heap_start_bytes, theirs.heap_bytes)
            for ours, theirs in zip(cycles, ended, strict=True)
            if not theirs.cut  # when it began before the trace, nobody knows
        ]
        assert [ours for ours, _ in heaps] == [theirs for _, theirs in heaps], trace.name


def test_assists(traces: list[Compared]) -> None:
    for trace in traces:
        durations = [one.end_ns - one.begin_ns for one in trace.go.findings.assists]
        summary = trace.analysis.assists
        assert (summary.count, summary.total_ns) == (len(durations), sum(durations)), trace.name
        assert summary.max_ns == max(durations, default=0), trace.name


SUMS: dict[str, tuple[Callable[[TraceAnalysis], int], Callable[[Findings], int]]] = {
    "running time of assists": (
        lambda ours: ours.gc_work.assist_ns,
        lambda go: sum(one.end_ns - one.begin_ns - one.off_ns for one in go.assists),
    ),
    "dedicated workers": (
        lambda ours: ours.gc_work.dedicated_ns,
        lambda go: _runs(go, "dedicated"),
    ),
    "fractional workers": (
        lambda ours: ours.gc_work.fractional_ns,
        lambda go: _runs(go, "fractional"),
    ),
    "idle workers": (lambda ours: ours.gc_work.idle_ns, lambda go: _runs(go, "idle")),
    "bytes swept": (lambda ours: ours.gc_work.swept_bytes, lambda go: go.sweeps.swept_bytes),
    "bytes reclaimed": (
        lambda ours: ours.gc_work.reclaimed_bytes,
        lambda go: go.sweeps.reclaimed_bytes,
    ),
    "time runnable": (
        lambda ours: sum(one.total_ns for one in ours.latencies if one.kind == "runnable"),
        lambda go: sum(one.total_ns for key, one in go.states.items() if key.state == "Runnable"),
    ),
    "longest time runnable": (
        lambda ours: max(
            (one.quantiles.max_ns for one in ours.latencies if one.kind == "runnable"), default=0
        ),
        lambda go: max(
            (one.max_ns for key, one in go.states.items() if key.state == "Runnable"), default=0
        ),
    ),
    "time in system calls": (
        lambda ours: sum(one.total_ns for one in ours.latencies if one.kind == "syscall"),
        lambda go: sum(one.total_ns for key, one in go.states.items() if key.state == "Syscall"),
    ),
}


def _runs(go: Findings, kind: str) -> int:
    label = f"GC ({kind})"
    return sum(run.end_ns - run.begin_ns for run in go.workers if run.label == label)


@pytest.mark.parametrize("name", SUMS)
def test_sums(traces: list[Compared], name: str) -> None:
    ours, theirs = SUMS[name]
    for trace in traces:
        assert ours(trace.analysis) == theirs(trace.go.findings), trace.name


def test_minimum_mutator_utilization(traces: list[Compared]) -> None:
    for trace in traces:
        exact = {one.window_ns: one for one in trace.go.minimums}
        assert len(trace.analysis.mmu) > 10
        for point in trace.analysis.mmu:
            expected = exact[point.window_ns]
            assert point.utilization == pytest.approx(expected.fixed, rel=1e-9, abs=1e-12)
            # Go's own curve of the same steps is a check of the exact minimum, not of ours.
            assert expected.fixed == pytest.approx(expected.curve, rel=1e-7, abs=1e-7)
