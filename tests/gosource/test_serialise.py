"""Source facts as JSON: lossless, versioned, and clear about what is wrong."""

from __future__ import annotations

import json

import pytest

from growwork.core.errors import FormatError, UnsupportedVersion
from growwork.gosource import facts_from_json, facts_to_json, read_facts, write_facts
from growwork.gosource.types import (
    DeleteLine,
    FillLoop,
    FillTier,
    GrowthLine,
    MapSite,
    Position,
    SiteKind,
    SourceFacts,
    SourceFile,
)

AT = Position("shop/cart.go", 12, 7)
FACTS = SourceFacts(
    module="example.com/shop",
    root="/src/shop",
    go_version="go1.26.8",
    goos="linux",
    goarch="amd64",
    sites=(
        MapSite(
            position=AT,
            function="example.com/shop.New",
            package="example.com/shop",
            kind=SiteKind.MAKE_SIZED,
            key_type="string",
            elem_type="T",
            key_bytes=16,
            elem_bytes=None,
            has_pointers=None,
            offset=100,
            end_offset=130,
            hint="n · 2",
            hint_value=None,
            hint_offset=120,
            hint_end=126,
            generated=False,
            fills=(FillLoop(Position("shop/cart.go", 14, 2), FillTier.T2, "len(x)", True, ""),),
            escapes_loop=True,
            owner="field",
            key_align=8,
            compiled=Position("shop/cart.tmpl", 3),
            wrappable=True,
        ),
    ),
    growth_lines=(
        GrowthLine(Position("shop/cart.go", 15, 3), "example.com/shop.New", "assign", (AT,), ""),
    ),
    delete_lines=(
        DeleteLine(Position("shop/cart.go", 19, 3), "example.com/shop.Drop", "clear", (AT,)),
    ),
    files=(
        SourceFile(
            "shop/cart.go", "ab" * 32, "/src/shop/shop/cart.go", "example.com/shop/cart.go", False
        ),
    ),
    warnings=("one",),
)


def test_nothing_is_lost() -> None:
    assert read_facts(write_facts(FACTS), source="sites.json") == FACTS
    assert facts_from_json(facts_to_json(FACTS), source="sites.json") == FACTS


def test_the_text_is_stable() -> None:
    assert write_facts(FACTS) == write_facts(read_facts(write_facts(FACTS), source="x"))
    assert json.loads(write_facts(FACTS))["schema"] == "growwork/source-facts/1"


def test_another_version_is_refused() -> None:
    document = {**facts_to_json(FACTS), "schema": "growwork/source-facts/2"}
    with pytest.raises(UnsupportedVersion, match=r"REC/sites.json: schema is .*source-facts/2"):
        facts_from_json(document, source="REC/sites.json")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"kind":"make-sized"', '"kind":"new"', r"\$\.sites\[0\]\.kind: expected one of make, "),
        (
            '"line":12',
            '"line":"12"',
            r"\$\.sites\[0\]\.position\.line: expected .* type int",
        ),
        (
            '"line":12',
            '"line":true',
            r"\$\.sites\[0\]\.position\.line: expected .* type int",
        ),
        ('"goos":"linux",', "", r"\$\.goos: expected a value, found none"),
        ('"warnings":["one"]', '"warnings":"one"', r"\$\.warnings: expected a list"),
        ('"warnings":["one"]', '"warnings":[1]', r"\$\.warnings\[0\]: expected .* type str"),
        ('"sha256":', '"sha":', r"\$\.files\[0\]\.sha256: expected a value, found none"),
    ],
)
def test_a_wrong_value_is_named(old: str, new: str, message: str) -> None:
    text = write_facts(FACTS)
    assert old in text
    with pytest.raises(FormatError, match=rf"sites\.json, {message}"):
        read_facts(text.replace(old, new), source="sites.json")


@pytest.mark.parametrize("text", ["", "{", "\x00\x01", "[]", "3"])
def test_foreign_files_are_refused(text: str) -> None:
    with pytest.raises(FormatError, match=r"^sites\.json"):
        read_facts(text, source="sites.json")
