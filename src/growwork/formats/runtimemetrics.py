"""The series of runtime/metrics samples that the collector writes: one JSON object per line.

A line is `{"time_ns": …, "values": {"/gc/heap/allocs:bytes": …, …}}`. Histograms are objects and
are not read here. The last line of a killed program may be cut short; it is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from growwork.core.errors import FormatError

__all__ = ["MetricsSample", "read_metrics"]


@dataclass(frozen=True, slots=True)
class MetricsSample:
    """The numeric metrics at one moment."""

    time_ns: int
    values: Mapping[str, float]  # by metric name; those of histogram kind are left out


def read_metrics(data: bytes, *, name: str = "<metrics>") -> tuple[MetricsSample, ...]:
    """Read a whole series, in file order.

    Raises `FormatError` for a line, other than a cut last one, that is no sample.
    """
    lines = data.split(b"\n")
    complete, rest = lines[:-1], lines[-1]  # what follows the last newline was cut short
    samples = [
        _read_line(line, number, name) for number, line in enumerate(complete, 1) if line.strip()
    ]
    if rest.strip() and not samples:
        raise FormatError(name, "expected a line with a sample", position="line 1")
    return tuple(samples)


def _read_line(line: bytes, number: int, name: str) -> MetricsSample:
    try:
        entry = json.loads(line)
        time_ns, values = entry["time_ns"], entry["values"]
        numbers = {
            str(metric): float(value)
            for metric, value in values.items()
            if isinstance(value, int | float)
        }
        return MetricsSample(int(time_ns), numbers)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        problem = "expected an object with time_ns and values"
        raise FormatError(name, problem, position=f"line {number}") from error
