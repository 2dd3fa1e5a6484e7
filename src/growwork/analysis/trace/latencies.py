"""What goroutines wait for: time, quantiles, and the stacks behind most of it.

A goroutine that does not run is runnable (it waits for a P), in a syscall, or waiting for
something with a reason. The scan has summed the spans by state, cause, reason and stack; here
they are put together by what a reader calls them. Sweeping and marking in assists is no
waiting, yet the goroutine loses the time just so: sweeps are listed here, assists apart.

The stack of a runnable goroutine is that of whoever made it runnable, as `go tool trace` has
it; every other stack is the goroutine's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from growwork.analysis.trace.columns import Column, StackTable, integers
from growwork.analysis.trace.quantiles import quantiles_of_counts
from growwork.analysis.trace.sweeps import SweepScan
from growwork.analysis.trace.types import GoroutineState, Latency, LatencySite
from growwork.formats.gotrace import EventType

__all__ = ["RUNNABLE", "SWEEP", "Buckets", "build_latencies", "latency_kind", "state_buckets"]

RUNNABLE = "runnable"
SWEEP = "sweep"

_SITES = 5  # stacks shown of each kind

# Reasons of GoBlock (runtime/traceruntime.go), by what a reader calls them.
_KINDS = {
    "GC mark assist wait for work": "assist wait",
    "wait until GC ends": "gc wait",
    "GC weak to strong wait": "gc wait",
    "sync": "lock",
    "sync.(*Cond).Wait": "lock",
    "chan send": "channel",
    "chan receive": "channel",
    "select": "channel",
    "network": "network",
    "sleep": "sleep",
    "preempted": "preempted",
    "forever": "forever",
    "synctest": "synctest",
    "": "coroutine",  # a switch between coroutines has no reason
    "GC background sweeper wait": "runtime",
    "system goroutine wait": "runtime",
    "wait for debug call": "runtime",
}
_OTHER = "other wait"
_STATES = 8  # more than there are

Buckets = tuple[Column, Column]  # upper bounds in ns, ascending, and counts


@dataclass(frozen=True, slots=True)
class _Sum:
    count: Column
    total: Column
    longest: Column
    stack: Column


def latency_kind(state: int, reason: str) -> str | None:
    """What a reader calls a span; None for a goroutine that runs."""
    if state == GoroutineState.RUNNABLE:
        return RUNNABLE
    if state == GoroutineState.SYSCALL:
        return "syscall"
    if state == GoroutineState.WAITING:
        return _KINDS.get(reason, _OTHER)
    return None


def state_buckets(histograms: pa.Table, texts: Sequence[str]) -> dict[str, Buckets]:
    """Per kind of latency, its spans counted by duration."""
    high, count = integers(histograms, "high_ns"), integers(histograms, "count")
    return {
        kind: _merge(high[rows], count[rows]) for kind, rows in _rows(histograms, texts).items()
    }


def build_latencies(
    totals: pa.Table,
    histograms: pa.Table,
    sweeps: SweepScan,
    stacks: StackTable,
    texts: Sequence[str],
) -> tuple[Latency, ...]:
    """Every kind of latency that occurred, most time first."""
    buckets = {**state_buckets(histograms, texts), SWEEP: sweeps.counts.buckets()}
    columns = [integers(totals, name) for name in ("count", "total_ns", "max_ns", "stack_id")]
    sums = {
        kind: _Sum(*(column[rows] for column in columns))
        for kind, rows in _rows(totals, texts).items()
    }
    stack, count, total, longest = sweeps.by_stack()
    if len(stack):
        sums[SWEEP] = _Sum(count, total, longest, stack)
    empty: Buckets = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    found = [_latency(kind, one, buckets.get(kind, empty), stacks) for kind, one in sums.items()]
    return tuple(sorted(found, key=lambda one: (-one.total_ns, one.kind)))


def _latency(kind: str, sums: _Sum, buckets: Buckets, stacks: StackTable) -> Latency:
    return Latency(
        kind=kind,
        count=int(sums.count.sum()),
        total_ns=int(sums.total.sum()),
        quantiles=quantiles_of_counts(*buckets, int(sums.longest.max(initial=0))),
        sites=_worst_sites(sums, stacks),
    )


def _worst_sites(sums: _Sum, stacks: StackTable) -> tuple[LatencySite, ...]:
    """The stacks with most time; one stack may be in several rows."""
    ids, members = np.unique(sums.stack, return_inverse=True)
    count, total, longest = (np.zeros(len(ids), dtype=np.int64) for _ in range(3))
    np.add.at(count, members, sums.count)
    np.add.at(total, members, sums.total)
    np.maximum.at(longest, members, sums.longest)
    worst = np.lexsort((ids, -total))[:_SITES]
    return tuple(
        LatencySite(
            int(count[row]), int(total[row]), int(longest[row]), stacks.frames(int(ids[row]))
        )
        for row in worst
    )


def _rows(table: pa.Table, texts: Sequence[str]) -> dict[str, Column]:
    """Per kind of latency, the rows of a table that has state, cause and reason_id."""
    state, reason = integers(table, "state"), integers(table, "reason_id")
    cause = integers(table, "cause")
    # A span that began before the trace has the state alone: its reason is not known.
    unknown = np.isin(cause, (EventType.GO_STATUS, EventType.GO_STATUS_STACK))
    keys, members = np.unique((reason * _STATES + state) * 2 + unknown, return_inverse=True)
    rows: dict[str, list[Column]] = defaultdict(list)
    for place, key in enumerate(keys.tolist()):
        number = key // 2 % _STATES
        early = key % 2 and number == GoroutineState.WAITING
        kind = _OTHER if early else latency_kind(number, texts[key // 2 // _STATES])
        if kind is not None:
            rows[kind].append(np.flatnonzero(members == place).astype(np.int64))
    return {kind: np.concatenate(parts) for kind, parts in rows.items()}


def _merge(bounds: Column, counts: Column) -> Buckets:
    """Buckets of several histograms in one."""
    found, members = np.unique(bounds, return_inverse=True)
    sums = np.zeros(len(found), dtype=np.int64)
    np.add.at(sums, members, counts)
    return found, sums
