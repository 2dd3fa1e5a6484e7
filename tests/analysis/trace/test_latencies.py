from __future__ import annotations

from growwork.analysis.trace.latencies import build_latencies, state_buckets
from growwork.analysis.trace.sweeps import SweepScan
from growwork.analysis.trace.types import Latency
from growwork.formats.gotrace import EventType as E
from tests.analysis.trace.scan_tables import (
    RUNNABLE,
    RUNNING,
    SYSCALL,
    WAITING,
    End,
    Frames,
    Tables,
)

STACKS: dict[int, Frames] = {
    1: [("main.feed", "feed.go", 10)],
    2: [("main.drain", "drain.go", 20)],
}


def build(end: End, sweeps: SweepScan | None = None) -> dict[str, Latency]:
    done = end.scan_end()
    found = build_latencies(
        done.totals, done.histograms, sweeps or SweepScan(), done.stacks, done.texts
    )
    assert [one.total_ns for one in found] == sorted((one.total_ns for one in found), reverse=True)
    return {one.kind: one for one in found}


def test_states_and_reasons_get_the_names_of_a_reader() -> None:
    found = build(
        End()
        .total(RUNNABLE, E.GO_UNBLOCK, "chan receive", total_ns=1)
        .total(RUNNABLE, E.GO_CREATE, total_ns=2)
        .total(RUNNING, E.GO_START, total_ns=500)
        .total(SYSCALL, E.GO_SYSCALL_BEGIN, total_ns=4)
        .total(WAITING, E.GO_BLOCK, "GC mark assist wait for work", total_ns=8)
        .total(WAITING, E.GO_BLOCK, "sync", total_ns=16)
        .total(WAITING, E.GO_BLOCK, "sync.(*Cond).Wait", total_ns=32)
        .total(WAITING, E.GO_BLOCK, "chan send", total_ns=64)
        .total(WAITING, E.GO_BLOCK, "select", total_ns=128)
        .total(WAITING, E.GO_BLOCK, "wait until GC ends", total_ns=256)
        .total(WAITING, E.GO_BLOCK, "a reason of tomorrow", total_ns=512)
        .total(WAITING, E.GO_SWITCH, total_ns=1024)
        .total(WAITING, E.GO_STATUS, total_ns=2048)
    )
    assert {kind: one.total_ns for kind, one in found.items()} == {
        "runnable": 3,
        "syscall": 4,
        "assist wait": 8,
        "lock": 48,
        "channel": 192,
        "gc wait": 256,
        "other wait": 512 + 2048,
        "coroutine": 1024,
    }


def test_a_kind_has_count_maximum_and_its_worst_stacks() -> None:
    one = build(
        End(stacks=STACKS)
        .total(WAITING, E.GO_BLOCK, "chan send", stack_id=1, count=3, total_ns=30, max_ns=20)
        .total(WAITING, E.GO_BLOCK, "chan receive", stack_id=2, count=5, total_ns=50, max_ns=11)
        .total(WAITING, E.GO_BLOCK, "select", stack_id=1, count=1, total_ns=25, max_ns=25)
    )["channel"]
    assert (one.count, one.total_ns, one.quantiles.max_ns) == (9, 105, 25)
    assert [(site.count, site.total_ns, site.max_ns) for site in one.sites] == [
        (4, 55, 25),
        (5, 50, 11),
    ]
    assert one.sites[0].frames[0].function == "main.feed"


def test_only_a_few_stacks_are_shown() -> None:
    end = End()
    for stack in range(20):
        end.total(SYSCALL, E.GO_SYSCALL_BEGIN, stack_id=stack, total_ns=100 + stack)
    sites = build(end)["syscall"].sites
    assert [site.total_ns for site in sites] == [119, 118, 117, 116, 115]


def test_quantiles_come_from_all_histograms_of_a_kind() -> None:
    end = (
        End()
        .total(RUNNABLE, E.GO_UNBLOCK, total_ns=900, max_ns=70)
        .bucket(RUNNABLE, E.GO_UNBLOCK, "", low_ns=8, high_ns=9, count=60)
        .bucket(RUNNABLE, E.GO_CREATE, "", low_ns=8, high_ns=9, count=30)
        .bucket(RUNNABLE, E.GO_CREATE, "", low_ns=64, high_ns=72, count=10)
        .bucket(RUNNING, E.GO_START, "", low_ns=640, high_ns=720, count=10)
    )
    quantiles = build(end)["runnable"].quantiles
    assert (quantiles.p50_ns, quantiles.p90_ns, quantiles.p99_ns) == (9, 9, 70)
    done = end.scan_end()
    buckets = state_buckets(done.histograms, done.texts)
    assert [column.tolist() for column in buckets["runnable"]] == [[9, 72], [90, 10]]
    assert list(buckets) == ["runnable"]


def test_sweeping_is_a_latency_of_its_own() -> None:
    sweeps = SweepScan()
    sweeps.add(Tables().sweep(100, 110, stack_id=2).sweep(200, 260, stack_id=1).columns())
    one = build(End(stacks=STACKS), sweeps)["sweep"]
    assert (one.count, one.total_ns, one.quantiles.p50_ns, one.quantiles.max_ns) == (2, 70, 11, 60)
    assert [site.frames[0].function for site in one.sites] == ["main.feed", "main.drain"]


def test_a_trace_without_spans_has_no_latencies() -> None:
    assert build(End()) == {}
