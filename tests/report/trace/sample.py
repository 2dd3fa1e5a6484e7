"""A trace's analysis as a busy service gives it, with every odd value a renderer has to bear.

Built by plain arithmetic, so it is the same on every run: all kinds of spike, long and hostile
names, hundreds of pauses, what was not measured.
"""

from __future__ import annotations

from growwork.analysis.trace.comparison_types import Quantity, Side, TraceComparison, Verdict
from growwork.analysis.trace.ranking import (
    RankBy,
    RankedTrace,
    TraceRanking,
    UnreadTrace,
    rank_traces,
)
from growwork.analysis.trace.scores import TraceScores
from growwork.analysis.trace.types import (
    AllocationDuringMark,
    CpuMapShare,
    CpuSite,
    GcWork,
    Latency,
    LatencySite,
    MmuPoint,
    PauseKind,
    Quantiles,
    Spike,
    SpikeCause,
    TraceAnalysis,
    TraceCycle,
    TracePause,
    TraceWindow,
)
from growwork.analysis.types import (
    AssistSite,
    AssistSummary,
    StackFrame,
    TraceInfo,
)

MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MIB = 1 << 20

HOSTILE = "evil\x1b[31m\x07\u202e<script>alert(1)</script>\n" + "x" * 3000


def frames(*lines: tuple[str, str, int]) -> tuple[StackFrame, ...]:
    return tuple(StackFrame(function, file, line) for function, file, line in lines)


GROW_STACK = frames(
    ("runtime.mallocgc", "/usr/local/go/src/runtime/malloc.go", 1055),
    ("internal/runtime/maps.(*table).grow", "/usr/local/go/src/internal/runtime/maps/table.go", 96),
    ("runtime.mapassign_faststr", "/usr/local/go/src/internal/runtime/maps/faststr.go", 263),
    ("example.com/shop/internal/catalog.(*Index).Add", "/src/shop/internal/catalog/index.go", 91),
    ("example.com/shop/internal/catalog.Load", "/src/shop/internal/catalog/load.go", 40),
    ("main.main", "/src/shop/main.go", 33),
)
SPIN_STACK = frames(
    ("example.com/shop/internal/pricing.(*Table).scan", "/src/shop/internal/pricing/scan.go", 18),
    ("main.main.func2", "/src/shop/main.go", 51),
)
READ_STACK = frames(
    ("runtime.stopTheWorldGC", "/usr/local/go/src/runtime/proc.go", 1490),
    ("runtime.ReadMemStats", "/usr/local/go/src/runtime/mstats.go", 352),
    ("example.com/shop/internal/metrics.Collect", "/src/shop/internal/metrics/collect.go", 12),
)
HANDLER_STACK = frames(
    ("net/http.(*conn).serve", "/usr/local/go/src/net/http/server.go", 2050),
    ("net/http.(*Server).Serve.gowrap3", "/usr/local/go/src/net/http/server.go", 3493),
)
HOSTILE_STACK = frames((f"{HOSTILE}.F", f"/tmp/{HOSTILE}.go", 7))


def full_analysis(pauses: int = 300) -> TraceAnalysis:
    """A trace of 12 seconds of a service, cut at its end."""
    return TraceAnalysis(
        name="traces/shop-17.trace",
        info=TraceInfo("go 1.26 trace", 12 * SECOND + 345 * MILLISECOND, 12_345_678, 13, False),
        go_version="Go 1.26 or 1.27",
        window=TraceWindow(),
        pauses=tuple(_pause(number) for number in range(pauses)),
        pause_kinds=(
            PauseKind("GC mark termination", 41, 61 * MILLISECOND, 52 * MILLISECOND,
                      53 * MILLISECOND, 51 * MILLISECOND),
            PauseKind("GC sweep termination", 41, 4_123_000, 310_000, 1_700_000, 120_000),
            PauseKind("read mem stats", 12, 480_000, 77_000, 91_000, 12_300),
            PauseKind(HOSTILE, 1, 900, 900, 100, 100),
        ),
        gc_cycles=tuple(_cycle(number) for number in range(41)),
        gc_work=GcWork(
            procs_ns=98_760 * MILLISECOND, cycle_ns=4_200 * MILLISECOND,
            dedicated_ns=7_100 * MILLISECOND, fractional_ns=12 * MILLISECOND,
            idle_ns=2_900 * MILLISECOND, assist_ns=1_130 * MILLISECOND,
            sweep_ns=240 * MILLISECOND, stw_ns=66 * MILLISECOND,
            swept_bytes=1_900 * MIB, reclaimed_bytes=740 * MIB, worker_preemptions=17,
        ),
        assists=AssistSummary(
            9_412, 1_301 * MILLISECOND, 17_250_000, 412 * MILLISECOND, 88 * MILLISECOND,
            by_site=_assist_sites(),
        ),
        assist_quantiles=Quantiles(21_000, 190_000, 1_900_000, 9_100_000, 17_250_000),
        latencies=_latencies(),
        mmu=tuple(
            MmuPoint(10**power, share)
            for power, share in zip(range(4, 10), (0.0, 0.0, 0.12, 0.551, 0.8, 0.914), strict=True)
        ),
        cpu=CpuMapShare(
            samples=11_873, map_samples=1_602, growth_samples=377, assist_in_map_samples=121,
            marking_samples=2_344,
            by_site=(
                CpuSite("example.com/shop/internal/catalog.(*Index).Add",
                        "/src/shop/internal/catalog/index.go", 91, "growth", 377),
                CpuSite("example.com/shop/internal/catalog.(*Index).Find",
                        "/src/shop/internal/catalog/index.go", 120, "access", 301),
                CpuSite(f"{HOSTILE}.F", f"/tmp/{HOSTILE}.go", 7, "iterate", 3),
            ),
        ),
        allocation=AllocationDuringMark(9_123 * MIB, 3_890 * MIB, 0.34),
        spikes=_spikes(),
        limits=(
            "The stack of a mark assist names who paid it, not who ran up the debt.",
            "The stack at the start of a GC cycle names whose allocation crossed the trigger.",
            "Background marking has no map identity: no trace says which map is being marked.",
        ),
        warnings=(
            "traces/shop-17.trace: generation 13 is cut: 1,204 of its bytes were not read",
        ),
    )  # fmt: skip


def bare_analysis() -> TraceAnalysis:
    """A trace in which nothing happened, of a window."""
    return TraceAnalysis(
        name="quiet.trace",
        info=TraceInfo("go 1.22 trace", 5 * MILLISECOND, 12, 1, True),
        go_version="Go 1.22",
        window=TraceWindow(1_500 * MICROSECOND, None, 7, "checkout"),
        pauses=(),
        pause_kinds=(),
        gc_cycles=(),
        gc_work=GcWork(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        assists=AssistSummary(0, 0, 0, 0, 0, ()),
        assist_quantiles=Quantiles(0, 0, 0, 0, 0),
        latencies=(),
        mmu=(),
        cpu=None,
        allocation=AllocationDuringMark(0, 0, 0.0),
        spikes=(),
        limits=(),
        warnings=(),
    )


def full_comparison() -> TraceComparison:
    """A change that shortened assists and left the rest alone."""
    tested = Side(412, 34.3, 21_000, 190_000, 1_900_000, 17_250_000)
    return TraceComparison(
        before=("old/shop-1.trace", "old/shop-2.trace"),
        after=("new/shop-1.trace",),
        window=TraceWindow(),
        alpha=0.1,
        interval=0.9,
        negligible=(0.44, 0.56),
        unit_of_chance="stretches of time",
        quantities=(
            Quantity("pause: GC mark termination", "ns", tested,
                     Side(380, 31.6, 20_000, 185_000, 2_100_000, 9_000_000),
                     0.487, 0.452, 0.522, -800, 0.51, 0.51, Verdict.NOT_MOVED, ""),
            Quantity("time to stop the world", "ns", Side(9, 0.7, 1_100, 2_000, 2_100, 2_100),
                     Side(7, 0.6, 3_100, 9_000, 12_000, 12_000),
                     0.95, 0.83, 1.0, 2_000, 0.003, 0.006, Verdict.UP, ""),
            Quantity("mark assist", "ns", tested,
                     Side(120, 10.0, 4_000, 9_000, 41_000, 90_000),
                     0.081, 0.052, 0.11, -17_000, 1e-19, 3e-19, Verdict.DOWN, ""),
            Quantity("mark assist per second", "ns",
                     Side(13, None, 9_300_000, 11e6, 12e6, 12e6),
                     Side(12, None, 300_000, 400_000, 500_000, 500_000),
                     0.0, 0.0, 0.02, -9_000_000, 1e-6, 2e-6, Verdict.DOWN, ""),
            Quantity("mark assist in map growth", "ns", tested,
                     Side(0, None, None, None, None, None),
                     None, None, None, None, None, None, Verdict.NOT_TESTED, "none after"),
            Quantity(f"latency: {HOSTILE}", "ns", tested, tested,
                     0.5, 0.49, 0.51, 0, 1.0, 1.0, Verdict.NOT_MOVED, ""),
        ),
        warnings=(
            "2 against 1 traces: how much one run differs from the next is not in the intervals",
        ),
    )  # fmt: skip


def full_ranking(by: RankBy = RankBy.PAUSE, count: int = 12) -> TraceRanking:
    """Traces of a fleet, one with a hostile name, and two files that are none."""
    read = [
        RankedTrace(f"fleet/eu-west-1/shop-{number:02}.trace", _scores(number), ())
        for number in range(count)
    ]
    read.append(RankedTrace(f"fleet/{HOSTILE}", _scores(3), (f"fleet/{HOSTILE}: cut",)))
    unread = [
        UnreadTrace("fleet/README.md", "fleet/README.md, offset 0: not a Go execution trace"),
        UnreadTrace("fleet/old.trace", "fleet/old.trace: format go 1.19 is too old"),
    ]
    return rank_traces(by, TraceWindow(to_ns=2 * SECOND), read, unread)


def _scores(number: int) -> TraceScores:
    if number == 7:
        return TraceScores(0, 0, "", 0, 0, "", 0, 0, 0, "", SECOND, 900)
    return TraceScores(
        pause_max_ns=20_000 + number * 7_919_000 % 60_000_000,
        pause_total_ns=3_000_000 + number * 900_000,
        pause_kind=("GC mark termination", "GC sweep termination")[number % 2],
        assist_max_ns=number * 3_571_000 % 19_000_000,
        assist_total_ns=number * 12_000_000,
        assist_site="example.com/shop/internal/catalog.(*Index).Add catalog/index.go:91",
        assist_growth_ns=number * 4_000_000,
        latency_max_ns=2_000_000 + number * 1_113_000 % 40_000_000,
        latency_p99_ns=90_000 + number * 1_000,
        latency_site="net/http.(*conn).serve http/server.go:2050",
        duration_ns=5 * SECOND,
        events=400_000 + number,
    )


def _pause(number: int) -> TracePause:
    kinds = ("GC sweep termination", "GC mark termination", "read mem stats")
    kind = kinds[number % 3]
    duration = 20 * MICROSECOND + number * 7_919 % 90_000
    if number == 100:
        duration = 52 * MILLISECOND
    return TracePause(
        kind=kind,
        start_ns=number * 41 * MILLISECOND,
        stopping_ns=None if number % 7 == 6 else duration // 3,
        duration_ns=duration,
        goroutine=number % 5 - 1,
        frames=READ_STACK if number % 3 == 2 else GROW_STACK,
        stopped_last=33 if number == 100 else -1,
        stopped_last_frames=SPIN_STACK if number == 100 else (),
    )


def _cycle(number: int) -> TraceCycle:
    start = number * 300 * MILLISECOND
    return TraceCycle(
        number=number + 1,
        start_ns=start,
        mark_end_ns=start + (60 + number % 9 * 9) * MILLISECOND,
        heap_start_bytes=(70 + number) * MIB,
        heap_goal_bytes=(90 + number) * MIB,
        heap_live_bytes=None if number == 40 else (44 + number // 2) * MIB,
        assist_ns=number * 3 * MILLISECOND,
        assist_cpu_ns=None,
        background_cpu_ns=None,
        idle_cpu_ns=None,
        forced=number == 20,
        triggered_by=READ_STACK if number == 20 else GROW_STACK,
        sweep_termination_ns=(90 + number) * MICROSECOND,
        mark_ns=(59 + number % 9 * 9) * MILLISECOND,
        mark_termination_ns=0 if number == 40 else (120 + number) * MICROSECOND,
        procs_ns=8 * (60 + number % 9 * 9) * MILLISECOND,
        dedicated_ns=2 * (59 + number % 9 * 9) * MILLISECOND,
        fractional_ns=number * MILLISECOND,
        idle_ns=(30 + number) * MILLISECOND,
        assist_running_ns=number * 2 * MILLISECOND,
        allocated_bytes=number * MIB,
    )


def _assist_sites() -> tuple[AssistSite, ...]:
    catalog = "/src/shop/internal/catalog"
    first = (
        AssistSite("example.com/shop/internal/catalog.(*Index).Add", f"{catalog}/index.go", 91,
                   "map-growth", 310, 399 * MILLISECOND, 17_250_000),
        AssistSite("encoding/json.(*decodeState).literalStore",
                   "/usr/local/go/src/encoding/json/decode.go", 980, "other", 4_402,
                   320 * MILLISECOND, 2_100_000),
        AssistSite(f"{HOSTILE}.F", f"/tmp/{HOSTILE}.go", 7, "map-other", 3, 88 * MILLISECOND,
                   40 * MILLISECOND),
    )  # fmt: skip
    return first + tuple(
        AssistSite(f"example.com/shop.f{number}", "/src/shop/f.go", number, "other",
                   10 - number // 2, (20 - number) * MILLISECOND, MILLISECOND)
        for number in range(1, 16)
    )  # fmt: skip


def _latencies() -> tuple[Latency, ...]:
    site = LatencySite(20_000, 9 * SECOND, 48 * MILLISECOND, HANDLER_STACK)
    odd = LatencySite(3, 40 * MILLISECOND, 30_000_000, HOSTILE_STACK)
    return (
        Latency("runnable", 812_345, 14 * SECOND, Quantiles(900, 8_100, 2_100_000, 18 * MILLISECOND,
                50 * MILLISECOND), (site, odd)),
        Latency("network", 99_000, 300 * SECOND, Quantiles(2_000_000, 9_000_000, 90_000_000,
                190_000_000, SECOND), (site,)),
        Latency("assist wait", 77, 61 * MILLISECOND, Quantiles(400_000, 2_000_000, 8_000_000,
                8_000_000, 8_388_608), (LatencySite(77, 61_000_000, 8_388_608, GROW_STACK),)),
        Latency("lock", 3, 900, Quantiles(300, 300, 300, 300, 300), ()),
    )  # fmt: skip


def _spikes() -> tuple[Spike, ...]:
    return (
        Spike("stw", 4_100 * MILLISECOND, 52 * MILLISECOND, -1, 8, (
            SpikeCause("stw", "GC mark termination stopped the world for 52.0 ms, asked for by "
                       "goroutine 18 at index.go:91 (catalog.(*Index).Add)", 52 * MILLISECOND, 18,
                       GROW_STACK),
            SpikeCause("stopping", "goroutine 33 took 51.0 ms to stop at scan.go:18 "
                       "(pricing.(*Table).scan)", 51 * MILLISECOND, 33, SPIN_STACK),
            SpikeCause("forced gc", "the stop belongs to a GC cycle that runtime.GC forced",
                       52 * MILLISECOND, 9, READ_STACK),
            SpikeCause("runnable", "4 goroutines were runnable meanwhile", 4_000_000, 77, ()),
        ), GROW_STACK, occurrences=41),
        Spike("runnable", 7_900 * MILLISECOND, 48 * MILLISECOND, 2_104, 12, (
            SpikeCause("runnable", "goroutine 2104 was runnable for 48.0 ms before it ran",
                       48 * MILLISECOND, 2_104, HANDLER_STACK),
            SpikeCause("long run", "goroutine 33 ran for 47.9 ms on P 2 without giving it up",
                       47_900_000, 33, SPIN_STACK),
            SpikeCause("worker preempted", "mark workers had 3 of 8 Ps", 12 * MILLISECOND, -1,
                       frames(("", "", 0))),  # as a stack that is lost

        ), HANDLER_STACK),
        Spike("assist", 9_000 * MILLISECOND, 17_250_000, 18, 1, (
            SpikeCause("growth", "a map grew on this goroutine, and its array was the allocation",
                       17_250_000, 18, GROW_STACK),
            SpikeCause("assist", "another assist of the same line", 1_000_000, 18, GROW_STACK),
        ), GROW_STACK),
        Spike("gc wait", 9_100 * MILLISECOND, 8_388_608, 18, 3, (), GROW_STACK),
        Spike("long run", 9_300 * MILLISECOND, 6_000_000, 33, 1, (), SPIN_STACK),
        Spike("forced gc", 9_400 * MILLISECOND, 5_000_000, 9, 0, (
            SpikeCause("stw", HOSTILE, 5_000, 9, HOSTILE_STACK),
        ), HOSTILE_STACK),
    )  # fmt: skip
