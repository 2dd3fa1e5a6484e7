"""A cycle's line, recognised byte by byte."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from growwork.formats.gctrace.spec import LINE, Kind

__all__ = ["Header", "LineMatcher", "Step", "read_header"]

_NUMBER = frozenset(b"0123456789.")
_NEWLINE = ord("\n")
_DATE = re.compile(rb"(?:19|20)\d\d[/-]\d\d[/-]\d\d[ T]")
_LONGEST_DATE = 11
_ANOTHER = re.compile(rb"gc \d+ @\d")
# After `gc N @Ts U%` it is no program's output any more.
_CERTAIN = 1 + next(index for index, part in enumerate(LINE) if part.text == "percent")
# What may come between the pieces of a header before it is taken for program output.
_MOST_HEADER_BYTES = 16_384


class Step(Enum):
    """What a byte was."""

    TAKEN = "taken"
    END = "end"  # the newline of the line
    MISMATCH = "mismatch"  # not of the line


class LineMatcher:
    """The place in one line up to which it was read; `text` is what was read."""

    def __init__(self) -> None:
        self.text = bytearray()
        self._part = 0
        self._offset = 0  # in the part: bytes of it that were read

    @property
    def certain(self) -> bool:
        """Whether this cannot be anything but a trace line."""
        return self._part > _CERTAIN

    def step(self, byte: int) -> Step:
        """Read one byte, unless it is a mismatch."""
        part, offset = self._part, self._offset
        while part < len(LINE):
            accepted = self._accepts(part, offset, byte)
            if accepted:
                self._part, self._offset = part, offset + 1
                self.text.append(byte)
                return Step.TAKEN
            if not self._may_end(part, offset):
                return Step.MISMATCH
            part, offset = part + 1, 0
        if byte != _NEWLINE:
            return Step.MISMATCH
        self.text.append(byte)
        return Step.END

    def roll_back(self, following: bytes) -> bytes:
        """Give back what belongs to the program output that begins with `following`.

        Log lines begin with a date as often as not, and its digits pass for a number.
        """
        tail = bytes(self.text[-_LONGEST_DATE:])
        date = _DATE.search(tail + following[:_LONGEST_DATE])
        if date is None or date.start() >= len(tail):
            return b""
        kept = len(self.text) - len(tail) + date.start()
        given_back = bytes(self.text[kept:])
        self._restart(bytes(self.text[:kept]))
        return given_back

    def _restart(self, text: bytes) -> None:
        self.text.clear()
        self._part = self._offset = 0
        for byte in text:
            self.step(byte)

    @staticmethod
    def _accepts(part: int, offset: int, byte: int) -> bool:
        expected = LINE[part]
        if expected.kind is Kind.NUMBER:
            return byte in _NUMBER
        return offset < len(expected.text) and ord(expected.text[offset]) == byte

    @staticmethod
    def _may_end(part: int, offset: int) -> bool:
        expected = LINE[part]
        if expected.kind is Kind.NUMBER:
            return offset > 0
        if expected.kind is Kind.OPTIONAL and offset == 0:
            return True
        return offset == len(expected.text)


@dataclass(frozen=True, slots=True)
class Header:
    """The first `length` bytes of a stream that begins with `gc `."""

    line: LineMatcher | None  # None: it is no trace line
    program: bytes = b""  # lines of program output that came in between
    length: int = 0


def read_header(data: bytes) -> Header | None:
    """Read up to the `%` that makes a trace line certain; None when that takes more bytes."""
    line, program, position = LineMatcher(), bytearray(), 0
    while position < len(data):
        if line.step(data[position]) is not Step.MISMATCH:
            position += 1
            if line.certain:
                return Header(line, bytes(program), position)
            continue
        end = data.find(b"\n", position) + 1
        if _ANOTHER.search(data, position, end or len(data)):
            return Header(None)
        if end == 0:
            break
        program += line.roll_back(data[position:end]) + data[position:end]
        position = end
    return Header(None) if len(data) > _MOST_HEADER_BYTES else None
