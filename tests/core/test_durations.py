"""Go durations on the command line."""

from __future__ import annotations

import pytest

from growwork.core.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("0s", 0),
        ("1.5s", 1_500_000_000),
        ("200ms", 200_000_000),
        ("1m30s", 90_000_000_000),
        ("1h2m3.5s", 3_723_500_000_000),
        (".5us", 500),
        ("5.s", 5_000_000_000),
        ("3µs", 3_000),
        ("3μs", 3_000),
        ("0.1ns", 0),  # as Go truncates
        ("0.3s", 300_000_000),  # no binary fraction on the way
        ("9223372036854775807ns", (1 << 63) - 1),
    ],
)
def test_as_go_reads_it(text: str, expected: int) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "1", "s", "1.5", "-1s", "+1s", "1 s", "1sec", ".s", "1s2", "1e3s", "1s" * 33]
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)


def test_what_is_too_long() -> None:
    with pytest.raises(ValueError, match="292 years"):
        parse_duration("9223372036854775808ns")
