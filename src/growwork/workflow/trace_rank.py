"""Many traces at once: each is scanned on a thread of its own, within a budget of memory."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from growwork.analysis.trace.ranking import (
    RankBy,
    RankedTrace,
    TraceRanking,
    UnreadTrace,
    rank_traces,
)
from growwork.analysis.trace.score_scan import ScoreScan
from growwork.analysis.trace.types import TraceWindow
from growwork.capture.memory import available_memory_bytes
from growwork.core.errors import FormatError, GrowworkError, UsageError
from growwork.store.trace.files import open_trace
from growwork.workflow.trace_pass import pass_over

__all__ = ["rank_files"]

_SHARE = 0.5  # of the memory that is free
_COST_FACTOR = 4  # memory of a scan per byte of file, at most: the file may be one generation
_COST_BYTES = 16 << 20  # of a scan, whatever the file


def rank_files(
    paths: Sequence[Path],
    by: RankBy,
    window: TraceWindow | None = None,
    *,
    memory_bytes: int | None = None,
) -> TraceRanking:
    """Rank traces; a file that cannot be read becomes an `UnreadTrace`, and the others go on.

    At most `memory_bytes` (None: half of what is free) are in use at a time, unless one file
    alone needs more. Raises `UsageError` or `FormatError` when not one file could be read.
    """
    window = window or TraceWindow()
    budget = _Budget(memory_bytes or int(available_memory_bytes() * _SHARE))
    threads = min(len(paths), len(os.sched_getaffinity(0)))
    # The longest first: they would be what everything waits for in the end.
    order = sorted(dict.fromkeys(paths), key=_size_bytes, reverse=True)

    def score(path: Path) -> RankedTrace | GrowworkError:
        try:
            with budget.take(_COST_FACTOR * _size_bytes(path) + _COST_BYTES):
                return _score(path, window)
        except (FormatError, UsageError) as error:
            return error

    with ThreadPoolExecutor(threads) as pool:
        results = list(zip(order, pool.map(score, order), strict=True))
    read = [result for _, result in results if isinstance(result, RankedTrace)]
    errors = [(path, result) for path, result in results if isinstance(result, GrowworkError)]
    if not read:
        raise _all_failed([error for _, error in errors])
    unread = [UnreadTrace(str(path), str(error)) for path, error in errors]
    return rank_traces(by, window, read, unread)


def _score(path: Path, window: TraceWindow) -> RankedTrace:
    file = open_trace(path)
    # One thread per file: with a file per core, decoding ahead would only add switches.
    scan = ScoreScan()
    end = pass_over(file, window, scan, threads=1)
    return RankedTrace(file.name, scan.scores(end, window), end.warnings)


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0


def _all_failed(errors: Sequence[GrowworkError]) -> GrowworkError:
    if len(errors) == 1:
        return errors[0]
    return UsageError(f"none of {len(errors)} traces can be read; the first: {errors[0]}")


class _Budget:
    """Hands out memory; who asks for more than there is gets all of it, alone."""

    def __init__(self, total_bytes: int) -> None:
        self._total = max(total_bytes, 1)
        self._free = self._total
        self._changed = threading.Condition()

    @contextmanager
    def take(self, size_bytes: int) -> Iterator[None]:
        """Wait until so much is free, and hold it for the block."""
        wanted = min(size_bytes, self._total)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= wanted)
            self._free -= wanted
        try:
            yield
        finally:
            with self._changed:
                self._free += wanted
                self._changed.notify_all()
