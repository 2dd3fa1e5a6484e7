"""Creation sites: kinds, types, sizes, names, and what can be edited there."""

from __future__ import annotations

from pathlib import Path

import pytest

from growwork.gosource.types import Position, SiteKind
from tests.gosource.modules import Analysed, analyse

pytestmark = pytest.mark.needs_go

KINDS = """package m

import (
	"maps"
	"net/http"
)

type Tags map[string]int

type Point struct{ X, Y int32 }

const size = 100

var table = map[string]int{"a": 1} //: package

func kinds(n int, other map[string]int) {
	_ = make(map[string]*Point)            //: make
	_ = make(map[Point]string, n+1)        //: sized
	_ = make(map[string]int, size)         //: constant
	_ = map[uint8]bool{}                   //: empty
	_ = map[string]struct{}{"x": {}}       //: literal
	_ = maps.Clone(other)                  //: clone
	_ = Tags{}                             //: named
	_ = http.Header{}                      //: header
	_ = []map[string]int{{}, {"a": 1}}     //: elided
	_ = map[string]map[int]int{"a": {}}    //: nested
	_ = &map[string]int{}                  //: address
	_ = map[string]int{ /* nothing yet */ } //: comment
	_ = make([]int, n)
	_ = make(chan int)
}
"""


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    return analyse(tmp_path_factory.mktemp("kinds"), {"kinds.go": KINDS})


@pytest.mark.parametrize(
    ("place", "kind", "key", "elem"),
    [
        ("make", SiteKind.MAKE, ("string", 16), ("*Point", 8)),
        ("sized", SiteKind.MAKE_SIZED, ("Point", 8), ("string", 16)),
        ("constant", SiteKind.MAKE_SIZED, ("string", 16), ("int", 8)),
        ("empty", SiteKind.LITERAL_EMPTY, ("uint8", 1), ("bool", 1)),
        ("literal", SiteKind.LITERAL, ("string", 16), ("struct{}", 0)),
        ("clone", SiteKind.CLONE, ("string", 16), ("int", 8)),
        ("named", SiteKind.LITERAL_EMPTY, ("string", 16), ("int", 8)),
        ("header", SiteKind.LITERAL_EMPTY, ("string", 16), ("[]string", 24)),
        ("address", SiteKind.LITERAL_EMPTY, ("string", 16), ("int", 8)),
        ("package", SiteKind.LITERAL, ("string", 16), ("int", 8)),
    ],
)
def test_kinds_types_and_sizes(
    kinds: Analysed, place: str, kind: SiteKind, key: tuple[str, int], elem: tuple[str, int]
) -> None:
    site = kinds.site(place)
    assert site.kind is kind
    assert (site.key_type, site.key_bytes) == key
    assert (site.elem_type, site.elem_bytes) == elem


def test_slices_and_channels_are_no_sites(kinds: Analysed) -> None:
    assert len(kinds.facts.sites) == 15


def test_elided_inner_literals_are_sites(kinds: Analysed) -> None:
    assert [site.kind for site in kinds.sites("elided")] == [
        SiteKind.LITERAL_EMPTY,
        SiteKind.LITERAL,
    ]
    assert [site.kind for site in kinds.sites("nested")] == [
        SiteKind.LITERAL,
        SiteKind.LITERAL_EMPTY,
    ]


def test_the_byte_range_is_the_expression(kinds: Analysed) -> None:
    source = (kinds.root / "kinds.go").read_bytes()
    site = kinds.site("sized")
    assert source[site.offset : site.end_offset] == b"make(map[Point]string, n+1)"
    assert source[site.hint_offset : site.hint_end] == b"n+1"
    assert (site.hint, site.hint_value) == ("n+1", None)
    assert (kinds.site("constant").hint, kinds.site("constant").hint_value) == ("size", 100)


@pytest.mark.parametrize("place", ["address", "comment", "literal", "clone"])
def test_where_no_hint_can_be_written(kinds: Analysed, place: str) -> None:
    assert kinds.site(place).hint_offset == -1


def test_what_can_be_wrapped_in_a_call(kinds: Analysed) -> None:
    assert not any(site.wrappable for site in kinds.sites("elided"))
    assert [site.wrappable for site in kinds.sites("nested")] == [True, False]
    assert not kinds.site("address").wrappable
    assert kinds.site("comment").wrappable


def test_pointers_decide_whether_the_collector_looks_inside(kinds: Analysed) -> None:
    assert kinds.site("empty").has_pointers is False
    assert kinds.site("make").has_pointers is True
    assert (kinds.site("sized").key_align, kinds.site("sized").elem_align) == (4, 8)


NAMES = """package names

type Box[K comparable, V any] struct{ m map[K]V }

func Fill[K comparable](k K) map[K]int {
	m := make(map[K]int) //: generic
	m[k] = 1
	return m
}

func (b *Box[K, V]) Put(k K, v V) {
	if b.m == nil {
		b.m = make(map[K]V) //: genericMethod
	}
	b.m[k] = v
}

type Plain struct{ m map[int]int }

func (p Plain) Value() { p.m = make(map[int]int) } //: value

func (p *Plain) Pointer() {
	f := func() {
		p.m = make(map[int]int) //: closure
		func() {
			p.m = map[int]int{} //: inner
		}()
	}
	f()
}

func init() { _ = map[int]int{} } //: init

var made = map[int]int{} //: var

var fresh = func() map[int]int { return map[int]int{} } //: varClosure
"""


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    return analyse(tmp_path_factory.mktemp("names"), {"lib.v2/names.go": NAMES}, language="1.23")


@pytest.mark.parametrize(
    ("place", "function"),
    [
        ("generic", "Fill[...]"),
        ("genericMethod", "(*Box[...]).Put"),
        ("value", "Plain.Value"),
        ("closure", "(*Plain).Pointer.func1"),
        ("inner", "(*Plain).Pointer.func1.1"),
        ("init", "init.0"),
        ("var", "init"),
        ("varClosure", "init.func1"),
    ],
)
def test_functions_are_named_as_the_runtime_names_them(
    names: Analysed, place: str, function: str
) -> None:
    # The linker escapes dots in the last element of the import path.
    assert names.site(place).function == f"example.com/m/lib%2ev2.{function}"


def test_a_type_parameter_has_no_size(names: Analysed) -> None:
    site = names.site("generic")
    assert (site.key_type, site.key_bytes, site.elem_bytes) == ("K", None, 8)
    assert site.has_pointers is None


def test_owners(tmp_path: Path) -> None:
    got = analyse(
        tmp_path,
        {
            "m.go": """package m

type S struct{ m map[int]int }

var global = make(map[int]int) //: var

func use(map[int]int) {}

func f(p map[int]int, s *S, list []map[int]int) map[int]int {
	m := make(map[int]int) //: local
	p = make(map[int]int) //: param
	s.m = (make(map[int]int)) //: field
	_ = S{m: map[int]int{}} //: literalField
	list[0] = map[int]int{} //: elem
	use(make(map[int]int)) //: argument
	_, _ = m, p
	return make(map[int]int) //: result
}
"""
        },
    )
    owners = {name: got.site(name).owner for name in got.places}
    assert owners == {
        "var": "package var",
        "local": "local",
        "param": "param",
        "field": "field",
        "literalField": "field",
        "elem": "elem",
        "argument": "param",
        "result": "result",
    }


def test_sites_in_loops(tmp_path: Path) -> None:
    got = analyse(
        tmp_path,
        {
            "m.go": """package m

func f(list []int) {
	for range list {
		_ = make(map[int]int) //: loop
		func() {
			_ = make(map[int]int) //: literal
		}()
	}
	for range map[int]int{} { //: clause
	}
}
"""
        },
    )
    inside = {name: got.site(name).escapes_loop for name in got.places}
    assert inside == {"loop": True, "literal": False, "clause": False}


def test_line_directives_give_two_positions(tmp_path: Path) -> None:
    got = analyse(
        tmp_path,
        {
            "lib/gen.go": """// Code generated by qtc. DO NOT EDIT.

package lib

//line gen.qtpl:40
func f() {
	m := make(map[int]int) //: site
	m[1] = 2 //: growth
}
"""
        },
    )
    site, growth = got.site("site"), got.growth("growth")
    assert site.generated
    assert (site.compiled, growth.compiled) == (
        Position("lib/gen.qtpl", 41, 0),
        Position("lib/gen.qtpl", 42, 0),
    )


def test_the_compiled_line_of_a_literal_is_its_brace(tmp_path: Path) -> None:
    got = analyse(
        tmp_path,
        {
            "m.go": """package m

func f() map[string]struct {
	A int
} {
	return map[string]struct { //: site
		A int
	}{"x": {1}} //: brace
}
"""
        },
    )
    compiled = got.site("site").compiled
    assert compiled is not None
    assert (compiled.file, compiled.line) == got.places["brace"]


def test_cgo_needs_no_c_compiler(tmp_path: Path) -> None:
    got = analyse(
        tmp_path,
        {
            "c.go": """package m

// int one(void) { return 1; }
import "C"

func f() map[int]int {
	m := make(map[int]int) //: site
	m[int(C.one())] = 1 //: growth
	return m
}
"""
        },
    )
    assert got.joined("growth") == {"site"}
    assert got.facts.files[0].package_end == -1  # cgo rewrites the file: no import is added


def test_files_carry_both_names_of_the_line_table(tmp_path: Path) -> None:
    got = analyse(tmp_path, {"main.go": "package main\n\nfunc main() {}\n"})
    (file,) = got.facts.files
    assert file.compiled_path == str(tmp_path / "main.go")
    assert file.trimmed_path == "example.com/m/main.go"
    assert (file.package, file.generated) == ("example.com/m", False)
    assert file.package_end == len("package main")
