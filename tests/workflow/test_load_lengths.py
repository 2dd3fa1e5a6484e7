from __future__ import annotations

import pytest

from growwork.analysis.lengths import MapLength, SiteReadings
from growwork.core.errors import FormatError
from growwork.workflow.load_lengths import read_lengths

ONE = b'{"site":7,"made":3,"maps":[{"nth":1,"max":9,"last":2,"alive":true}]}\n'
TWO = b'{"site":2,"made":1,"maps":[]}\n'


def test_sites_come_in_order() -> None:
    assert read_lengths(ONE + b"\n" + TWO, source="lengths.jsonl") == (
        SiteReadings(2, 1, ()),
        SiteReadings(7, 3, (MapLength(1, 9, 2, alive=True),)),
    )


def test_an_empty_file_has_no_readings() -> None:
    assert read_lengths(b"", source="lengths.jsonl") == ()


@pytest.mark.parametrize(
    "bad",
    [
        b"no JSON\n",
        b'{"site":"7","made":3,"maps":[]}\n',
        b'{"site":7,"made":3}\n',
        b'{"site":7,"made":3,"maps":[{"nth":1,"max":2,"last":9,"alive":true}]}\n',
        b'{"site":7,"made":3,"maps":[{"nth":1,"max":-2,"last":-9,"alive":true}]}\n',
        ONE[:30],
    ],
)
def test_anything_else_names_the_line(bad: bytes) -> None:
    with pytest.raises(FormatError, match=r"lengths\.jsonl, line 2"):
        read_lengths(TWO + bad, source="lengths.jsonl")
