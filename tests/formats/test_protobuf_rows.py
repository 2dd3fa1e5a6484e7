"""Messages by the column against the same messages one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from growwork.formats.protobuf import bytes_field, number_field, varint
from growwork.formats.protobuf_rows import constant_rows, joined, message_rows, number_rows

numbers = st.integers(-(2**63), 2**63 - 1)
field_numbers = st.integers(1, 2000)


@given(st.lists(st.tuples(numbers, st.booleans()), max_size=6), field_numbers)
def test_number_rows_are_the_fields_one_after_the_other(
    rows: list[tuple[int, bool]], number: int
) -> None:
    values = np.array([value for value, _ in rows], dtype=np.int64)
    there = np.array([is_there for _, is_there in rows], dtype=np.bool_)
    expected = [varint(number << 3) + varint(value) for value, is_there in rows if is_there]
    assert number_rows(number, values, there).encode() == b"".join(expected)


@given(st.lists(st.tuples(numbers, numbers, st.booleans()), max_size=6), field_numbers, st.binary())
def test_message_rows_have_the_length_of_what_is_in_them(
    rows: list[tuple[int, int, bool]], number: int, constant: bytes
) -> None:
    a, b = (np.array([row[side] for row in rows], dtype=np.int64) for side in (0, 1))
    there = np.array([row[2] for row in rows], dtype=np.bool_)
    inner = joined(
        number_rows(1, a), constant_rows(len(rows), constant), number_rows(2, b, b % 2 == 1)
    )
    expected = [
        bytes_field(
            number,
            varint(1 << 3) + varint(one) + constant + (number_field(2, two) if two % 2 else b""),
        )
        for one, two, is_there in rows
        if is_there
    ]
    assert message_rows(number, inner, there).encode() == b"".join(expected)


def test_no_rows_are_no_bytes() -> None:
    none = np.array([], dtype=np.int64)
    assert message_rows(1, number_rows(1, none)).encode() == b""
