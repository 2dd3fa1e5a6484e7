"""The collector's metric series: whole, cut short, and foreign."""

from __future__ import annotations

import pytest

from growwork.core.errors import FormatError
from growwork.formats.runtimemetrics import MetricsSample, read_metrics

LINE = b'{"time_ns":5,"values":{"/gc/heap/allocs:bytes":7,"/gc/pauses:seconds":{"count":1}}}\n'


def test_numbers_are_read_and_histograms_are_not() -> None:
    assert read_metrics(LINE * 2) == (MetricsSample(5, {"/gc/heap/allocs:bytes": 7.0}),) * 2


def test_a_last_line_cut_short_is_dropped() -> None:
    for end in range(len(LINE)):
        assert len(read_metrics(LINE + LINE[:end])) == 1


def test_an_empty_series_has_no_samples() -> None:
    assert read_metrics(b"") == ()


@pytest.mark.parametrize(
    "line", [b"gc 1 @0.1s", b"[]", b'{"values":{}}', b'{"time_ns":1}', b'{"time_ns":1,"values":3}']
)
def test_a_foreign_line_is_named(line: bytes) -> None:
    with pytest.raises(FormatError, match=r"metrics\.jsonl, line 2: expected an object"):
        read_metrics(LINE + line + b"\n", name="metrics.jsonl")


def test_a_foreign_file_without_lines_is_an_error() -> None:
    with pytest.raises(FormatError, match="line 1"):
        read_metrics(b"\x7fELF")
