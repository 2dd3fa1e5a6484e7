"""Mark assists of a trace: who paid, how long, and whether a map was growing at the time.

An allocating goroutine that is in debt to the GC works it off in an assist. The assist belongs
to the goroutine: inside it the goroutine may yield or wait for background work and go on later
on another M, so begin and end are paired by goroutine. `duration_ns` is what the goroutine
lost; `running_ns` leaves out the parts in which it was off its thread.

A stack says who **paid**. The debt is proportional to the bytes allocated there while the GC
was marking, so over many assists it is a fair share of the allocation, not proof that this
line made marking long.

Assists that were running when the trace began are clipped to the trace and have no stack.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from growwork.analysis.trace_columns import Column, EventColumns, StackTable
from growwork.analysis.types import Assist, AssistSite, AssistSummary, GcCycle, StackFrame
from growwork.formats.gotrace import EventType
from growwork.goruntime import (
    MapFrame,
    classify_stack,
    is_runtime_function,
    is_transparent_function,
)

__all__ = [
    "ASSIST_EVENTS",
    "MAP_GROWTH",
    "MAP_OTHER",
    "OTHER",
    "AssistScan",
    "classify_frames",
    "innermost_user_frame",
    "summarise_assists",
]

MAP_GROWTH = "map-growth"
MAP_OTHER = "map-other"
OTHER = "other"

_CLASSES = {MapFrame.GROWTH: MAP_GROWTH, MapFrame.OTHER: MAP_OTHER, None: OTHER}

_BEGIN = int(EventType.GC_MARK_ASSIST_BEGIN)
_END = int(EventType.GC_MARK_ASSIST_END)
_ACTIVE = int(EventType.GC_MARK_ASSIST_ACTIVE)
_START = int(EventType.GO_START)

_RANGE_EVENTS = frozenset(
    {
        EventType.GC_MARK_ASSIST_BEGIN,
        EventType.GC_MARK_ASSIST_END,
        EventType.GC_MARK_ASSIST_ACTIVE,
    }
)
ASSIST_EVENTS = _RANGE_EVENTS | {EventType.GO_START, EventType.GO_STOP, EventType.GO_BLOCK}

_BEFORE_ALL, _AFTER_ALL = 0, 1 << 62  # trace times lie between


@dataclass(slots=True)
class _Open:
    """An assist that has not ended yet."""

    begin: int
    stack: int
    off_ns: int = 0
    off_since: int | None = None

    def close(self, end: int, goroutine: int) -> _Closed:
        if self.off_since is not None:
            self.off_ns += end - self.off_since
        return _Closed(self.begin, end, self.off_ns, goroutine, self.stack)


@dataclass(frozen=True, slots=True)
class _Closed:
    begin: int
    end: int
    off_ns: int
    goroutine: int
    stack: int


class AssistScan:
    """Pairs the begin and end of every assist, generation by generation."""

    def __init__(self) -> None:
        self._open: dict[int, _Open] = {}
        self._closed: list[_Closed] = []

    def add(self, events: EventColumns) -> None:
        """Take the events of the next generation."""
        rows = _rows_within_assists(events, self._open)
        columns = (rows.time, rows.type, _subject(rows), rows.stack)
        for time, kind, goroutine, stack in zip(*(c.tolist() for c in columns), strict=True):
            self._step(time, kind, goroutine, stack)

    def assists(
        self, stacks: StackTable, cycles: Sequence[GcCycle], origin_ns: int, end_ns: int
    ) -> tuple[Assist, ...]:
        """Every assist in order of its start; times count from `origin_ns`.

        Assists still open when the trace ends are closed at `end_ns`.
        """
        cut = [one.close(end_ns, goroutine) for goroutine, one in self._open.items()]
        ordered = sorted([*self._closed, *cut], key=lambda one: (one.begin, one.goroutine))
        classes = {stack: classify_frames(stacks.frames(stack)) for stack in _stacks_of(ordered)}
        numbers = _cycle_numbers([one.begin - origin_ns for one in ordered], cycles)
        return tuple(
            Assist(
                start_ns=one.begin - origin_ns,
                duration_ns=one.end - one.begin,
                running_ns=one.end - one.begin - one.off_ns,
                goroutine=one.goroutine,
                klass=classes[one.stack],
                frames=stacks.frames(one.stack),
                in_cycle=number,
            )
            for one, number in zip(ordered, numbers, strict=True)
        )

    def _step(self, time: int, kind: int, goroutine: int, stack: int) -> None:
        current = self._open.get(goroutine)
        if kind == _BEGIN or (kind == _ACTIVE and current is None):
            self._open[goroutine] = _Open(time, stack if kind == _BEGIN else 0)
        elif current is None:
            return
        elif kind == _END:
            self._closed.append(self._open.pop(goroutine).close(time, goroutine))
        elif kind == _START:
            if current.off_since is not None:
                current.off_ns += time - current.off_since
                current.off_since = None
        elif kind != _ACTIVE and current.off_since is None:  # the goroutine stops or blocks
            current.off_since = time


def summarise_assists(assists: Sequence[Assist]) -> AssistSummary:
    """Totals, and the time paid per line of user code, most first."""
    sites: dict[tuple[str, str, int, str], list[int]] = defaultdict(list)
    for assist in assists:
        frame = innermost_user_frame(assist.frames)
        key = (frame.function, frame.file, frame.line, assist.klass)
        sites[key].append(assist.duration_ns)
    by_site = [
        AssistSite(function, file, line, klass, len(paid), sum(paid), max(paid))
        for (function, file, line, klass), paid in sites.items()
    ]
    by_site.sort(key=lambda one: (-one.total_ns, one.file, one.line, one.function, one.klass))
    durations = [assist.duration_ns for assist in assists]
    return AssistSummary(
        count=len(durations),
        total_ns=sum(durations),
        max_ns=max(durations, default=0),
        map_growth_ns=sum(one.duration_ns for one in assists if one.klass == MAP_GROWTH),
        map_other_ns=sum(one.duration_ns for one in assists if one.klass == MAP_OTHER),
        by_site=tuple(by_site),
    )


def classify_frames(frames: Sequence[StackFrame]) -> str:
    """`map-growth`, `map-other` or `other`, from the names of the runtime frames."""
    return _CLASSES[classify_stack(frame.function for frame in frames)]


def innermost_user_frame(frames: Sequence[StackFrame]) -> StackFrame:
    """The line a reader would look at: the first frame that is no library plumbing.

    Standard library code is told by its folder, which the runtime's own frames name. A stack of
    library code alone (a runtime goroutine) gives its first frame outside the runtime, else its
    outermost; no stack at all gives an empty frame.
    """
    if not frames:
        return StackFrame("(no stack)", "", 0)
    library = _library_folder(frames)
    for frame in frames:
        inside = library and frame.file.startswith(library)
        if not inside and not is_transparent_function(frame.function):
            return frame
    for frame in frames:
        if not is_runtime_function(frame.function):
            return frame
    return frames[-1]


def _library_folder(frames: Sequence[StackFrame]) -> str:
    """GOROOT/src/ as the binary names it; empty under -trimpath, which names no folder."""
    for frame in frames:
        folder, found, _ = frame.file.rpartition("/runtime/")
        if found and frame.function.startswith("runtime."):
            return f"{folder}/"
    return ""


def _subject(events: EventColumns) -> Column:
    """The goroutine each event is about: a start and an active range name it as argument."""
    named = (events.type == _START) | (events.type == _ACTIVE)
    return np.where(named, events.arg0, events.goroutine)


def _rows_within_assists(events: EventColumns, carried: dict[int, _Open]) -> EventColumns:
    """The begins, the ends, and the scheduling events that lie between them.

    A trace has millions of scheduling events and few of them happen inside an assist: first
    what happened while any goroutine was in one is kept, then, per goroutine, what happened
    while it was itself.
    """
    ranges = events.of(*_RANGE_EVENTS)
    part = events.of(*ASSIST_EVENTS, between=_busy_times(ranges, carried))
    subject = _subject(part)
    payers = np.union1d(_subject(ranges), np.array(sorted(carried), dtype=np.int64))
    mine = np.flatnonzero(np.isin(subject, payers))
    order = mine[np.argsort(subject[mine], kind="stable")]
    if not len(order):
        return part.at(order)
    owner, kinds = subject[order], part.type[order]
    already = np.isin(owner, np.array(sorted(carried), dtype=np.int64))
    # An active event opens a range only for a goroutine that is not known to be in one.
    opens = (kinds == _BEGIN) | ((kinds == _ACTIVE) & ~already)
    depth = np.cumsum(opens.astype(np.int64) - (kinds == _END))
    first = np.concatenate(([0], np.flatnonzero(np.diff(owner)) + 1))
    before = np.concatenate(([0], depth[first[1:] - 1]))
    lengths = np.diff(np.concatenate((first, [len(order)])))
    depth = depth - np.repeat(before, lengths) + already
    kept = order[(depth > 0) | np.isin(kinds, (_BEGIN, _END, _ACTIVE))]
    return part.at(np.sort(kept))


def _busy_times(ranges: EventColumns, carried: Iterable[int]) -> list[tuple[int, int]]:
    """The times at which any goroutine was in an assist, as intervals in order, ends included."""
    open_for = set(carried)
    since = _BEFORE_ALL
    busy: list[tuple[int, int]] = []
    columns = (ranges.time, ranges.type, _subject(ranges))
    for time, kind, goroutine in zip(*(column.tolist() for column in columns), strict=True):
        if kind == _END:
            open_for.discard(goroutine)
            if not open_for:
                busy.append((since, time))
        else:
            since = since if open_for else time
            open_for.add(goroutine)
    return [*busy, (since, _AFTER_ALL)] if open_for else busy


def _stacks_of(assists: Sequence[_Closed]) -> frozenset[int]:
    return frozenset(one.stack for one in assists)


def _cycle_numbers(starts: Sequence[int], cycles: Sequence[GcCycle]) -> list[int | None]:
    """Per assist, the number of the cycle that was marking when it began."""
    if not cycles:
        return [None] * len(starts)
    begins = np.array([one.start_ns for one in cycles], dtype=np.int64)
    found: npt.NDArray[np.intp] = np.searchsorted(begins, np.array(starts, dtype=np.int64), "right")
    return [
        cycles[index].number if index >= 0 and start <= cycles[index].mark_end_ns else None
        for start, index in zip(starts, (found - 1).tolist(), strict=True)
    ]
