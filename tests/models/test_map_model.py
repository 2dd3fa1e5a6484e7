"""The map models against sizes measured on real toolchains at MemProfileRate=1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growwork.goruntime import release_for
from growwork.models import MapModel, map_model
from growwork.models.classic_map import ClassicMap
from growwork.models.entry_layout import entry_layout
from growwork.models.swiss_map import SwissMap

CLASSIC = ("1.21", "1.22", "1.23")
SWISS = ("1.24", "1.25", "1.26", "1.27")


def int_int(language: str) -> MapModel:
    return map_model(release_for(language), 8, 8, has_pointers=False)


def string_pointer(language: str) -> MapModel:
    return map_model(release_for(language), 16, 8, has_pointers=True)


@pytest.mark.parametrize(
    ("key", "elem", "bucket", "group"),
    [
        (8, 8, 144, 136),  # uint64/uint64, int/*int
        (16, 8, 208, 200),  # string/int
        (16, 16, 272, 264),  # string/string
        (4, 4, 80, 72),  # uint32/uint32
        (1, 1, 32, 24),  # uint8/uint8
        (8, 0, 80, 136),  # int64/struct{}: the empty element still takes a word in a slot
        (8, 200, 144, 136),  # 200-byte element: stored as a pointer
    ],
)
def test_bucket_and_group_sizes(key: int, elem: int, bucket: int, group: int) -> None:
    entry = entry_layout(key, elem, has_pointers=False)
    assert ClassicMap(release_for("1.23"), entry).bucket_bytes == bucket
    assert SwissMap(release_for("1.26"), entry).group_bytes == group


def test_alignment_can_be_given() -> None:
    narrow = entry_layout(16, 1, has_pointers=False, key_align=1, elem_align=1)  # [16]byte/bool
    assert SwissMap(release_for("1.26"), narrow).group_bytes == 8 + 8 * 17
    guessed = entry_layout(16, 1, has_pointers=False)
    assert SwissMap(release_for("1.26"), guessed).group_bytes == 8 + 8 * 24


@pytest.mark.parametrize(
    ("hint", "old", "new", "swiss"),
    [
        (13, (32, 576, 896), (16, 288, 416), (16, 288, 416)),
        (14, (32, 576, 896), (32, 576, 896), (16, 288, 416)),
        (100, (256, 5376, 8192), (128, 2688, 4096), (128, 2304, 3456)),
        (896, (2048, 40960, 57344), (2048, 40960, 57344), (1024, 18432, 27264)),
        (1000, (2048, 40960, 57344), (2048, 40960, 57344), (2048, 36864, 54528)),
        (3000, (4096, 81920, 114688), (4096, 81920, 114688), (4096, 73728, 109056)),
        (3600, (8192, 163840, 229376), (8192, 163840, 229376), (8192, 147456, 218112)),
        (4096, (8192, 163840, 229376), (8192, 163840, 229376), (8192, 147456, 218112)),
        (5000, (8192, 163840, 229376), (8192, 163840, 229376), (8192, 147456, 218112)),
    ],
)
def test_capacity_of_a_hint(
    hint: int,
    old: tuple[int, int, int],
    new: tuple[int, int, int],
    swiss: tuple[int, int, int],
) -> None:
    for languages, (slots, ints, strings) in ((("1.21",), old), (("1.23",), new), (SWISS, swiss)):
        for language in languages:
            assert int_int(language).hint_slots(hint) == slots
            assert int_int(language).hint_bytes(hint) == ints
            assert string_pointer(language).hint_bytes(hint) == strings


@pytest.mark.parametrize(
    ("language", "hint", "slots", "size"),
    [
        ("1.21", 3328, 8192, 163840),
        ("1.23", 3328, 4096, 81920),
        ("1.26", 3328, 4096, 73728),
        ("1.23", 7168, 16384, 319488),
        ("1.26", 7168, 8192, 147456),
        ("1.26", 8192, 16384, 294912),
        ("1.21", 100_000, 262144, 5013504),
        ("1.23", 100_000, 131072, 2506752),
        ("1.27", 100_000, 131072, 2359296),
        ("1.21", 13_000, 32768, 0),
        ("1.23", 13_000, 16384, 0),
        ("1.26", 13_000, 16384, 0),
        ("1.26", 16_384, 32768, 0),
    ],
)
def test_large_hints(language: str, hint: int, slots: int, size: int) -> None:
    assert int_int(language).hint_slots(hint) == slots
    if size:
        assert int_int(language).hint_bytes(hint) == size


def test_hints_up_to_eight_allocate_nothing() -> None:
    for language in CLASSIC + SWISS:
        made = int_int(language).presize(8)
        assert (made.slots, made.tables, made.array_bytes, made.extra_bytes) == (8, 0, 0, 0)
        assert int_int(language).safe_hint(8) == 0


@pytest.mark.parametrize(
    ("language", "thresholds"),
    [
        ("1.21", (8, 12, 24, 48, 96, 192, 384, 768, 1536, 3072, 6144, 12288)),
        ("1.23", (8, 13, 26, 52, 104, 208, 416, 832, 1664, 3328, 6656, 13312)),
        ("1.26", (8, 14, 28, 56, 112, 224, 448, 896, 1792, 3584, 7168, 14336)),
    ],
)
def test_thresholds(language: str, thresholds: tuple[int, ...]) -> None:
    levels = int_int(language).levels(max_slots=8 << (len(thresholds) - 1))
    assert tuple(level.max_length for level in levels) == thresholds


@pytest.mark.parametrize(
    ("language", "points"),
    [("1.21", (13, 25, 49, 97)), ("1.23", (14, 27, 53, 105)), ("1.26", (15, 29, 57, 113))],
)
def test_growth_points(language: str, points: tuple[int, ...]) -> None:
    growths = int_int(language).growths(120)
    assert tuple(growth.at_length for growth in growths)[:5] == (9, *points)


@pytest.mark.parametrize(("hint", "tables"), [(897, 2), (1793, 4), (3585, 8), (7169, 16)])
def test_truncation_quirk(hint: int, tables: int) -> None:
    made = int_int("1.26").presize(hint)
    assert (made.tables, made.slots) == (tables, tables * 512)


@pytest.mark.parametrize(("hint", "tables"), [(898, 2), (1796, 4), (3591, 8), (7182, 16)])
def test_smallest_hint_with_full_tables(hint: int, tables: int) -> None:
    assert int_int("1.26").presize(hint).slots == tables * 1024
    assert int_int("1.26").presize(hint - 1).slots == tables * 512


@pytest.mark.parametrize(
    ("length", "hint"),
    [
        (9, 9),
        (100, 100),
        (896, 896),
        (897, 898),  # quirk
        (1500, 1500),
        (1700, 1796),  # the brim: 850 of 896 in each of two tables
        (1792, 1796),
        (3200, 3200),
        (3584, 3591),  # the cliff: exact regrows every map
        (5000, 5000),
    ],
)
def test_safe_hint_on_swiss_maps(length: int, hint: int) -> None:
    assert int_int("1.26").safe_hint(length) == hint


def test_safe_hint_on_classic_maps_is_exact() -> None:
    assert [int_int("1.23").safe_hint(n) for n in (9, 1664, 1665, 3584)] == [9, 1664, 1665, 3584]


@pytest.mark.parametrize(
    ("length", "low", "high"),
    [(1700, 0.0, 0.03), (1750, 0.15, 0.4), (1792, 0.9, 1.0), (3300, 0.0, 0.08), (3584, 0.9, 1.1)],
)
def test_extra_bytes_of_an_exact_hint(length: int, low: float, high: float) -> None:
    model = int_int("1.26")
    extra = model.fill_bytes(length, hint=length) / model.hint_bytes(length) - 1
    assert low <= extra <= high  # measured +1.5, +29, +96, +1, +101 %


@given(
    length=st.integers(9, 200_000),
    language=st.sampled_from(CLASSIC + SWISS),
)
def test_safe_hint_holds_its_length_and_is_no_waste(length: int, language: str) -> None:
    model = int_int(language)
    hint = model.safe_hint(length)
    assert hint >= length
    assert model.max_length(model.hint_slots(hint)) >= length
    filled = model.fill_bytes(length, hint)
    assert filled <= 1.12 * model.hint_bytes(hint)
    assert model.hint_slots(hint) <= 4 * model.slots_for(length)


@given(n=st.integers(1, 896), language=st.sampled_from(CLASSIC + SWISS))
def test_growing_from_empty_allocates_every_level_once(n: int, language: str) -> None:
    model = int_int(language)
    reached = [level for level in model.levels() if level.slots <= model.slots_for(n)]
    assert model.fill_bytes(n) == reached[-1].cumulative_bytes
    assert len(model.growths(n)) == len(reached) - 1
    assert reached[-1].max_length >= n
    assert all(level.max_length < n for level in reached[:-1])


def test_counts_of_a_hundred_thousand_entries() -> None:
    # 100k int->int: 532 -> 258 allocations with header, tables, directories (Go 1.26).
    model = int_int("1.26")
    assert model.slots_for(100_000) == 131072
    tables = model.expected_arrays(100_000)[18432]
    assert tables == pytest.approx(255, abs=1)  # 1 + 2 * 127 splits
    assert model.fill_bytes(100_000) == pytest.approx(4.73e6, rel=0.01)
    assert model.fill_bytes(100_000, hint=100_000) == pytest.approx(2.36e6, rel=0.01)


def test_group_array_of_b_17() -> None:
    entry = entry_layout(8, 8, has_pointers=False)
    size = ClassicMap(release_for("1.23"), entry).levels(8 << 17)[-1].object_bytes
    assert size // 144 == 139_264
