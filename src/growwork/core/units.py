"""Quantities for people: `1.5 MiB`, `12.3 ms`, `4.1 k`."""

from __future__ import annotations

__all__ = ["format_bytes", "format_count", "format_duration"]

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB")


def format_bytes(size_bytes: float) -> str:
    """Bytes in binary units with three significant digits: `0 B`, `1.50 KiB`, `23.4 MiB`."""
    value = float(size_bytes)
    for unit in _BINARY[:-1]:
        if abs(value) < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{_three(value)} {unit}"
        value /= 1024
    return f"{_three(value)} {_BINARY[-1]}"


def format_duration(duration_ns: float) -> str:
    """Nanoseconds with three significant digits: `640 ns`, `12.3 µs`, `4.56 ms`, `1.20 s`."""
    value = float(duration_ns)
    for unit in ("ns", "µs", "ms"):
        if abs(value) < 1000:
            return f"{value:.0f} {unit}" if unit == "ns" else f"{_three(value)} {unit}"
        value /= 1000
    return f"{_three(value)} s"


def format_count(count: float) -> str:
    """A count with three significant digits: `7`, `123`, `4.56 k`, `7.89 M`."""
    value = float(count)
    if abs(value) < 1000:
        return f"{value:.0f}"
    for unit in ("k", "M"):
        value /= 1000
        if abs(value) < 1000:
            return f"{_three(value)} {unit}"
    return f"{_three(value / 1000)} G"


def _three(value: float) -> str:
    magnitude = abs(value)
    if magnitude >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if magnitude >= 10 else f"{value:.2f}"
