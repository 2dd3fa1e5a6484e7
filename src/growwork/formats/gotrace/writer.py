"""Events to the bytes of a trace: the inverse of the reader, for fixtures written in code.

What is written is what a runtime could have written, but nothing is checked: a test may write
events that no scheduler would emit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from growwork.formats.gotrace.spec import (
    FORMATS,
    MAX_BATCH_BYTES,
    NO_ID,
    EventType,
    TraceFormat,
    format_of,
    spec_of,
)
from growwork.formats.gotrace.types import ClockSnapshot, Frame, TraceEvent

__all__ = [
    "GenerationSource",
    "encode_batch",
    "encode_header",
    "encode_uvarint",
    "write_trace",
]

_NANOSECOND_TICKS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class GenerationSource:
    """The events of one generation, in any order between Ms and in order within each M.

    Times are in ns, at least 2, and must be whole ticks. Of an event the writer takes time,
    type, m, args, stacks and texts; context and `derived` are the reader's to find. CPU samples
    are events of type `CPU_SAMPLE` with their own m, p and g. Sync events are left out: every
    generation has its own.
    """

    number: int
    events: tuple[TraceEvent, ...]
    frequency: int = _NANOSECOND_TICKS  # ticks per second
    clock: ClockSnapshot | None = None


def write_trace(
    generations: Sequence[GenerationSource],
    *,
    number: int = FORMATS[-1].number,
    batch_bytes: int = MAX_BATCH_BYTES,
) -> bytes:
    """The file `go 1.<number> trace`; an M's events go to batches of up to `batch_bytes`."""
    row = format_of(number)
    return encode_header(number) + b"".join(
        _Generation(source, row, batch_bytes).encode() for source in generations
    )


def encode_header(number: int) -> bytes:
    """The 16 bytes every trace begins with."""
    return f"go 1.{number} trace".encode().ljust(16, b"\0")


def encode_uvarint(value: int) -> bytes:
    """Unsigned LEB128 of a number; negative ones are taken as 64 bits."""
    value %= 1 << 64
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode_batch(generation: int, m: int, time: int, payload: bytes) -> bytes:
    """An event batch; `time` in ticks."""
    numbers = (generation, m, time, len(payload))
    return bytes([EventType.EVENT_BATCH]) + b"".join(map(encode_uvarint, numbers)) + payload


def _event(event_type: EventType, *args: int) -> bytes:
    return bytes([event_type]) + b"".join(map(encode_uvarint, args))


@dataclass(slots=True)
class _Batch:
    """A batch of one M while it is filled."""

    time: int
    clock: int
    payload: bytearray = field(default_factory=bytearray)


@dataclass(slots=True)
class _Generation:
    source: GenerationSource
    row: TraceFormat
    batch_bytes: int
    strings: dict[str, int] = field(default_factory=dict)
    stacks: dict[tuple[Frame, ...], int] = field(default_factory=dict)
    batches: list[tuple[int, _Batch]] = field(default_factory=list)
    open: dict[int, _Batch] = field(default_factory=dict)

    def encode(self) -> bytes:
        events = [event for event in self.source.events if event.type is not EventType.SYNC]
        start = min((self._ticks(event.time) for event in events), default=2) - 1
        samples = [self._sample(e) for e in events if e.type is EventType.CPU_SAMPLE]
        for event in events:
            if event.type is not EventType.CPU_SAMPLE:
                self._add(event)
        stacks = [self._stack(frames, at) for frames, at in self.stacks.items()]
        strings = [_string(text, at) for text, at in self.strings.items()]
        parts = [
            self._table(start, b"", [self._sync(start)]),
            *(self._batch(m, batch) for m, batch in self.batches),
            self._table(start, bytes([EventType.CPU_SAMPLES]), samples) if samples else b"",
            self._table(start, bytes([EventType.STACKS]), stacks),
            self._table(start, bytes([EventType.STRINGS]), strings),
        ]
        if self.row.explicit_end:
            parts.append(bytes([EventType.END_OF_GENERATION]))
        return b"".join(parts)

    def _ticks(self, time: int) -> int:
        ticks, rest = divmod(time * self.source.frequency, _NANOSECOND_TICKS)
        if rest:
            raise ValueError(f"{time} ns is not a whole number of ticks")
        return ticks

    def _add(self, event: TraceEvent) -> None:
        ticks = self._ticks(event.time)
        batch = self.open.get(event.m)
        if batch is None or ticks < batch.clock or len(batch.payload) + 64 > self.batch_bytes:
            batch = self.open[event.m] = _Batch(ticks - 1, ticks - 1)
            self.batches.append((event.m, batch))
        batch.payload += self._event(event, ticks - batch.clock)
        batch.clock = ticks

    def _event(self, event: TraceEvent, delta: int) -> bytes:
        values = iter(event.args)
        texts = iter((event.text, event.text2))
        numbers = []
        for arg in spec_of(event.type).args[1:]:
            if arg == "new_stack":
                numbers.append(self._stack_id(event.extra_stack))
            elif arg == "stack":
                numbers.append(self._stack_id(event.stack))
            elif arg.endswith("string"):
                numbers.append(self._string_id(next(texts)))
            else:
                numbers.append(next(values))
        return _event(event.type, delta, *numbers)

    def _string_id(self, text: str) -> int:
        return self.strings.setdefault(text, len(self.strings) + 1) if text else 0

    def _stack_id(self, frames: tuple[Frame, ...]) -> int:
        return self.stacks.setdefault(frames, len(self.stacks) + 1) if frames else 0

    def _stack(self, frames: tuple[Frame, ...], stack_id: int) -> bytes:
        numbers = [stack_id, len(frames)]
        for frame in frames:
            names = self._string_id(frame.function), self._string_id(frame.file)
            numbers += [frame.pc, *names, frame.line]
        return _event(EventType.STACK, *numbers)

    def _sample(self, event: TraceEvent) -> bytes:
        g = 0 if event.g == NO_ID else event.g
        stack = self._stack_id(event.stack)
        time = self._ticks(event.time)
        return _event(EventType.CPU_SAMPLE, time, event.m, event.p, g, stack)

    def _sync(self, start: int) -> bytes:
        frequency = _event(EventType.FREQUENCY, self.source.frequency)
        if not self.row.clock_snapshot:
            return frequency
        clock = self.source.clock or ClockSnapshot(start, 0, 0)
        delta = self._ticks(clock.trace_ns) - start if self.source.clock else 0
        seconds, nanoseconds = divmod(clock.wall_ns, _NANOSECOND_TICKS)
        snapshot = _event(EventType.CLOCK_SNAPSHOT, delta, clock.mono_ns, seconds, nanoseconds)
        return bytes([EventType.SYNC]) + frequency + snapshot

    def _batch(self, m: int, batch: _Batch) -> bytes:
        return encode_batch(self.source.number, m, batch.time, bytes(batch.payload))

    def _table(self, time: int, marker: bytes, entries: Iterable[bytes]) -> bytes:
        """The entries in as many batches as they need."""
        out = b""
        payload = marker
        for entry in entries:
            if len(payload) + len(entry) > MAX_BATCH_BYTES:
                out += encode_batch(self.source.number, NO_ID, time, payload)
                payload = marker
            payload += entry
        return out + encode_batch(self.source.number, NO_ID, time, payload)


def _string(text: str, string_id: int) -> bytes:
    data = text.encode()
    return _event(EventType.STRING, string_id, len(data)) + data
