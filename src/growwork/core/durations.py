"""Durations as Go writes them on a command line: `1.5s`, `200ms`, `1m30s`."""

from __future__ import annotations

import re
from fractions import Fraction

__all__ = ["parse_duration"]

_UNITS_NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # micro sign
    "μs": 1_000,  # Greek letter mu
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_MOST_NS = (1 << 63) - 1  # as time.Duration
_LONGEST_TEXT = 64


def parse_duration(text: str) -> int:
    """Nanoseconds of a duration in the syntax of Go's `time.ParseDuration`, without a sign.

    Raises `ValueError` for anything else, and for what an int64 of nanoseconds cannot hold.
    """
    if text == "0":
        return 0
    total, position = Fraction(0), 0
    while position < len(text) <= _LONGEST_TEXT:
        part = _PART.match(text, position)
        if part is None:
            break
        total += Fraction(part[1].removesuffix(".")) * _UNITS_NS[part[2]]
        position = part.end()
    if not text or position != len(text):
        raise ValueError(f"{text[:_LONGEST_TEXT]!r} is no duration such as 1.5s, 200ms or 1m30s")
    if total > _MOST_NS:
        raise ValueError(f"{text!r} is more than 292 years")
    return int(total)
