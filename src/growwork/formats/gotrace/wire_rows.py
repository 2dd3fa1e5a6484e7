"""Delivered events back to the events that threads wrote.

The order adds events (Sync, the three of a coroutine switch, the theft of the P of a thread that
leaves Go) and fields (the name and parent of a task that ends). Here both are taken away again.
It also reports some events on another thread than the one that wrote them:

- A P of unknown thread in a syscall (`ProcStatus`, abandoned) is reported in a syscall, on the
  thread that has it. Written so by that thread, it changes nothing and reads the same.
- A goroutine in a syscall (`GoStatus`) is reported on the thread it sits on. The thread itself
  may have written it, or another: the runtime writes the statuses of goroutines that did nothing
  for a whole generation without any thread (M -1). Who wrote it decides the P and G reported
  with it, and so can be told from them: see `_writer_of_status`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from growwork.formats.gotrace.spec import EVENTS, NO_ID, EventType, spec_of

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    Numbers = npt.NDArray[np.int64]

__all__ = ["WireRows", "wire_columns", "wire_rows"]

_SYSCALL = 3  # goroutine status
_STATUSES = (EventType.GO_STATUS, EventType.GO_STATUS_STACK)
_TEXTS = np.zeros(256, np.int64)  # texts an event has on the wire, by type
_TEXTS[[spec.type for spec in EVENTS]] = [len(spec.texts) for spec in EVENTS]


@dataclass(frozen=True, slots=True)
class WireRows:
    """Events as written, one per element, in the order in which they were delivered."""

    time: Numbers  # ns
    type: Numbers
    m: Numbers  # who wrote it; of a CPU sample, as p and g, part of the sample
    p: Numbers
    g: Numbers
    arg0: Numbers
    arg1: Numbers
    arg2: Numbers
    stack: Numbers  # ids of the trace, as the texts; 0 where an event has none on the wire
    extra_stack: Numbers
    text: Numbers
    text2: Numbers

    def __len__(self) -> int:
        return len(self.time)

    def where(self, chosen: slice | npt.NDArray[np.bool_] | Numbers) -> WireRows:
        """Some of the rows."""
        return WireRows(*(getattr(self, field.name)[chosen] for field in fields(self)))


def wire_rows(events: pa.RecordBatch, *, first: bool) -> WireRows:
    """The events of a generation (`EVENT_SCHEMA`), without Sync.

    `first` says that nothing was known before the generation.
    """
    rows = WireRows(*(_column(events, name) for name in _COLUMNS))
    derived = _column(events, "derived").astype(np.bool_)
    switch = derived & (rows.type == EventType.GO_UNBLOCK)
    # The second of the three events tells what became of the goroutine that leaves.
    at = np.flatnonzero(switch)
    destroyed = rows.type[at + 1] == EventType.GO_DESTROY
    rows.type[at] = np.where(destroyed, EventType.GO_SWITCH_DESTROY, EventType.GO_SWITCH)
    # A theft comes before its cause and has its time.
    at = np.flatnonzero(derived & (rows.type == EventType.PROC_STEAL))
    rows.time[at + 1] = rows.time[at]
    rows.text[_TEXTS[rows.type] < 1] = 0
    rows.text2[_TEXTS[rows.type] < 2] = 0
    rows = rows.where(switch | ~derived)
    for row in np.flatnonzero(
        np.isin(rows.type, _STATUSES) & (rows.arg2 == _SYSCALL) & (rows.arg1 == rows.m)
    ):
        rows.m[row] = _writer_of_status(rows, int(row), first=first)
    return rows


_COLUMNS = (
    "time", "type", "m", "p", "g", "arg0", "arg1", "arg2",
    "stack_id", "extra_stack_id", "text_id", "text2_id",
)  # fmt: skip


def _column(events: pa.RecordBatch, name: str) -> Numbers:
    """A copy, for some columns are changed."""
    values: Numbers = events.column(name).to_numpy(zero_copy_only=False).astype(np.int64)
    return values


def _writer_of_status(rows: WireRows, row: int, *, first: bool) -> int:
    """The thread that can have written the status of a goroutine in a syscall.

    The P is the writer's. The G is the goroutine itself when the thread was known to have it
    (then the writer's own G does not show), else the writer's.
    """
    thread, p, g = int(rows.m[row]), int(rows.p[row]), int(rows.g[row])
    if p == NO_ID and g == rows.arg0[row]:
        return NO_ID  # the thread itself would be reported just so, and nothing else changes
    if p == NO_ID and g == NO_ID:
        # News of a goroutine, so of the first generation: nobody wrote it about an unknown
        # thread, or a thread did about itself. From the thread itself both read the same.
        return thread if first else NO_ID
    # Somebody with this P (or G): the thread itself, or the one whose other events have it.
    own, sought = (rows.p, p) if p != NO_ID else (rows.g, g)
    status = np.isin(rows.type, _STATUSES) & (rows.arg1 == rows.m) & (rows.arg2 == _SYSCALL)
    others = np.flatnonzero((own == sought) & ~status & (rows.type != EventType.CPU_SAMPLE))
    if not len(others):
        return thread
    after = int(np.searchsorted(others, row))
    return int(rows.m[others[min(after, len(others) - 1)]])


def wire_columns(rows: WireRows, event_type: EventType) -> list[tuple[str, Numbers]]:
    """The arguments of rows of one type by name, in the order of the wire, without `dt`.

    Stacks and strings are ids of the trace.
    """
    values = iter((rows.arg0, rows.arg1, rows.arg2))
    texts = iter((rows.text, rows.text2))
    named = {"time": rows.time, "m": rows.m, "p": rows.p, "stack": rows.stack}
    sample = event_type is EventType.CPU_SAMPLE
    columns = []
    for arg in spec_of(event_type).args:
        if arg == "dt":
            continue
        if arg == "new_stack":
            columns.append((arg, rows.extra_stack))
        elif arg == "stack":
            columns.append((arg, rows.stack))
        elif arg.endswith("string"):
            columns.append((arg, next(texts)))
        elif sample and arg == "g":
            columns.append((arg, np.where(rows.g == NO_ID, 0, rows.g)))
        elif sample:
            columns.append((arg, named[arg]))
        else:
            columns.append((arg, next(values)))
    return columns
