"""Names of goroutines from the stacks of their spans."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from growwork.formats.gotrace import EventType
from growwork.report.trace import goroutine_names
from growwork.report.trace.goroutine_names import GoroutineNames, own_stacks
from growwork.store.trace.lookups import TraceLookups
from tests.store.scans import RUNNABLE, RUNNING, SYSCALL, WAITING, Scan, generation, span

if TYPE_CHECKING:
    from growwork.formats.gotrace import TraceScanner

E = EventType


def test_only_a_goroutines_own_stacks_count() -> None:
    spans = generation(
        spans=[
            span(1, RUNNING, 0, 1, E.GO_START, stack=1, end_stack=2),
            span(1, WAITING, 0, 1, E.GO_BLOCK, stack=3, end_stack=4),
            span(1, SYSCALL, 0, 1, E.GO_SYSCALL_BEGIN, stack=5),
            span(1, RUNNABLE, 0, 1, E.GO_UNBLOCK, stack=6),
            span(1, RUNNABLE, 0, 1, E.GO_CREATE, stack=7, end_stack=8),
            span(1, WAITING, 0, 1, E.GO_STATUS_STACK, stack=9),
            span(1, WAITING, 0, 1, E.GO_CREATE_BLOCKED, stack=10, end_stack=11),
        ]
    ).spans
    assert own_stacks(spans).tolist() == [2, 3, 5, 0, 8, 9, 0]


def test_the_goroutines_seen_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(goroutine_names, "_REMEMBERED", 3)
    scan = Scan(stacks=[("main.a",), ("main.b",)])
    texts: list[str] = []

    def number(text: str) -> int:
        if text not in texts:
            texts.append(text)
        return texts.index(text) + 1

    names = GoroutineNames(TraceLookups(cast("TraceScanner", scan)), number)

    def run(goroutines: list[int], stack: int) -> None:
        spans = [span(g, RUNNING, 0, 1, E.GO_START, end_stack=stack) for g in goroutines]
        names.learn(generation(spans=spans).spans)

    run([1, 2, 3], 1)
    run([1], 1)
    run([4, 5], 2)
    found = names.of(np.array([1, 2, 3, 4, 5, 6]))
    assert [texts[one - 1] for one in found.tolist()] == [
        "main.a",
        "goroutine",
        "goroutine",
        "main.b",
        "main.b",
        "goroutine",
    ]
