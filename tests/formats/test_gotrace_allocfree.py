"""The tables of the AllocFree experiment, from bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growwork.core.errors import FormatError
from growwork.formats.gotrace.allocfree import (
    AllocFreeInfo,
    AllocFreeType,
    SpanClass,
    read_allocfree,
    span_class,
    stack_bytes,
)
from growwork.formats.gotrace.types import ExperimentalBatch
from growwork.formats.gotrace.writer import encode_uvarint

INFO = AllocFreeInfo(0xC000000000, 8192, 8, 2048)


def batch(kind: int, payload: bytes, *, generation: int = 1) -> ExperimentalBatch:
    return ExperimentalBatch(1, generation, -1, bytes([kind]) + payload)


def numbers(*values: int) -> bytes:
    return b"".join(map(encode_uvarint, values))


def encode_type(row: AllocFreeType) -> bytes:
    name = row.name.encode()
    head = numbers(row.type_id, row.address, row.size_bytes, row.pointer_bytes, len(name))
    return head + name


def info_batch(info: AllocFreeInfo = INFO) -> ExperimentalBatch:
    units = info.page_bytes, info.min_object_align_bytes, info.min_stack_bytes
    return batch(1, numbers(info.min_heap_address, *units))


def test_info_and_types() -> None:
    groups = AllocFreeType(1, 0x4A0000, 136, 128, "map.group[string]int")
    pointer = AllocFreeType(2, 0x4A1000, 8, 8, "*main.T")
    later = AllocFreeType(1, 0x4A1000, 8, 8, "*main.T")
    tables = read_allocfree(
        [
            info_batch(),
            batch(0, encode_type(groups)),
            batch(0, encode_type(pointer)),
            batch(0, encode_type(later), generation=2),
            ExperimentalBatch(9, 1, 4, b"\xff"),  # of another experiment
        ]
    )
    assert tables.info == INFO
    assert tables.types == {1: {1: groups, 2: pointer}, 2: {1: later}}
    assert tables.type_of(2, 1) == later
    assert tables.type_of(1, 0) is None
    assert tables.type_of(3, 1) is None


def test_a_trace_without_tables() -> None:
    """As a flight recorder's."""
    tables = read_allocfree([])
    assert tables.info is None
    assert tables.type_of(1, 1) is None


@given(
    st.lists(
        st.builds(
            AllocFreeType,
            st.integers(1, 2**64 - 1),
            st.integers(0, 2**64 - 1),
            st.integers(0, 2**40),
            st.integers(0, 2**40),
            st.text(max_size=50),
        ),
        unique_by=lambda row: row.type_id,
    )
)
def test_any_types(rows: list[AllocFreeType]) -> None:
    tables = read_allocfree([batch(0, b"".join(map(encode_type, rows)))])
    assert list(tables.types[1].values()) == rows


def test_addresses() -> None:
    assert INFO.span_address(3) == 0xC000006000
    assert INFO.object_address(3) == 0xC000000018
    assert INFO.stack_address(3) == 0xC000001800
    ids = np.array([0, 1, 1 << 30])
    assert INFO.object_address(ids).tolist() == [0xC000000000, 0xC000000008, 0xC200000000]


@pytest.mark.parametrize(
    ("kindclass", "expected"),
    [
        (1, SpanClass(heap=False)),
        (0, SpanClass(heap=True, size_class=0, has_pointers=True)),
        (5 << 2, SpanClass(heap=True, size_class=5, has_pointers=True)),
        (67 << 2 | 2, SpanClass(heap=True, size_class=67, has_pointers=False)),
    ],
)
def test_classes_of_spans(kindclass: int, expected: SpanClass) -> None:
    assert span_class(kindclass) == expected


def test_sizes_of_stacks() -> None:
    assert [stack_bytes(order) for order in (12, 13, 21)] == [2048, 4096, 1 << 20]


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (b"", "byte 0: expected a kind of batch, found the end"),
        (b"\x07", r"byte 1: expected 0 \(types\) or 1 \(info\), found 7"),
        (b"\x01" + numbers(1 << 40, 8192, 8), "expected a stack size, found the end"),
        (b"\x01" + numbers(1 << 40, 0, 8, 2048), "expected a page size above 0"),
        (b"\x01" + numbers(1, 8192, 8, 2048, 7), "expected the end of the info batch, found 1"),
        (b"\x00" + numbers(1, 2, 3, 4, 5) + b"abc", "expected a name of 5 bytes, found 3"),
        (b"\x00" + numbers(1, 2, 3, 4, 0) * 2, "expected a type's id not seen yet, found 1"),
        (b"\x00" + numbers(0, 2, 3, 4, 0), "expected a type's id not seen yet, found 0"),
        (b"\x00" + b"\x80" * 12, "expected a type's id, found a number of more than 64 bits"),
        (b"\x00\x01\x80", "expected a type's address, found the end"),
    ],
)
def test_what_is_wrong_is_said(payload: bytes, problem: str) -> None:
    with pytest.raises(FormatError, match=problem) as caught:
        read_allocfree([ExperimentalBatch(1, 4, -1, payload)], name="t.out")
    assert str(caught.value).startswith("t.out, experimental batch of generation 4, byte ")


def test_info_batches_must_agree() -> None:
    other = AllocFreeInfo(0xC000000000, 4096, 8, 2048)
    assert read_allocfree([info_batch(), info_batch()]).info == INFO
    with pytest.raises(FormatError, match="a second info batch that says otherwise"):
        read_allocfree([info_batch(), info_batch(other)])
