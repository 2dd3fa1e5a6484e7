"""Traces against a baseline: known changes are found, equal programs differ in nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from growwork.analysis.trace.columns import Column
from growwork.analysis.trace.comparison import (
    NEGLIGIBLE,
    NEGLIGIBLE_OF_SINGLE_RUNS,
    compare_traces,
)
from growwork.analysis.trace.comparison_types import Quantity, TraceComparison, Verdict
from growwork.analysis.trace.quantities import TraceSide
from growwork.analysis.trace.scores import TraceSamples
from growwork.analysis.trace.types import MmuPoint, TraceWindow
from growwork.core.statistics import ALPHA

SECOND = 1_000_000_000
NONE: Column = np.zeros(0, dtype=np.int64)


def _log_normal(random: np.random.Generator, median_ns: float, size: int) -> Column:
    return (median_ns * random.lognormal(0, 0.8, size)).astype(np.int64)


def _histogram(values: Column) -> tuple[Column, Column]:
    """Eight buckets to a doubling, by their upper bounds."""
    bounds = np.round(2 ** (np.ceil(np.log2(values) * 8) / 8)).astype(np.int64)
    upper, counts = np.unique(bounds, return_counts=True)
    return upper, counts.astype(np.int64)


def program(seed: int, *, assist: float = 20_000, run_spread: float = 0.0) -> TraceSamples:
    """What one run leaves; `run_spread` makes whole runs slower or faster than the next."""
    random = np.random.default_rng(seed)
    speed = float(np.exp(random.normal(0, run_spread)))
    assists = _log_normal(random, assist * speed, 800)
    return TraceSamples(
        pauses_by_kind={
            "GC mark termination": _log_normal(random, 30_000 * speed, 60),
            "GC sweep termination": _log_normal(random, 15_000 * speed, 60),
        },
        stopping=_log_normal(random, 4_000 * speed, 120),
        assists=assists,
        assist_growth=assists[::8],
        cycles=_log_normal(random, 3e6 * speed, 60),
        assist_ns_per_second=_log_normal(random, assist * 80 * speed, 12),
        histograms={
            "runnable": _histogram(_log_normal(random, 2_000 * speed, 50_000)),
            "syscall": _histogram(_log_normal(random, 9_000 * speed, 3_000)),
        },
        duration_ns=12 * SECOND,
    )


def side(*samples: TraceSamples) -> TraceSide:
    names = tuple(f"{number}.trace" for number in range(len(samples)))
    mmu = tuple(
        (MmuPoint(10_000_000, 0.4 + len(one.assists[one.assists > 20_000]) / 10_000),)
        for one in samples
    )
    return TraceSide(names, samples, tuple(_generations(one) for one in samples), mmu)


def _generations(samples: TraceSamples) -> tuple[dict[str, tuple[Column, Column]], ...]:
    """The latencies of a trace dealt out to ten generations."""
    result: list[dict[str, tuple[Column, Column]]] = []
    for number in range(10):
        parts = {
            kind: (bounds, counts // 10 + (counts % 10 > number))
            for kind, (bounds, counts) in samples.histograms.items()
        }
        result.append({kind: (b[c > 0], c[c > 0]) for kind, (b, c) in parts.items()})
    return tuple(result)


def compare(before: TraceSide, after: TraceSide) -> TraceComparison:
    return compare_traces(before, after, TraceWindow())


def named(result: TraceComparison) -> dict[str, Quantity]:
    return {one.name: one for one in result.quantities}


MOVES = (Verdict.UP, Verdict.DOWN)


@pytest.mark.parametrize("traces", [1, 4])
def test_two_runs_of_one_program_differ_in_nothing(traces: int) -> None:
    """Over many pairs, a comparison with even one move is rarer than the stated alpha."""
    rounds, false = 40, 0
    for number in range(rounds):
        seeds = range(number * 100, number * 100 + traces)
        before = side(*(program(seed) for seed in seeds))
        after = side(*(program(seed + 50) for seed in seeds))
        false += any(one.verdict in MOVES for one in compare(before, after).quantities)

    assert false / rounds <= ALPHA


def test_runs_that_vary_are_no_change() -> None:
    """Every run has its own speed: with several traces of each side the interval knows it."""
    rounds, false = 40, 0
    for number in range(rounds):
        seeds = range(number * 100, number * 100 + 5)
        before = side(*(program(seed, run_spread=0.4) for seed in seeds))
        after = side(*(program(seed + 50, run_spread=0.4) for seed in seeds))
        false += any(one.verdict in MOVES for one in compare(before, after).quantities)

    assert false / rounds <= ALPHA + 3 * (ALPHA * (1 - ALPHA) / rounds) ** 0.5


@pytest.mark.parametrize("traces", [1, 4])
def test_a_planted_change_is_found_where_it_is(traces: int) -> None:
    before = side(*(program(seed) for seed in range(traces)))
    after = side(*(program(seed + 50, assist=8_000) for seed in range(traces)))

    result = compare(before, after)

    moved = {one.name: one.verdict for one in result.quantities if one.verdict in MOVES}
    assert moved == {
        "mark assist": Verdict.DOWN,
        "mark assist in map growth": Verdict.DOWN,
        "mark assist per second": Verdict.DOWN,
    }  # (four values of utilisation are too few)
    assist = named(result)["mark assist"]
    # Two log-normals with sigma 0.8 whose medians are 2.5 apart: Phi(-ln 2.5 / (0.8 sqrt 2)).
    assert assist.low is not None
    assert assist.high is not None
    assert assist.low <= 0.209 <= assist.high
    assert assist.shift is not None
    assert assist.shift == pytest.approx(-10_820, rel=0.1)  # by simulation of millions
    assert assist.p_adjusted is not None
    assert assist.p_value is not None
    assert assist.p_value < assist.p_adjusted <= ALPHA


def test_a_significant_trifle_has_not_moved() -> None:
    """A million latencies 3 % longer: sure, and of no consequence."""
    random = np.random.default_rng(2)
    values = _log_normal(random, 2_000, 1_000_000)
    before = replace(program(1), histograms={"runnable": _histogram(values)})
    after = replace(program(1), histograms={"runnable": _histogram((values * 1.03).astype(int))})

    runnable = named(compare(side(before), side(after)))["latency: runnable"]

    assert runnable.p_adjusted is not None
    assert runnable.p_adjusted < 0.001
    assert runnable.verdict is Verdict.NOT_MOVED


def test_latencies_of_a_slow_second_are_no_evidence() -> None:
    """A second in which everything waited is one observation, however many goroutines waited."""
    calm = _histogram(_log_normal(np.random.default_rng(3), 2_000, 5_000))
    slow = _histogram(_log_normal(np.random.default_rng(4), 90_000, 50_000))
    both = replace(program(1), histograms={"runnable": slow})
    before = TraceSide(("a",), (both,), (({"runnable": calm},) * 6,), ((),))
    after = TraceSide(("b",), (both,), (({"runnable": calm},) * 5 + ({"runnable": slow},),), ((),))
    known = compare(before, after)
    blind = compare(
        TraceSide(("a",), (replace(both, histograms={"runnable": calm}),), ((),), ((),)),
        TraceSide(("b",), (both,), ((),), ((),)),
    )

    assert named(known)["latency: runnable"].verdict is Verdict.NOT_MOVED
    assert named(blind)["latency: runnable"].verdict is Verdict.UP


def test_chosen_idleness_is_not_compared() -> None:
    one = replace(program(1), histograms={kind: _histogram(program(1).assists) for kind in IDLE})

    assert not [name for name in named(compare(side(one), side(one))) if "latency" in name]


IDLE = ("sleep", "runtime", "forever", "other wait")


def test_what_is_on_one_side_only_is_not_tested() -> None:
    before = replace(program(1), assists=NONE, assist_growth=NONE, stopping=NONE)
    after = replace(program(2), stopping=NONE, assist_growth=program(2).assists[:4])
    both = replace(before, assist_growth=program(1).assists[:40])

    rows = named(compare(side(before), side(after)))
    few = named(compare(side(both), side(after)))

    assert (rows["mark assist"].verdict, rows["mark assist"].note) == (
        Verdict.NOT_TESTED,
        "none before",
    )
    assert rows["time to stop the world"].note == "none"
    assert few["mark assist in map growth"].note == "fewer than 5 values"
    assert rows["mark assist"].p_value is None
    assert rows["mark assist"].before.p50 is None


def test_with_traces_as_units_most_traces_must_have_it() -> None:
    before = side(*(program(seed) for seed in range(3)))
    bare = replace(program(9), cycles=NONE)

    rows = named(compare(before, side(program(8), bare, bare)))

    assert rows["GC cycle"].note == "in fewer than 3 traces"


def test_counts_quantiles_and_rates() -> None:
    one = replace(
        program(1),
        assists=np.arange(1, 101, dtype=np.int64),
        histograms={"lock": (np.asarray([8, 16, 32], np.int64), np.asarray([50, 49, 1], np.int64))},
        duration_ns=4 * SECOND,
    )

    rows = named(compare(side(one), side(program(2))))

    assists, lock = rows["mark assist"].before, rows["latency: lock"].before
    assert (assists.count, assists.per_second) == (100, 25)
    assert (assists.p50, assists.p90, assists.p99, assists.max) == (50, 90, 99, 100)
    assert (lock.count, lock.p50, lock.p90, lock.p99, lock.max) == (100, 8, 16, 16, 32)
    assert rows["mark assist per second"].before.per_second is None


def test_warnings_say_what_the_intervals_do_not_know() -> None:
    single = compare(side(program(1)), side(program(2)))
    several = compare(
        side(*(program(seed) for seed in range(3))), side(*(program(seed) for seed in (4, 5, 6)))
    )

    assert single.unit_of_chance == "stretches of time"
    assert single.negligible == NEGLIGIBLE_OF_SINGLE_RUNS
    assert "how much one run differs from the next" in single.warnings[0]
    assert single.warnings[1].endswith("only a large change can show: mark assist per second")
    assert several.unit_of_chance == "traces"
    assert several.negligible == NEGLIGIBLE
    assert several.warnings == ()


def test_order_is_fixed_and_the_result_the_same_each_time() -> None:
    before, after = side(program(1)), side(program(2))

    result = compare(before, after)

    assert result == compare(before, after)
    assert [one.name for one in result.quantities] == [
        "pause: GC mark termination",
        "pause: GC sweep termination",
        "time to stop the world",
        "GC cycle",
        "mark assist",
        "mark assist in map growth",
        "mark assist per second",
        "latency: runnable",
        "latency: syscall",
        "MMU, 1.00 ms",
        "MMU, 10.0 ms",
        "MMU, 100 ms",
    ]


def test_a_trace_against_itself() -> None:
    one = side(program(1))

    tested = [q for q in compare(one, one).quantities if q.p_value is not None]

    assert len(tested) == 9
    assert all(quantity.superiority == pytest.approx(0.5) for quantity in tested)
    assert all(quantity.verdict is Verdict.NOT_MOVED for quantity in tested)


def test_utilisation_has_one_value_per_trace() -> None:
    few = named(compare(side(program(1)), side(program(2))))["MMU, 10.0 ms"]
    before = side(*(program(seed) for seed in range(8)))
    after = side(*(program(seed + 50, assist=8_000) for seed in range(8)))
    many = named(compare(before, after))["MMU, 10.0 ms"]

    assert (few.verdict, few.note, few.before.count) == (
        Verdict.NOT_TESTED,
        "fewer than 5 values",
        1,
    )
    assert few.before.p50 is not None
    assert 0.4 < few.before.p50 < 0.5
    assert (many.verdict, many.unit, many.before.count) == (Verdict.DOWN, "ratio", 8)
