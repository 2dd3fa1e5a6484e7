"""The grammar of a GC trace line.

`gc N @T s U%: a+b+c ms clock, A+B/C/D+E ms cpu, h0->h1->h2 MB, goal MB goal, S MB stacks,
G MB globals, P P`, the same in Go 1.21 to 1.27; 1.26 may put a note after the percentage
(runtime/mgc.go, gcMarkTermination).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

__all__ = ["CYCLE", "LINE", "OTHER", "OTHER_WORDS", "Kind", "Part"]


class Kind(Enum):
    """A part of a cycle's line."""

    LITERAL = "literal"
    OPTIONAL = "optional"  # its first byte tells it from the part after it
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Part:
    """One part; `text` is a literal's bytes or a number's name."""

    kind: Kind
    text: str


def _parts(template: str) -> tuple[Part, ...]:
    pieces = re.split(r"(<\w+>|\[[^\]]+\])", template)
    return tuple(
        Part(Kind.NUMBER, piece[1:-1])
        if piece.startswith("<")
        else Part(Kind.OPTIONAL, piece[1:-1])
        if piece.startswith("[")
        else Part(Kind.LITERAL, piece)
        for piece in pieces
        if piece
    )


LINE = _parts(
    "gc <number> @<at>s <percent>%[ (checking for goroutine leaks)]: "
    "<sweep>+<mark>+<term> ms clock, "
    "<sweep_cpu>+<assist>/<background>/<idle>+<term_cpu> ms cpu, "
    "<start>-><end>-><live> MB, <goal> MB goal, <stacks> MB stacks, <globals> MB globals, "
    "<procs> P[ (forced)]"
)

_INTEGERS = frozenset(
    ("number", "percent", "start", "end", "live", "goal", "stacks", "globals", "procs")
)


def _pattern(part: Part) -> str:
    if part.kind is Kind.NUMBER:
        digits = r"\d{1,15}" if part.text in _INTEGERS else r"\d{1,15}(?:\.\d{1,9})?"
        return f"(?P<{part.text}>{digits})"
    if part.kind is Kind.OPTIONAL:
        name = "forced" if "forced" in part.text else "leak_check"
        return f"(?P<{name}>{re.escape(part.text)})?"
    return re.escape(part.text)


CYCLE = re.compile("".join(map(_pattern, LINE)), re.ASCII)

# How the lines of the runtime's other traces begin: scavtrace (scvg before 1.14),
# gcpacertrace, and the scan statistics of gctrace=2.
OTHER = re.compile(
    rb"scav \d+ KiB work|scvg\d*: |scan: (?:total|class) |"
    rb"pacer: (?:\d+% CPU|assist ratio=|sweep done at)"
)
OTHER_WORDS = (b"scav ", b"scvg", b"scan: ", b"pacer: ")
