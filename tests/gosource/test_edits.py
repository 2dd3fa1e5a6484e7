"""Byte-exact edits: size hints, and the wrapping of sites for the collector."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from growwork.core.errors import UsageError
from growwork.gosource import apply_edits, hint_edit, observe_edits, observed_sites
from growwork.gosource.toolchain import run_go
from growwork.gosource.types import SourceEdit
from tests.gosource.modules import Analysed, analyse, toolchain

pytestmark = pytest.mark.needs_go

SOURCE = """package main

type Tags map[string]struct{}

func main() {
	n := len("some")
	a := make(map[string]struct{ A int }) //: make
	b := make(map[int]int, n /* why */) //: sized
	c := make(map[int]int, /* before */ n) //: commented
	d := map[string]struct{}{} //: empty
	e := Tags{} //: named
	f := map[string]int{"a": 1} //: literal
	g := &map[string]int{} //: address
	h := make(map[int]int, //: multi
		n,
	)
	println(a, b, c, d, e, f, g, h)
}
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    return analyse(tmp_path_factory.mktemp("edits"), {"main.go": SOURCE})


def _edited(module: Analysed, place: str, hint: str | None) -> str:
    source = (module.root / "main.go").read_bytes()
    edit = hint_edit(module.facts, module.site(place), hint, source)
    assert edit is not None
    changed = apply_edits(source, [edit]).decode()
    number = module.places[place][1] - 1
    assert changed.count("\n") == SOURCE.count("\n")
    line = changed.split("\n")[number]
    return line.rpartition(" //:")[0].partition(":= ")[2]


@pytest.mark.parametrize(
    ("place", "hint", "expected"),
    [
        ("make", "n", "make(map[string]struct{ A int }, n)"),
        ("sized", "2 * n", "make(map[int]int, 2 * n /* why */)"),
        ("sized", None, "make(map[int]int /* why */)"),
        ("commented", "7", "make(map[int]int, /* before */ 7)"),
        ("commented", None, "make(map[int]int, /* before */ 0)"),
        ("empty", "n", "make(map[string]struct{}, n)"),
        ("named", "n", "make(Tags, n)"),
    ],
)
def test_hint_edit(module: Analysed, place: str, hint: str | None, expected: str) -> None:
    assert _edited(module, place, hint) == expected


@pytest.mark.parametrize("place", ["literal", "address"])
def test_no_edit_where_none_is_possible(module: Analysed, place: str) -> None:
    source = (module.root / "main.go").read_bytes()
    assert hint_edit(module.facts, module.site(place), "n", source) is None


def test_an_edit_that_changes_nothing_is_none(module: Analysed) -> None:
    source = (module.root / "main.go").read_bytes()
    assert hint_edit(module.facts, module.site("sized"), "n", source) is None
    assert hint_edit(module.facts, module.site("make"), None, source) is None
    assert hint_edit(module.facts, module.site("empty"), None, source) is None


def test_all_hints_together_build(module: Analysed, tmp_path: Path) -> None:
    source = (module.root / "main.go").read_bytes()
    edits = [
        edit
        for site in module.facts.sites
        if (edit := hint_edit(module.facts, site, "n + 1", source)) is not None
    ]
    assert len(edits) == 6
    _build(module, {"main.go": apply_edits(source, edits)}, tmp_path)


def test_dropping_a_hint_over_lines_builds(module: Analysed, tmp_path: Path) -> None:
    source = (module.root / "main.go").read_bytes()
    edit = hint_edit(module.facts, module.site("multi"), None, source)
    assert edit is not None
    _build(module, {"main.go": apply_edits(source, [edit])}, tmp_path)


def _build(module: Analysed, files: dict[str, bytes], tmp_path: Path, *more: str) -> None:
    """Build the module with files replaced through an overlay."""
    replace = {}
    for name, content in files.items():
        path = tmp_path / "overlay" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        replace[str(module.root / name)] = str(path)
    overlay = tmp_path / "overlay.json"
    overlay.write_text(json.dumps({"Replace": replace}), encoding="utf-8")
    args = ["build", f"-overlay={overlay}", "-o", str(tmp_path / "out"), *more, "./..."]
    run_go(toolchain(), args, cwd=module.root)


def test_a_changed_file_is_refused(module: Analysed) -> None:
    source = (module.root / "main.go").read_bytes() + b"// more\n"
    with pytest.raises(UsageError, match=r"main.go has changed since it was analysed"):
        hint_edit(module.facts, module.site("make"), "n", source)
    with pytest.raises(UsageError, match=r"main.go has changed since it was analysed"):
        observe_edits(module.facts, module.facts.files[0], source)


def test_apply_edits_refuses_what_does_not_fit() -> None:
    digest = "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603"  # of b"ab"

    def edit(offset: int, end: int, old: str, new: str) -> SourceEdit:
        return SourceEdit("x.go", offset, end, old, new, digest)

    assert apply_edits(b"ab", [edit(0, 1, "a", "x"), edit(1, 2, "b", "yz")]) == b"xyz"
    assert apply_edits(b"ab", [edit(1, 1, "", "-"), edit(0, 1, "a", "A")]) == b"A-b"
    with pytest.raises(UsageError, match="overlap"):
        apply_edits(b"ab", [edit(0, 2, "ab", "x"), edit(1, 2, "b", "y")])
    with pytest.raises(UsageError, match="changed"):
        apply_edits(b"ab", [edit(0, 1, "b", "x")])
    with pytest.raises(UsageError, match="changed"):
        apply_edits(b"abc", [edit(0, 1, "a", "x")])


# Observing: what is wrapped, and that lines stay where they are.

OBSERVED = {
    "shop/shop.go": "\ufeff// Package shop sells.\r\npackage shop // and buys\r\n"
    + """
type Tags map[string]int

var global = make(map[string]int, 10) //: global

func New[K comparable](n int) map[K]int {
	return make(map[K]int, n) //: generic
}

func churn() {
	m := make(map[int]int) //: churn
	m[1] = 2
	delete(m, 1)
	tags, more := Tags{}, make(Tags, 20) //: two
	clear(tags)
	_ = make(map[int]int) //: plain
	_ = map[string]map[int]int{"a": make(map[int]int, 3)} //: nested
	address := &map[int]int{} //: address
	clear(*address)
	_ = more
	_ = make(map[any]error, 30) //: interfaces
	var named Tags = make(map[string]int, 40) //: converted
	for range make(map[string]bool, 50) { //: clause
	}
	_ = named
}
""".replace("\n", "\r\n"),
    "shop/generated.go": "// Code generated by x. DO NOT EDIT.\n\npackage shop\n\n"
    "var big = make(map[int]int, 100)\n",
    "shop/cgo.go": 'package shop\n\nimport "C"\n\nvar c = make(map[int]int, 100)\n',
    "other/other.go": "package other\n\nfunc F() map[int]int { return make(map[int]int) }\n",
}


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    return analyse(tmp_path_factory.mktemp("observe"), OBSERVED)


def test_which_sites_are_observed(observed: Analysed) -> None:
    sites = observed_sites(observed.facts)
    in_shop = [site for site in sites.values() if site.position.file == "shop/shop.go"]
    places = [name for name in observed.places for site in observed.sites(name) if site in in_shop]
    assert places == [
        "global",
        "generic",
        "churn",
        "two",
        "two",
        "nested",
        "interfaces",
        "converted",
        "clause",
    ]
    assert all(observed.facts.sites[number] == site for number, site in sites.items())


def test_observing_keeps_lines_and_bytes(observed: Analysed) -> None:
    source = (observed.root / "shop/shop.go").read_bytes()
    file = next(file for file in observed.facts.files if file.path == "shop/shop.go")
    edits = observe_edits(observed.facts, file, source)
    assert all(edit.old_text == "" and "\n" not in edit.new_text for edit in edits)
    changed = apply_edits(source, edits)
    assert changed.count(b"\r\n") == source.count(b"\n") == changed.count(b"\n")
    lines = changed.decode("utf-8-sig").split("\r\n")
    assert lines[1] == 'package shop; import growworkprobe "growwork/probe" // and buys'
    number = observed.facts.sites.index(observed.site("churn"))
    assert f"\tm := growworkprobe.Observe({number}, make(map[int]int)) //: churn" in lines


@pytest.mark.parametrize("path", ["shop/generated.go", "shop/cgo.go", "other/other.go"])
def test_files_that_are_left_alone(observed: Analysed, path: str) -> None:
    file = next(file for file in observed.facts.files if file.path == path)
    assert observe_edits(observed.facts, file, (observed.root / path).read_bytes()) == ()


def test_a_module_of_an_old_language_is_left_alone(tmp_path: Path) -> None:
    files = {"m.go": "package m\n\nvar m = make(map[int]int, 100)\n"}
    old = analyse(tmp_path / "old", files, language="1.19")
    new = analyse(tmp_path / "new", files, language="1.20")
    counts = [
        len(observe_edits(got.facts, got.facts.files[0], files["m.go"].encode()))
        for got in (old, new)
    ]
    assert counts == [0, 3]


def test_observed_sources_build(observed: Analysed, tmp_path: Path) -> None:
    # A stand-in for the collector, as a package of the standard library like the real one.
    goroot = toolchain().goroot
    module_cache = run_go(toolchain(), ["env", "GOMODCACHE"], cwd=observed.root).stdout.decode()
    if goroot.is_relative_to(module_cache.strip()):
        pytest.skip(f"an overlay cannot add to {goroot}, which lies in the module cache")
    probe = tmp_path / "probe.go"
    probe.write_text(
        "package probe\n\n"
        "func Observe[M ~map[K]V, K comparable, V any](_ uint32, m M) M { return m }\n",
        encoding="utf-8",
    )
    file = next(file for file in observed.facts.files if file.path == "shop/shop.go")
    path = observed.root / file.path
    edited = tmp_path / "shop.go"
    source = path.read_bytes()
    edited.write_bytes(apply_edits(source, observe_edits(observed.facts, file, source)))
    overlay = tmp_path / "overlay.json"
    replaced = {
        str(goroot / "src/growwork/probe/probe.go"): str(probe),
        str(path): str(edited),
        str(observed.root / "shop/cgo.go"): "",
    }
    overlay.write_text(json.dumps({"Replace": replaced}), encoding="utf-8")
    run_go(toolchain(), ["build", f"-overlay={overlay}", "./shop"], cwd=observed.root)
