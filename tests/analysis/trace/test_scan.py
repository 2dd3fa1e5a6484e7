"""A whole trace, from the tables of a scan to what is said about it."""

from __future__ import annotations

import pytest

from growwork.analysis.trace.limits import TRACE_LIMITS
from growwork.analysis.trace.scan import ScanEnd, TraceScan
from growwork.analysis.trace.types import TraceAnalysis, TraceWindow
from growwork.formats.gotrace import EventType as E
from tests.analysis.trace.scan_tables import BEGAN_BEFORE, NOT_ENDED, RUNNABLE, End, Frames, Tables

MS = 1_000_000
SWEEP, MARK = "GC sweep termination", "GC mark termination"
STACKS: dict[int, Frames] = {
    1: [("runtime.hashGrow", "/go/src/runtime/map.go", 1149), ("main.fill", "/src/main.go", 9)],
    2: [("runtime.growslice", "/go/src/runtime/slice.go", 290), ("main.render", "/src/r.go", 88)],
    3: [("main.feed", "/src/feed.go", 10)],
}


def generations(end: End, cycles: int = 4) -> list[Tables]:
    """A generation per cycle, 100 ms each, on four Ps."""
    found = []
    for number in range(cycles):
        at = (100 + number * 100) * MS
        found.append(
            Tables(end.texts)
            .gc_procs(at, 0)
            .heap_goal(at, 4096)
            .heap_alloc(at, 1000)
            .pause(at + 10 * MS, at + 11 * MS, SWEEP, arg0=MS // 2)
            .gc_procs(at + 10 * MS, 4)
            .gc_procs(at + 11 * MS, 1)
            .heap_alloc(at + 15 * MS, 1500)
            .assist(at + 12 * MS, at + (14 + number) * MS, g=7, off=MS, stack_id=1)
            .assist(at + 13 * MS, at + 14 * MS, g=8, stack_id=2)
            .worker(at + 11 * MS, at + 30 * MS, "dedicated")
            .pause(at + 30 * MS, at + 32 * MS, MARK)
            .gc_procs(at + 30 * MS, 4)
            .gc_procs(at + 32 * MS, 0)
            .cycle(at + 10 * MS, at + 31 * MS, stack_id=2)
            .sweep(at + 40 * MS, at + 41 * MS, arg0=8192)
            .heap_alloc(at + 50 * MS, 2000)
            .sample(at + 20 * MS, g=7, stack_id=1)
        )
    return found


def finish(cycles: int = 4) -> tuple[TraceScan, ScanEnd]:
    end = End(first_ns=100 * MS, last_ns=(100 + cycles * 100) * MS, stacks=STACKS)
    scan = TraceScan()
    for number, generation in enumerate(generations(end, cycles), start=1):
        scan.add(generation.scanned(number))
    end.total(RUNNABLE, E.GO_UNBLOCK, stack_id=3, count=10, total_ns=100, max_ns=70)
    end.bucket(RUNNABLE, E.GO_UNBLOCK, "", low_ns=8, high_ns=9, count=9)
    end.bucket(RUNNABLE, E.GO_UNBLOCK, "", low_ns=64, high_ns=72, count=1)
    end.span(RUNNABLE, 200 * MS, 200 * MS + 70, g=7, stack_id=3)
    return scan, end.scan_end(cycles)


def analyse(cycles: int = 4, window: TraceWindow | None = None) -> TraceAnalysis:
    scan, end = finish(cycles)
    return scan.analyse("some.trace", window or TraceWindow(), end)


def test_an_analysis_has_every_part() -> None:
    found = analyse()
    assert (found.name, found.go_version) == ("some.trace", "go1.26 or go1.27")
    assert (found.info.duration_ns, found.info.generations) == (400 * MS, 4)
    assert found.info.complete
    assert [(one.kind, one.count, one.total_ns) for one in found.pause_kinds] == [
        (MARK, 4, 8 * MS),
        (SWEEP, 4, 4 * MS),
    ]
    assert len(found.pauses) == 8
    assert [(one.number, one.mark_ns, one.dedicated_ns) for one in found.gc_cycles] == [
        (number, 19 * MS, 19 * MS) for number in range(1, 5)
    ]
    assert found.gc_work.procs_ns == 4 * 400 * MS
    assert (found.assists.count, found.assists.map_growth_ns) == (8, (2 + 3 + 4 + 5) * MS)
    assert (found.assist_quantiles.p50_ns, found.assist_quantiles.max_ns) == (MS, 5 * MS)
    assert [one.kind for one in found.latencies] == ["sweep", "runnable"]
    assert found.cpu is not None
    assert found.cpu.growth_samples == 4
    assert found.allocation.allocated_bytes == 4 * 1000
    assert found.allocation.during_mark_bytes == 4 * 500
    assert found.spikes[0].causes[0].kind == "growth"
    assert found.limits == TRACE_LIMITS


def test_utilisation_is_least_in_windows_around_the_pauses() -> None:
    least = {one.window_ns: one.utilization for one in analyse().mmu}
    assert least[2 * MS] == 0.0
    # Marking before the pause of 2 ms takes one of four Ps.
    assert least[5 * MS] == pytest.approx(3 * 0.75 / 5)
    assert max(least) == 200 * MS


def test_it_does_not_matter_where_generations_end() -> None:
    scan, done = finish(4)
    end = End()
    whole = Tables(end.texts)
    for part in generations(end):
        for name in ("ranges", "utilization", "heap", "samples"):
            getattr(whole, name).extend(getattr(part, name))
    at_once = TraceScan()
    at_once.add(whole.scanned())
    window = TraceWindow()
    assert at_once.analyse("x", window, done) == scan.analyse("x", window, done)
    assert at_once.results(done) == scan.results(done)


def test_a_window_bounds_what_shares_are_taken_of() -> None:
    window = TraceWindow(from_ns=100 * MS, to_ns=200 * MS)
    found = analyse(4, window)
    assert found.window == window
    assert found.gc_work.procs_ns == 4 * 100 * MS
    assert found.info.duration_ns == 400 * MS


def test_a_cycle_cut_by_the_end_of_the_window_is_shown() -> None:
    end = End()
    scan = TraceScan()
    scan.add(Tables(end.texts).cycle(10 * MS, 50 * MS, cut=NOT_ENDED).scanned())
    whole, part = TraceWindow(), TraceWindow(to_ns=50 * MS)
    assert len(scan.analyse("x", part, end.scan_end()).gc_cycles) == 1
    end.last_ns = 50 * MS
    assert scan.analyse("x", whole, end.scan_end()).gc_cycles == ()


def test_warnings_say_what_is_weak() -> None:
    assert analyse(4).warnings == ("only 4 CPU samples: shares of CPU time are rough",)
    assert analyse(2).warnings[0] == (
        "only two GC cycles ended in the trace: too few to tell what is usual"
    )
    narrow = analyse(4, TraceWindow(from_ns=0, goroutine=7, region="parse")).warnings
    assert [warning[:12] for warning in narrow[:3]] == [
        "only a windo",
        "assists and ",
        "assists and ",
    ]
    assert "goroutine 7 alone" in narrow[1]
    assert "'parse' alone" in narrow[2]


def test_assists_without_a_stack_are_a_warning() -> None:
    end = End()
    scan = TraceScan()
    tables = Tables(end.texts).assist(0, 2 * MS, cut=BEGAN_BEFORE).assist(0, MS, cut=BEGAN_BEFORE)
    scan.add(tables.scanned())
    warnings = scan.analyse("x", TraceWindow(), end.scan_end()).warnings
    assert warnings == (
        "2 mark assists were running when the trace began: 3.00 ms without a stack",
        "no GC cycle ended in the trace: too few to tell what is usual",
        (
            "no CPU samples in the trace, so CPU time in maps is not known; a CPU profile taken "
            "at the same time puts them there"
        ),
    )


def test_what_the_scanner_lost_comes_first() -> None:
    end = End(warnings=("some.trace: 1 batch lost",), complete=False)
    found = TraceScan().analyse("x", TraceWindow(), end.scan_end(0))
    assert found.warnings[0] == "some.trace: 1 batch lost"
    assert not found.info.complete
    assert (found.pauses, found.spikes, found.mmu, found.cpu) == ((), (), (), None)


def test_a_ranking_takes_the_worst_of_each() -> None:
    scan, end = finish()
    scores = scan.scores(end)
    assert (scores.pause_max_ns, scores.pause_total_ns, scores.pause_kind) == (
        2 * MS,
        12 * MS,
        MARK,
    )
    assert (scores.assist_max_ns, scores.assist_total_ns) == (5 * MS, 18 * MS)
    assert (scores.assist_site, scores.assist_growth_ns) == ("main.fill /src/main.go:9", 14 * MS)
    assert (scores.latency_max_ns, scores.latency_p99_ns) == (70, 70)
    assert scores.latency_site == "main.feed /src/feed.go:10"
    assert (scores.duration_ns, scores.events) == (400 * MS, 1000)


def test_a_ranking_of_nothing_is_all_zero() -> None:
    scores = TraceScan().scores(End().scan_end(0))
    assert (scores.pause_max_ns, scores.pause_kind) == (0, "")
    assert (scores.assist_max_ns, scores.assist_site) == (0, "")
    assert (scores.latency_max_ns, scores.latency_p99_ns, scores.latency_site) == (0, 0, "")


def test_a_comparison_gets_the_durations_in_order_of_time() -> None:
    scan, end = finish()
    samples = scan.samples(end)
    assert {kind: column.tolist() for kind, column in samples.pauses_by_kind.items()} == {
        MARK: [2 * MS] * 4,
        SWEEP: [MS] * 4,
    }
    assert samples.stopping.tolist() == [MS // 2, 0] * 4
    assert samples.assists.tolist() == [one * MS for one in (2, 1, 3, 1, 4, 1, 5, 1)]
    assert samples.assist_growth.tolist() == [one * MS for one in (2, 3, 4, 5)]
    assert samples.cycles.tolist() == [21 * MS] * 4
    # The first three generations are seen to end with their last event, at 50 ms of 100.
    rates = [3 * MS / (50 * MS), 4 * MS / (100 * MS), 5 * MS / (100 * MS), 6 * MS / (150 * MS)]
    assert samples.assist_ns_per_second.tolist() == [round(rate * 1e9) for rate in rates]
    assert {kind: [one.tolist() for one in pair] for kind, pair in samples.histograms.items()} == {
        "runnable": [[9, 72], [9, 1]],
        "sweep": [[1_048_576], [4]],
    }
    assert samples.duration_ns == 400 * MS


def test_a_diagnosis_gets_objects() -> None:
    scan, end = finish()
    results = scan.results(end)
    assert (results.start_ns, results.duration_ns) == (100 * MS, 400 * MS)
    assert len(results.pauses) == 8
    assert [one.in_cycle for one in results.assists] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert results.summary.total_ns == sum(one.duration_ns for one in results.assists)
    assert [one.assist_ns for one in results.cycles] == [one * MS for one in (3, 4, 5, 6)]
    assert results.heap[0].goal_bytes == 4096
    assert len(results.heap) == 12
