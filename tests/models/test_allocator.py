"""Object sizes of requests, with and without the malloc header of Go 1.22."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growwork.goruntime import release_for
from growwork.models.allocator import alloc_bytes, roundup_bytes


@pytest.mark.parametrize(
    ("request_bytes", "pointers", "old", "new"),
    [
        (0, True, 0, 0),
        (1, False, 8, 8),
        (136, False, 144, 144),
        (512, True, 512, 512),  # no header up to 512 bytes
        (513, True, 576, 576),
        (570, True, 576, 640),  # 578 with its header
        (570, False, 576, 576),
        (32760, False, 32768, 32768),
        (32760, True, 32768, 32768),
        (32761, False, 32768, 40960 - 8192),
        (32769, True, 40960, 40960),
        (100_000, True, 106496, 106496),
    ],
)
def test_alloc(request_bytes: int, pointers: bool, old: int, new: int) -> None:
    for language, expected in (("1.21", old), ("1.23", new), ("1.27", new)):
        release = release_for(language)
        assert alloc_bytes(request_bytes, has_pointers=pointers, release=release) == expected


@given(
    size=st.integers(1, 200_000), pointers=st.booleans(), language=st.sampled_from(["1.21", "1.26"])
)
def test_roundup_fits_in_the_object(size: int, pointers: bool, language: str) -> None:
    release = release_for(language)
    usable = roundup_bytes(size, has_pointers=pointers, release=release)
    object_bytes = alloc_bytes(size, has_pointers=pointers, release=release)
    assert size <= usable <= object_bytes
    assert object_bytes - usable in (0, 8)
    assert alloc_bytes(usable, has_pointers=pointers, release=release) == object_bytes
