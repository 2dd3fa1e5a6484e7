"""The short forms that text and HTML share."""

from __future__ import annotations

import pytest

from growwork.analysis.comparison import compare
from growwork.report.comparison_wording import describe_metric
from growwork.report.short_forms import clip_left, place_of, range_text, short_function
from growwork.report.terminal import bar, sparkline
from growwork.report.wording import capacity_label, estimate_text, split_code


@pytest.mark.parametrize(
    ("function", "short"),
    [
        ("main.main", "main.main"),
        ("example.com/shop/cart.(*Cart).Add", "cart.(*Cart).Add"),
        ("example.com/a.F[example.com/b.T]", "a.F[example.com/b.T]"),
    ],
)
def test_short_function(function: str, short: str) -> None:
    assert short_function(function) == short


@pytest.mark.parametrize(
    ("slots", "label"),
    [(8, "8"), (896, "896"), (1024, "1k"), (1000, "1000"), (4096, "4k"), (1 << 21, "2M"),
     (14_336, "14k"), (100_003, "100k")],
)  # fmt: skip
def test_capacity_label(slots: int, label: str) -> None:
    assert capacity_label(slots) == label


def test_ranges_say_a_shared_unit_once() -> None:
    assert range_text("1.00 MiB", "2.00 MiB") == "1.00–2.00 MiB"
    assert range_text("640 KiB", "2.00 MiB") == "640 KiB–2.00 MiB"
    assert range_text("61", "113") == "61–113"


def test_an_interval_that_shows_nothing_is_left_out() -> None:
    assert estimate_text(412, 400, 420) == "412 (400–420)"
    assert estimate_text(1.0, 0.98, 1.02) == "1"


def test_paths_keep_their_end() -> None:
    assert place_of("/usr/local/go/src/encoding/json/decode.go", 980) == "json/decode.go:980"
    assert place_of("cart.go", 3) == "cart.go:3"
    assert clip_left("internal/cart/cart.go", 10) == "…t/cart.go"


def test_backticks_mark_code_in_pairs() -> None:
    assert split_code("use `len(x)` here") == (("use ", False), ("len(x)", True), (" here", False))
    assert split_code("one ` only") == (("one ` only", False),)


def test_sparkline_never_hides_a_value_above_zero() -> None:
    assert sparkline([0, 0.001, 50, 100]) == "·▁▅█"
    assert sparkline([]) == ""
    assert sparkline([0, 0]) == ""


def test_bar_never_hides_a_value_above_zero() -> None:
    assert bar(1, 1000, 8) == "█"
    assert bar(0, 1000, 8) == ""
    assert bar(1000, 1000, 8) == "█" * 8


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ([100.0] * 5, [50.0] * 5, "−50.0 %"),
        ([100.0] * 5, [0.0] * 5, "−100 %"),
        ([100.0] * 5, [130.0] * 5, "+30.0 %"),
        ([100.0] * 5, [450.0] * 5, "×4.5"),
        ([100.0] * 5, [100.0] * 5, "not moved"),
        ([0.0] * 5, [0.0] * 5, "not moved"),
        ([0.0] * 5, [9.0] * 5, "moved"),
    ],
)
def test_change_in_words(before: list[float], after: list[float], change: str) -> None:
    assert describe_metric(compare("m", "count", before, after)).change == change
