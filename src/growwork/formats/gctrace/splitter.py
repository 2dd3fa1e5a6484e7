"""A process's standard error, taken apart: its own output and the runtime's GC trace.

The runtime writes a GC trace line in some forty pieces while the program runs on, so the two
mix in three ways, and all three are undone here:

- a trace line after program output without a newline, such as a prompt or a progress bar;
- a read that ends anywhere inside a trace line;
- a line of program output in the middle of a trace line.

Program bytes are passed on at once unless they may be the start of a trace line; then they
wait for the next bytes or for `idle`. Every byte fed comes out exactly once.
"""

from __future__ import annotations

import re

from growwork.formats.gctrace.matcher import LineMatcher, Step, read_header
from growwork.formats.gctrace.spec import OTHER, OTHER_WORDS

__all__ = ["GcTraceSplitter", "split"]

_START = re.compile(rb"gc \d+ @\d")
_MAYBE_START = re.compile(rb"g(?:c(?: (?:\d{1,15}(?: @?)?)?)?)?\Z")
_LONGEST_OTHER_START = 40


def split(data: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """The whole of a standard error at once: program bytes and trace lines."""
    splitter = GcTraceSplitter()
    program, lines = splitter.feed(data)
    rest, last = splitter.close()
    return program + rest, lines + last


class GcTraceSplitter:
    """Separates a stream piece by piece."""

    def __init__(self) -> None:
        self._held = b""  # may be the start of a trace line, or is the rest of a read
        self._line: LineMatcher | None = None  # inside a cycle's line
        self._other = False  # inside a line of another trace
        self._line_start = True  # of the program's own output
        self._program = bytearray()
        self._lines: list[bytes] = []

    def feed(self, data: bytes) -> tuple[bytes, tuple[bytes, ...]]:
        """The program's bytes to pass on now, and the trace lines that are complete.

        Lines end in a newline. Where program output without a newline tore a trace line apart,
        its first part comes as a line of its own and its rest counts as program output.
        """
        self._held += data
        while self._step():
            pass
        return self._taken()

    def idle(self) -> bytes:
        """Program bytes that waited; to be called when no more bytes came for a while.

        The runtime writes its pieces microseconds apart, so what still waits is no trace line.
        """
        if not self._other:
            self._pass_on(len(self._held))
        return self._taken()[0]

    def close(self) -> tuple[bytes, tuple[bytes, ...]]:
        """What is left at the end of the stream; a cut trace line stays a trace line."""
        if self._line is not None:
            self._lines.append(bytes(self._line.text))
            self._line = None
        elif self._other:
            self._lines.append(self._held)
            self._held = b""
            self._other = False
        self._pass_on(len(self._held))
        return self._taken()

    def _taken(self) -> tuple[bytes, tuple[bytes, ...]]:
        program, lines = bytes(self._program), tuple(self._lines)
        self._program.clear()
        self._lines.clear()
        return program, lines

    def _step(self) -> bool:
        """Use up some of what is held; false when more bytes are needed."""
        if not self._held:
            return False
        if self._line is not None:
            return self._continue_line(self._line)
        if self._other:
            return self._continue_other()
        return self._find_start()

    def _find_start(self) -> bool:
        start = self._cycle_start()
        other = self._other_start(len(self._held) if start is None else start)
        if other is not None:
            self._pass_on(other)
            self._other = True
            return True
        if start is None:
            self._pass_on(self._certain())
            return False
        self._pass_on(start)
        header = read_header(self._held)
        if header is None:
            return False
        if header.line is None:
            self._pass_on(len(b"gc "))  # not a trace line after all
            return True
        if header.program:
            self._program += header.program
            self._line_start = True
        self._held = self._held[header.length :]
        self._line = header.line
        return True

    def _cycle_start(self) -> int | None:
        """Where the line of a cycle may start.

        At the start of a line the runtime's first piece is enough: the second may come after
        program output.
        """
        found = _START.search(self._held)
        starts = [found.start()] if found else []
        if self._line_start and self._held.startswith(b"gc "):
            starts.append(0)
        elif (newline := self._held.find(b"\ngc ")) >= 0:
            starts.append(newline + 1)
        return min(starts, default=None)

    def _other_start(self, end: int) -> int | None:
        """Where a line of another trace starts, before `end`."""
        at = 0 if self._line_start else self._held.find(b"\n") + 1
        while 0 <= at < end and (at > 0 or self._line_start):
            if OTHER.match(self._held, at):
                return at
            at = self._held.find(b"\n", at) + 1
            if at == 0:
                break
        return None

    def _certain(self) -> int:
        """How many of the held bytes are the program's whatever follows."""
        maybe = _MAYBE_START.search(self._held)
        if maybe is not None:
            return maybe.start()
        tail_start = self._held.rfind(b"\n") + 1
        tail = self._held[tail_start:]
        if tail_start == 0 and not self._line_start:
            return len(self._held)
        undecided = len(tail) < _LONGEST_OTHER_START and any(
            tail.startswith(word) or word.startswith(tail) for word in OTHER_WORDS
        )
        return tail_start if tail and undecided else len(self._held)

    def _continue_line(self, line: LineMatcher) -> bool:
        for position, byte in enumerate(self._held):
            step = line.step(byte)
            if step is Step.END:
                self._held = self._held[position + 1 :]
                self._finish(line)
                return True
            if step is Step.MISMATCH:
                self._held = self._held[position:]
                return self._interleaved(line)
        self._held = b""
        return False

    def _interleaved(self, line: LineMatcher) -> bool:
        """Program output within a trace line: pass on up to its newline, then go on."""
        end = self._held.find(b"\n") + 1
        another = _START.search(self._held, 0, end or len(self._held))
        if another is not None:
            # The line never goes on: its rest came after program output without a newline.
            self._pass_on(another.start())
            line.text += b"\n"
            self._finish(line)
            return True
        if end == 0:
            return False
        self._held = line.roll_back(self._held) + self._held
        self._pass_on(self._held.find(b"\n") + 1)
        return True

    def _finish(self, line: LineMatcher) -> None:
        self._lines.append(bytes(line.text))
        self._line = None

    def _continue_other(self) -> bool:
        end = self._held.find(b"\n") + 1
        if end == 0:
            return False
        self._lines.append(self._held[:end])
        self._held = self._held[end:]
        self._other = False
        return True

    def _pass_on(self, count: int) -> None:
        if count <= 0:
            return
        self._program += self._held[:count]
        self._line_start = self._held[count - 1 : count] == b"\n"
        self._held = self._held[count:]
