from __future__ import annotations

import random
from dataclasses import replace

from growwork.analysis.gc_log_match import match_gc_log
from growwork.analysis.types import GcCycle, StackFrame
from growwork.formats.gctrace import GcTraceCycle

MIB = 1 << 20
BY = (StackFrame("runtime.mallocgc", "malloc.go", 1),)
LINE = GcTraceCycle(
    number=1,
    at_ns=0,
    cpu_percent=3,
    sweep_termination_ns=20_000,
    mark_ns=2_000_000,
    mark_termination_ns=30_000,
    sweep_termination_cpu_ns=40_000,
    assist_cpu_ns=0,
    background_cpu_ns=0,
    idle_cpu_ns=0,
    mark_termination_cpu_ns=60_000,
    heap_start_bytes=0,
    heap_end_bytes=0,
    heap_live_bytes=0,
    goal_bytes=0,
    stacks_bytes=0,
    globals_bytes=0,
    procs=2,
)


def run(count: int, seed: int = 1) -> tuple[list[GcCycle], list[GcTraceCycle]]:
    """A process with `count` cycles: all in the log, and all as a trace would show them."""
    chance = random.Random(seed)
    time_ns, cycles, log = 3_000_000, [], []
    for number in range(1, count + 1):
        time_ns += chance.randrange(20_000_000, 90_000_000)
        heap = chance.randrange(20, 90) * MIB + chance.randrange(MIB)
        cycles.append(
            GcCycle(
                number,
                time_ns,
                time_ns + 2_000_000,
                heap,
                heap,
                None,
                0,
                None,
                None,
                None,
                False,
                BY,
            )
        )
        log.append(
            replace(
                LINE,
                number=number,
                at_ns=time_ns // 1_000_000 * 1_000_000,
                heap_start_bytes=heap // MIB * MIB,
                assist_cpu_ns=number * 1000,
                background_cpu_ns=number * 2000,
                idle_cpu_ns=number * 3000,
                forced=number == count,
            )
        )
    return cycles, log


def traced(cycles: list[GcCycle], first: int, last: int) -> list[GcCycle]:
    """The trace of cycles `first` to `last` alone: numbered from 1, on a clock of its own."""
    part = cycles[first - 1 : last]
    origin = part[0].start_ns - 777_000
    return [
        replace(one, number=i, start_ns=one.start_ns - origin, mark_end_ns=one.mark_end_ns - origin)
        for i, one in enumerate(part, start=1)
    ]


def test_a_trace_from_the_middle_finds_its_lines() -> None:
    cycles, log = run(40)
    matched = match_gc_log(traced(cycles, 12, 30), log)
    assert matched is not None
    assert [one.assist_cpu_ns for one in matched] == [n * 1000 for n in range(12, 31)]
    assert matched[0].background_cpu_ns == 24_000
    assert matched[0].idle_cpu_ns == 36_000


def test_a_log_that_was_cut_leaves_the_last_cycles_without_cpu_times() -> None:
    cycles, log = run(20)
    matched = match_gc_log(traced(cycles, 1, 20), log[:15])
    assert matched is not None
    assert [one.assist_cpu_ns for one in matched[14:]] == [15_000, *[None] * 5]


def test_the_log_knows_which_cycles_were_forced() -> None:
    cycles, log = run(10)
    matched = match_gc_log(traced(cycles, 1, 10), log)
    assert matched is not None
    assert [one.number for one in matched if one.forced] == [10]


def test_a_log_of_another_run_is_not_matched() -> None:
    cycles, _ = run(20, seed=1)
    _, other = run(20, seed=2)
    assert match_gc_log(traced(cycles, 1, 20), other) is None


def test_two_cycles_that_fit_anywhere_are_not_matched() -> None:
    cycles, log = run(6)
    regular = [
        replace(one, at_ns=i * 50_000_000, heap_start_bytes=30 * MIB) for i, one in enumerate(log)
    ]
    pair = [
        replace(one, number=i, start_ns=i * 50_000_000, heap_start_bytes=30 * MIB)
        for i, one in enumerate(cycles[:2], start=1)
    ]
    assert match_gc_log(pair, regular) is None


def test_nothing_to_match() -> None:
    cycles, log = run(3)
    assert match_gc_log([], log) is None
    assert match_gc_log(cycles, []) is None
