"""Why mutator utilisation is compared with our own analysis on Go's reader, and not with Go's.

`MutatorUtilizationV2` of internal/trace, which `go tool trace` draws its MMU from, remembers every
goroutine that was ever labelled a mark worker. It counts the P of such a goroutine as busy when the
goroutine starts, again at the label that every run begins with, and as free once, when it stops.
So a P on which a worker runs for the second time is busy for ever.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from growwork.formats.gotrace import EventType, TraceEvent
from tests.formats.gotrace_events import WAITING, at, running, trace
from tests.oracle.findings import Step, differences
from tests.oracle.go_findings import GoMinimum, go_findings
from tests.oracle.native_findings import native_findings
from tests.oracle.oracle import go_reader

pytestmark = pytest.mark.needs_go

E = EventType
GOROUTINE, WORKER = 1, 2
BEGIN_NS, END_NS = 20, 10_000


@pytest.fixture(autouse=True)
def _oracle() -> None:
    if go_reader() is None:
        pytest.skip("no toolchain of Go 1.26 or newer to build the reference reader with")


def worker_run(start: int, end: int, number: int) -> list[TraceEvent]:
    """A dedicated worker takes the only P from the goroutine, for the `number`th time."""
    return [
        at(start - 3, E.GO_UNBLOCK, WORKER, 2 * number - 1),
        at(start - 2, E.GO_STOP, text="preempted"),
        at(start - 1, E.GO_START, WORKER, 2 * number),
        at(start, E.GO_LABEL, text="GC (dedicated)"),
        at(end, E.GO_BLOCK, text="system goroutine wait"),
        at(end + 1, E.GO_START, GOROUTINE, number),
    ]


def two_worker_runs(folder: Path) -> Path:
    """One P, that works for the GC from 1000 to 2000 and from 3000 to 4000 ns of 10 µs."""
    path = folder / "trace"
    path.write_bytes(
        trace(
            running(10, g=GOROUTINE),
            at(12, E.GO_STATUS, WORKER, -1, WAITING),
            at(BEGIN_NS, E.PROCS_CHANGE, 1),
            worker_run(1000, 2000, 1),
            worker_run(3000, 4000, 2),
            at(END_NS, E.HEAP_ALLOC, 1 << 20),
        )
    )
    return path


def minimum(found: tuple[GoMinimum, ...], window_ns: int) -> GoMinimum:
    return next(one for one in found if one.window_ns == window_ns)


def test_two_runs_of_a_worker_are_two_runs(tmp_path: Path) -> None:
    path = two_worker_runs(tmp_path)
    go = go_findings(path)
    assert differences(native_findings(path), go.findings) == []
    assert go.findings.utilization == (
        Step(BEGIN_NS, 0, 1),
        Step(1000, 1, 1),
        Step(2000, 0, 1),
        Step(3000, 1, 1),
        Step(4000, 0, 1),
    )
    five = minimum(go.minimums, 5_000)
    assert five.fixed == pytest.approx(1 - 2_000 / 5_000, rel=1e-12)
    assert five.curve == pytest.approx(five.fixed, rel=1e-12)


def test_go_leaves_the_p_of_a_second_run_busy_for_ever(tmp_path: Path) -> None:
    """When this fails, Go has mended it: then compare with Go's own MMU as well."""
    go = go_findings(two_worker_runs(tmp_path))
    assert (go.curve.labels, go.curve.repeats) == (2, 1)
    # Utilisation stays at 0 from the second start on, and the 0 that should mark the end of the
    # trace is no change: the curve ends there, 7 µs early, and longer windows are cut to it.
    assert go.curve.end_ns == 2999
    five = minimum(go.minimums, 5_000)
    assert five.go == pytest.approx(1 - 1_000 / (2999 - BEGIN_NS), rel=1e-12)


def test_a_label_of_an_ordinary_goroutine_ends_with_its_run(tmp_path: Path) -> None:
    """From Go 1.26 on, whatever a P starts first after it was assigned a worker gets its label.

    Such a goroutine may lose its P in a system call, which no worker makes, and Go's own function
    then looks for the P that the end of the call does not have.
    """
    path = tmp_path / "trace"
    path.write_bytes(
        trace(
            running(10, g=GOROUTINE),
            at(BEGIN_NS, E.PROCS_CHANGE, 1),
            at(98, E.GO_STOP, text="preempted"),
            at(99, E.GO_START, GOROUTINE, 1),
            at(100, E.GO_LABEL, text="GC (fractional)"),
            at(200, E.GO_SYSCALL_BEGIN, 1),
            at(300, E.PROC_STEAL, 0, 2, 1, m=2),
            at(400, E.GO_SYSCALL_END_BLOCKED),
            at(500, E.PROC_START, 0, 3, m=2),
            at(501, E.GO_START, GOROUTINE, 2, m=2),
            at(END_NS, E.HEAP_ALLOC, 1 << 20, m=2),
        )
    )
    go = go_findings(path)
    assert go.findings.utilization == (
        Step(BEGIN_NS, 0, 1),
        Step(100, 1, 1),
        Step(200, 0, 1),
    )
    assert "index out of range [-1]" in go.curve.error
    assert differences(native_findings(path), go.findings) == []


def test_an_assist_of_a_labelled_goroutine_counts_once(tmp_path: Path) -> None:
    """Mislabelled, a goroutine may assist in the same run: one P works for the GC, not two."""
    path = tmp_path / "trace"
    path.write_bytes(
        trace(
            running(10, g=GOROUTINE),
            at(BEGIN_NS, E.PROCS_CHANGE, 1),
            at(98, E.GO_STOP, text="preempted"),
            at(99, E.GO_START, GOROUTINE, 1),
            at(100, E.GO_LABEL, text="GC (fractional)"),
            at(150, E.GC_MARK_ASSIST_BEGIN),
            at(200, E.GO_BLOCK, text="sync"),
            at(300, E.GO_UNBLOCK, GOROUTINE, 2),
            at(301, E.GO_START, GOROUTINE, 3),
            at(400, E.GC_MARK_ASSIST_END),
            at(END_NS, E.HEAP_ALLOC, 1 << 20),
        )
    )
    go = go_findings(path)
    assert go.findings.utilization == (
        Step(BEGIN_NS, 0, 1),
        Step(100, 1, 1),
        Step(200, 0, 1),
        Step(301, 1, 1),
        Step(400, 0, 1),
    )
    assert differences(native_findings(path), go.findings) == []
