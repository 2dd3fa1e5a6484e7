"""A cycle's line, recognised byte by byte."""

from __future__ import annotations

import re
from enum import Enum

from growwork.formats.gctrace.spec import LINE, Kind

__all__ = ["LineMatcher", "Step"]

_NUMBER = frozenset(b"0123456789.")
_NEWLINE = ord("\n")
_DATE = re.compile(rb"(?:19|20)\d\d[/-]\d\d[/-]\d\d[ T]")
_LONGEST_DATE = 11
# After `gc N @Ts U%` it is no program's output any more.
_CERTAIN = 1 + next(index for index, part in enumerate(LINE) if part.text == "percent")


class Step(Enum):
    """What a byte was."""

    TAKEN = "taken"
    END = "end"  # the newline of the line
    MISMATCH = "mismatch"  # not of the line


class LineMatcher:
    """The place in one line up to which it was read; `text` is what was read."""

    def __init__(self) -> None:
        self.text = bytearray()
        self.interruptions = 0  # lines of program output that came in between
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
