"""The memory that ranked traces share."""

from __future__ import annotations

import threading
import time

import pytest

from growwork.workflow.trace_rank import _Budget


def test_no_more_than_the_budget_is_held_at_a_time() -> None:
    budget = _Budget(100)
    lock = threading.Lock()
    held, most = 0, 0

    def take(size: int) -> None:
        nonlocal held, most
        with budget.take(size):
            with lock:
                held += size
                most = max(most, held)
            time.sleep(0.002)
            with lock:
                held -= size

    threads = [threading.Thread(target=take, args=(size,)) for size in (60, 50, 40, 30, 20) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert held == 0
    assert 60 <= most <= 100


def test_what_needs_more_than_there_is_runs_alone() -> None:
    budget = _Budget(100)
    with budget.take(1_000_000):
        started = threading.Event()
        other = threading.Thread(target=lambda: _take(budget, started))
        other.start()
        assert not started.wait(0.05)
    other.join(30)
    assert started.is_set()


def test_a_failure_gives_back_what_it_held() -> None:
    budget = _Budget(100)
    with pytest.raises(OSError, match="broken"), budget.take(100):
        raise OSError("broken")
    with budget.take(100):
        pass


def _take(budget: _Budget, started: threading.Event) -> None:
    with budget.take(1):
        started.set()
