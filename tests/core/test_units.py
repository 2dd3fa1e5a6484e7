"""Quantities read the same everywhere."""

from __future__ import annotations

import pytest

from growwork.core.units import format_bytes, format_count, format_duration


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.50 KiB"),
        (24.5 * 2**20, "24.5 MiB"),
        (2**50, "1024 TiB"),
    ],
)
def test_bytes(size_bytes: float, text: str) -> None:
    assert format_bytes(size_bytes) == text


@pytest.mark.parametrize(
    ("duration_ns", "text"),
    [(0, "0 ns"), (999, "999 ns"), (12_340, "12.3 µs"), (4_560_000, "4.56 ms"), (61e9, "61.0 s")],
)
def test_durations(duration_ns: float, text: str) -> None:
    assert format_duration(duration_ns) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(7, "7"), (999, "999"), (4_560, "4.56 k"), (7.89e6, "7.89 M"), (3e9, "3.00 G")],
)
def test_counts(count: float, text: str) -> None:
    assert format_count(count) == text
