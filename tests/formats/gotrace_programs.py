"""Strategies for fuzzing: traces of imagined programs, and things broken in them."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from growwork.formats.gotrace import GenerationSource, TraceEvent, write_trace
from growwork.formats.gotrace.spec import FORMATS
from tests.formats.gotrace_events import (
    P_IDLE,
    P_RUNNING,
    RUNNABLE,
    RUNNING,
    WAITING,
    E,
    at,
    stack,
)

__all__ = ["broken_traces", "split_items", "whole_traces"]

_STACKS = [(), stack("leaf"), stack("leaf", "runtime.mapassign", "main.main")]
_TEXTS = ["", "sync", "GC (dedicated)", "GC mark termination", "β" * 40]
_ACTIONS = st.tuples(st.integers(0, 2), st.integers(0, 19), st.integers(0, 63))


@dataclass(slots=True)
class _Program:
    """Three threads, each with a P; it keeps states and counts, so that most events can happen."""

    time: int = 10
    events: list[TraceEvent] = field(default_factory=list)
    states: dict[int, int] = field(default_factory=lambda: {1: RUNNING, 2: RUNNING, 9: WAITING})
    counts: dict[int, int] = field(default_factory=dict)
    current: list[int | None] = field(default_factory=lambda: [1, 2, None])
    open: set[tuple[int, E]] = field(default_factory=set)
    gc: int = 1

    def begin(self) -> None:
        """The statuses a generation begins with."""
        self.events, self.counts = [], {}
        for p, g in enumerate(self.current):
            status = P_RUNNING if p < 2 else P_IDLE
            self.write(p, E.PROC_STATUS, p, status)
            if g is not None:
                self.write(p, E.GO_STATUS, g, p + 1, self.states[g])
        for g in set(self.states) - set(self.current):
            self.write(0, E.GO_STATUS, g, -1, self.states[g])

    def write(self, thread: int, kind: E, *args: int, **fields: object) -> None:
        self.time += 3
        self.events.append(at(self.time, kind, *args, m=thread + 1, **fields))

    def count(self, g: int) -> int:
        self.counts[g] = self.counts.get(g, 0) + 1
        return self.counts[g]

    def pick(self, state: int, choice: int) -> int | None:
        found = [g for g, known in self.states.items() if known == state]
        return found[choice % len(found)] if found else None

    def step(self, thread: int, action: int, choice: int) -> None:  # noqa: PLR0912
        g = self.current[thread]
        frames, text = _STACKS[choice % 3], _TEXTS[choice % 5]
        if g is None:
            runnable = self.pick(RUNNABLE, choice)
            if runnable is not None and thread < 2:
                self.states[runnable], self.current[thread] = RUNNING, runnable
                self.write(thread, E.GO_START, runnable, self.count(runnable))
        elif action < 4:
            new = max(self.states) + (1 if choice < 50 else choice << 20)
            self.states[new] = RUNNABLE
            self.write(thread, E.GO_CREATE, new, stack=frames, extra_stack=frames)
        elif action < 8:
            self.states[g], self.current[thread] = WAITING, None
            self.write(thread, E.GO_BLOCK, stack=frames, text=text)
        elif action == 8:
            del self.states[g]
            self.current[thread] = None
            self.write(thread, E.GO_DESTROY)
        elif action < 12:
            waiting = self.pick(WAITING, choice)
            if waiting is not None:
                self.states[waiting] = RUNNABLE
                self.write(thread, E.GO_UNBLOCK, waiting, self.count(waiting), stack=frames)
        elif action < 14:
            self.toggle(thread, g, E.GC_MARK_ASSIST_BEGIN, E.GC_MARK_ASSIST_END, stack=frames)
        elif action == 14:
            self.toggle(thread, g, E.STW_BEGIN, E.STW_END, stack=frames, text=text)
        elif action == 15:
            self.gc += 1
            kind = E.GC_BEGIN if self.gc % 2 == 0 else E.GC_END
            self.write(thread, kind, self.gc, **({"stack": frames} if self.gc % 2 == 0 else {}))
        elif action == 16:
            self.write(thread, E.HEAP_ALLOC, choice << choice % 40)
        elif action == 17:
            self.write(thread, E.GO_LABEL, text=text)
        elif action == 18:
            kind = E.USER_REGION_BEGIN if choice % 2 else E.USER_TASK_BEGIN
            args = (0,) if choice % 2 else (self.time, 0)
            self.write(thread, kind, *args, stack=frames, text=text)
        else:
            self.events.append(
                at(self.time - choice % 9, E.CPU_SAMPLE, p=thread, g=g, stack=frames)
            )

    def toggle(self, thread: int, g: int, begin: E, end: E, **fields: object) -> None:
        if (g, begin) in self.open:
            self.open.remove((g, begin))
            self.write(thread, end)
        else:
            self.open.add((g, begin))
            self.write(thread, begin, **fields)


@st.composite
def whole_traces(draw: st.DrawFn) -> bytes:
    """A trace of up to three generations, most of which a reader can order."""
    program = _Program()
    generations = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        program.begin()
        for action in draw(st.lists(_ACTIONS, max_size=30)):
            program.step(*action)
        generations.append(GenerationSource(number, tuple(program.events)))
    row = draw(st.sampled_from(FORMATS))
    return write_trace(generations, number=row.number, batch_bytes=draw(st.integers(80, 2000)))


def split_items(data: bytes) -> list[bytes]:
    """The header of a sound trace, its batches and ends of generations."""
    items, pos = [data[:16]], 16
    while pos < len(data):
        start = pos
        pos += 1
        if data[start] == E.EVENT_BATCH:
            size = 0
            for _ in range(4):
                size = shift = 0
                while True:
                    size |= (data[pos] & 0x7F) << shift
                    shift += 7
                    pos += 1
                    if data[pos - 1] < 0x80:
                        break
            pos += size
        items.append(data[start:pos])
    return items


@st.composite
def broken_traces(draw: st.DrawFn) -> bytes:
    """A trace with batches lost, repeated, moved or from another trace, and bytes changed."""
    items = split_items(draw(whole_traces()))
    other = split_items(draw(whole_traces())) if draw(st.booleans()) else items
    for what in draw(st.lists(st.sampled_from(["drop", "repeat", "splice", "swap"]), max_size=2)):
        one, two = draw(st.integers(1, len(items) - 1)), draw(st.integers(1, len(items) - 1))
        if what == "swap":
            items[one], items[two] = items[two], items[one]
        elif what != "drop":
            source = items if what == "repeat" else other
            items.insert(one, source[1 + two % (len(source) - 1)])
        elif len(items) > 2:
            del items[one]
    data = bytearray(b"".join(items))
    for what in draw(
        st.lists(st.sampled_from(["flip", "set", "cut", "lose", "repeat"]), max_size=4)
    ):
        place = draw(st.integers(16, max(16, len(data) - 1)))
        value = draw(st.integers(0, 255))
        end = min(place + 1 + value % 40, len(data))
        if what == "flip" and place < len(data):
            data[place] ^= 1 << value % 8
        elif what == "set" and place < len(data):
            data[place] = value
        elif what == "cut":
            del data[place:]
        elif what == "lose":
            del data[place:end]
        else:
            data[place:place] = data[place:end]
    return bytes(data)
