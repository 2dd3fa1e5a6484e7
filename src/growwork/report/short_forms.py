"""Short forms of names and quantities that every renderer for people uses.

Apart from `wording` because they need none of the types that a diagnosis needs: a trace is shown
without loading those.
"""

from __future__ import annotations

from growwork.core.units import format_bytes, format_count, format_duration

__all__ = [
    "ASSIST_CLASSES",
    "clip_left",
    "count_of",
    "place_of",
    "quantity",
    "range_text",
    "short_function",
]

# The class of an assist's stack, in words for a reader who has not read the runtime.
ASSIST_CLASSES = {
    "map-growth": "map growth",
    "map-other": "other map code",
    "other": "other code",
}


def short_function(function: str) -> str:
    """A function without the folders of its import path: `shop.(*Cart).Add`.

    Slashes inside type arguments (`F[example.com/a.T]`) do not count.
    """
    head, bracket, tail = function.partition("[")
    return head.rpartition("/")[2] + bracket + tail


def place_of(file: str, line: int) -> str:
    """A frame's line with the last two parts of its path: `catalog/index.go:91`."""
    return f"{'/'.join(file.rsplit('/', 2)[-2:])}:{line}"


def clip_left(text: str, width: int) -> str:
    """The end of a text that is too long: of a path, the end tells most."""
    return text if len(text) <= width else "…" + text[len(text) - max(width - 1, 0) :]


def count_of(count: int, noun: str, plural: str | None = None) -> str:
    """`1 finding`, `2 findings`, `2.34 k findings`."""
    word = noun if count == 1 else plural or f"{noun}s"
    return f"{format_count(count)} {word}"


def range_text(low: str, high: str) -> str:
    """Two quantities as a range; a unit both share is said once: `298–327 MiB`."""
    number, space, unit = low.rpartition(" ")
    return f"{number}–{high}" if space and high.endswith(f" {unit}") else f"{low}–{high}"


def quantity(value: float, kind: str) -> str:
    """A number in its unit: `B`, `ns`, `ratio`, or anything else for a plain count."""
    if kind == "ratio":
        return f"{value:.3g}"
    if kind == "B":
        return format_bytes(value)
    return format_duration(value) if kind == "ns" else format_count(value)
