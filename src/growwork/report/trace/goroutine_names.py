"""What goroutines are called: the outermost function of any stack of theirs.

A trace names a goroutine when it is created and through every stack it stops with. Of the
goroutines seen the most recent million are remembered, so that a program which starts goroutines
for ever does not fill the memory with their names.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from growwork.analysis.trace.columns import Column
from growwork.analysis.trace.types import GoroutineState
from growwork.formats.gotrace import EventType
from growwork.store.trace.batch_columns import Ids, bytes_of, ids_of, integers_of
from growwork.store.trace.lookups import TraceLookups

__all__ = ["GoroutineNames", "own_stacks"]

_REMEMBERED = 1 << 20
_UNNAMED = "goroutine"


class GoroutineNames:
    """Numbers of names per goroutine; `number` gives a text its number."""

    def __init__(self, lookups: TraceLookups, number: Callable[[str], int]) -> None:
        self._lookups = lookups
        self._number = number
        self._unnamed = number(_UNNAMED)
        self._of_stack: dict[int, int] = {0: 0}  # 0: no name
        self._goroutines = np.empty(0, np.int64)  # sorted
        self._names = np.empty(0, np.int64)
        self._seen = np.empty(0, np.int64)  # generation in which it was last named
        self._generation = 0

    def learn(self, spans: pa.RecordBatch) -> None:
        """Take the stacks of a generation's goroutine spans."""
        self._generation += 1
        stacks = own_stacks(spans)
        named = np.flatnonzero(stacks)
        if not len(named):
            return
        goroutines = integers_of(spans, "g")[named]
        names = self._stack_names(stacks[named])
        every = np.concatenate([goroutines, self._goroutines])
        self._goroutines, first = np.unique(every, return_index=True)
        self._names = np.concatenate([names, self._names])[first]
        seen = np.concatenate([np.full(len(names), self._generation), self._seen])
        self._seen = seen[first]
        if len(self._goroutines) > _REMEMBERED:
            kept = np.sort(np.argsort(self._seen, kind="stable")[-_REMEMBERED:])
            self._goroutines, self._names = self._goroutines[kept], self._names[kept]
            self._seen = self._seen[kept]

    def of(self, goroutines: Column) -> Column:
        """The number of each one's name; those without are all called the same."""
        if not len(self._goroutines):
            return np.full(len(goroutines), self._unnamed, np.int64)
        at = np.searchsorted(self._goroutines, goroutines)
        at = np.minimum(at, len(self._goroutines) - 1)
        found = (self._goroutines[at] == goroutines) & (self._names[at] > 0)
        return np.where(found, self._names[at], self._unnamed)

    def _stack_names(self, stacks: Ids) -> Column:
        different, places = np.unique(stacks, return_inverse=True)
        new = [one for one in different.tolist() if one not in self._of_stack]
        roots = self._lookups.roots(np.array(new, np.uint32)) if new else []
        for stack_id, root in zip(new, roots, strict=True):
            self._of_stack[stack_id] = self._number(root) if root else 0
        names = np.array([self._of_stack[one] for one in different.tolist()], np.int64)
        return names[places]


def own_stacks(spans: pa.RecordBatch) -> Ids:
    """Per span a stack of the goroutine itself, 0 for none.

    Where a run ended is one, and where a wait or a syscall began. A goroutine that was created
    has the stack it starts with at the end of its first wait to run. What made it runnable
    later is the stack of somebody else.
    """
    state, cause = bytes_of(spans, "state"), bytes_of(spans, "cause")
    begun, ended = ids_of(spans, "stack_id"), ids_of(spans, "end_stack_id")
    at_end: npt.NDArray[np.bool_] = state == GoroutineState.RUNNING
    at_end |= (state == GoroutineState.RUNNABLE) & (cause == EventType.GO_CREATE)
    at_begin = np.isin(
        cause, (EventType.GO_BLOCK, EventType.GO_SYSCALL_BEGIN, EventType.GO_STATUS_STACK)
    )
    return np.where(at_end, ended, np.where(at_begin, begun, 0)).astype(np.uint32)
