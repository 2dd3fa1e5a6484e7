"""Profiles of a trace: their sums, their labels, and `go tool pprof` on them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from growwork.formats.gotrace import EventType
from growwork.formats.pprof import Profile, read_profile, write_profile
from growwork.report.trace.pprof import (
    ProfileKind,
    ProfileRow,
    build_profile,
    rows_of_totals,
)
from growwork.report.trace.pprof_ranges import RangeSums
from growwork.store.trace.lookups import TraceLookups
from tests.gotoolchains import require_go
from tests.store.scans import (
    RUNNABLE,
    RUNNING,
    SYSCALL,
    WAITING,
    Scan,
    generation,
    range_of,
    totals,
)

if TYPE_CHECKING:
    from growwork.formats.gotrace import TraceScanner

E = EventType
GROWTH = ("runtime.gcAssistAlloc", "runtime.mallocgc", "runtime.hashGrow", "main.fill")
STACKS = (GROWTH, ("runtime.mallocgc", "main.alloc"))


def sums_of(kind: ProfileKind, scan: Scan) -> list[ProfileRow]:
    sums = RangeSums(kind, TraceLookups(cast("TraceScanner", scan)))
    for one in scan:
        sums.add(one)
    return sums.rows()


def assists() -> Scan:
    return Scan(
        generations=[
            generation(
                range_of(E.GC_MARK_ASSIST_BEGIN, 10, 50, off=15, stack=1),
                range_of(E.GC_MARK_ASSIST_BEGIN, 60, 61, stack=2),
                range_of(E.STW_BEGIN, 60, 99, stack=2, text=1),
            ),
            generation(
                range_of(E.GC_MARK_ASSIST_BEGIN, 80, 90, stack=1),
                range_of(E.GC_MARK_ASSIST_BEGIN, 0, 2, cut=1),
            ),
        ],
        stacks=STACKS,
        words=["x"],
    )


def test_assists_are_summed_by_stack_over_generations() -> None:
    assert sums_of(ProfileKind.ASSIST, assists()) == [
        ProfileRow(1, (("class", "map-growth"),), (2, 50, 35)),
        ProfileRow(2, (("class", "other"),), (1, 1, 1)),
        ProfileRow(0, (("class", "other"),), (1, 2, 2)),
    ]


def test_pauses_are_summed_by_stack_and_kind() -> None:
    scan = Scan(
        generations=[
            generation(
                range_of(E.STW_BEGIN, 10, 40, text=1, arg0=7, stack=1),
                range_of(E.STW_BEGIN, 50, 60, text=2, arg0=3, stack=1),
                range_of(E.STW_BEGIN, 70, 75, text=2, arg0=1, stack=1),
                range_of(E.STW_BEGIN, 0, 5, text=2, arg0=4, cut=1),
            )
        ],
        stacks=STACKS,
        words=["GC mark termination", "GOMAXPROCS"],
    )
    assert sums_of(ProfileKind.STW, scan) == [
        ProfileRow(1, (("kind", "GC mark termination"),), (1, 30, 7)),
        ProfileRow(1, (("kind", "GOMAXPROCS"),), (2, 15, 4)),
        ProfileRow(0, (("kind", "GOMAXPROCS"),), (1, 5, 0)),
    ]


TOTALS = totals(
    {"state": RUNNABLE, "cause": int(E.GO_UNBLOCK), "stack": 1, "count": 2, "total_ns": 30},
    {"state": RUNNABLE, "cause": int(E.GO_CREATE), "stack": 1, "count": 3, "total_ns": 4},
    {"state": RUNNABLE, "cause": int(E.GO_STOP), "reason": 1, "stack": 2, "total_ns": 5},
    {"state": RUNNABLE, "cause": int(E.GO_STATUS), "count": 9, "total_ns": 1000},
    {"state": RUNNING, "cause": int(E.GO_START), "count": 9, "total_ns": 1000},
    {"state": SYSCALL, "cause": int(E.GO_SYSCALL_BEGIN), "stack": 2, "count": 1, "total_ns": 6},
    {"state": WAITING, "cause": int(E.GO_BLOCK), "reason": 2, "stack": 2, "total_ns": 7},
    {"state": WAITING, "cause": int(E.GO_BLOCK), "reason": 3, "stack": 2, "total_ns": 8},
    {"state": WAITING, "cause": int(E.GO_BLOCK), "reason": 4, "stack": 2, "total_ns": 9},
    {"state": WAITING, "cause": int(E.GO_STATUS_STACK), "stack": 2, "total_ns": 1000},
)
WORDS = ["", "preempted", "chan receive", "network", "system goroutine wait"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            ProfileKind.LATENCY,
            [
                (1, (("cause", "GoUnblock"),), (2, 30)),
                (1, (("cause", "GoCreate"),), (3, 4)),
                (2, (("cause", "GoStop"), ("reason", "preempted")), (0, 5)),
            ],
        ),
        (ProfileKind.SYSCALL, [(2, (), (1, 6))]),
        (ProfileKind.BLOCK, [(2, (("reason", "chan receive"),), (0, 7))]),
        (ProfileKind.NETWORK, [(2, (("reason", "network"),), (0, 8))]),
    ],
)
def test_states_are_summed_by_stack_and_reason(
    kind: ProfileKind, expected: list[tuple[int, tuple[tuple[str, str], ...], tuple[int, int]]]
) -> None:
    rows = rows_of_totals(kind, TOTALS, WORDS)
    assert [(row.stack_id, row.labels, row.values) for row in rows] == expected


def profile_of_assists() -> Profile:
    scan = assists()
    rows = sums_of(ProfileKind.ASSIST, scan)
    return build_profile(
        ProfileKind.ASSIST, rows, scan.frames(), time_ns=1_700_000_000_000_000_000, duration_ns=99
    )


def test_a_profile_has_the_most_expensive_stack_first_and_survives_writing() -> None:
    profile = read_profile(write_profile(profile_of_assists()))
    assert [(one.type, one.unit) for one in profile.sample_types] == [
        ("assists", "count"),
        ("assist", "nanoseconds"),
        ("running", "nanoseconds"),
    ]
    assert profile.default_sample_type == "assist"
    assert profile.samples.column("assist").to_pylist() == [50, 2, 1]
    assert profile.labels.column("text").to_pylist() == ["map-growth", "other", "other"]
    first = profile.frames.slice(0, len(GROWTH))
    assert tuple(first.column("function").to_pylist()) == GROWTH
    assert profile.time_ns == 1_700_000_000_000_000_000
    assert profile.duration_ns == 99
    assert "not who caused" in profile.comments[0]


def test_the_same_rows_in_another_order_are_the_same_bytes() -> None:
    scan = assists()
    rows = sums_of(ProfileKind.ASSIST, scan)
    one, other = (
        write_profile(build_profile(ProfileKind.ASSIST, part, scan.frames()))
        for part in (rows, rows[::-1])
    )
    assert one == other


def test_a_profile_of_nothing_can_be_written() -> None:
    for kind in ProfileKind:
        profile = read_profile(write_profile(build_profile(kind, [], Scan().frames())))
        assert len(profile.samples) == 0


@pytest.mark.needs_go
def test_go_tool_pprof_opens_it(tmp_path: Path) -> None:
    env = require_go("go1.26.8")
    path = tmp_path / "assist.pb.gz"
    path.write_bytes(write_profile(profile_of_assists()))

    def pprof(*args: str) -> str:
        command = ["go", "tool", "pprof", *args, str(path)]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout

    top = pprof("-top")
    assert "Type: assist" in top
    assert re.search(r"50ns\s+94.34%.*main.fill", top), top
    assert "main.alloc" in top
    assert "main.alloc" not in pprof("-top", "-tagfocus=class=map-growth")
    tags = pprof("-tags")
    assert "map-growth" in tags
    assert "not who caused" in pprof("-comments")
