"""The join from growth lines to creation sites, and look-ups by what a binary says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from growwork.gosource import SourceIndex
from tests.gosource.modules import Analysed, analyse

pytestmark = pytest.mark.needs_go

FLOWS = {
    "flow.go": """package m

import (
	"encoding/json"
	"maps"
	"sync"

	"example.com/m/store"
)

// Fields: constructor, lazy make, embedded.
type cache struct {
	items map[string]int
	inner
}

type inner struct{ byID map[int]string }

func newCache() *cache {
	return &cache{items: make(map[string]int)} //: field
}

func (c *cache) add(k string) { c.items[k]++ } //: growField

func (c *cache) name(id int) {
	if c.byID == nil {
		c.byID = map[int]string{} //: lazy
	}
	c.inner.byID[id] = "x" //: growLazy
}

// Parameters, results, several callers.
func fill(m map[string]bool, k string) { m[k] = true } //: growParam

func made() (map[string]bool, error) {
	m := make(map[string]bool) //: result
	return m, nil
}

func callers() {
	one, _ := made()
	fill(one, "a")
	fill(map[string]bool{}, "b") //: argument
}

// Methods of map types, with and without a pointer.
type set map[int]struct{}

func (s set) put(k int) { s[k] = struct{}{} } //: growSet

func (s *set) reset() { *s = make(set) } //: reset

func useSets() {
	var lazy set
	lazy.reset()
	lazy.put(1)
	holder := struct{ set }{set: set{}} //: embedded
	holder.put(2)
}

// Elements of containers.
func elements(groups map[string]map[int]int, list []map[int]int) {
	groups["a"] = make(map[int]int) //: elem
	groups["b"][1] += 2 //: growElem
	list = append(list, map[int]int{}) //: appended
	for _, m := range list {
		m[3] = 4 //: growRange
	}
}

// Closures, function values, interfaces, pools.
func closures(k string) {
	m := make(map[string]int8) //: captured
	add := func() { m[k] = 1 } //: growClosure
	add()
	build := func() map[string]int16 { return make(map[string]int16) } //: built
	built := build()
	built[k] = 1 //: growBuilt
}

type source interface{ table() map[string]int32 }

type memory struct{}

func (memory) table() map[string]int32 { return make(map[string]int32) } //: method

func grow(s source) { s.table()["x"] = 1 } //: growInterface

var pool = sync.Pool{New: func() any { return make(map[string]uint64) }} //: pool

func pooled() {
	m := pool.Get().(map[string]uint64)
	m["x"] = 1 //: growPooled
}

// Generics.
type pair[K comparable, V any] struct{ m map[K]V }

func newPair[K comparable, V any]() *pair[K, V] {
	return &pair[K, V]{m: make(map[K]V)} //: generic
}

func (p *pair[K, V]) set(k K, v V) { p.m[k] = v } //: growGeneric

func addAll[M ~map[K]V, K comparable, V any](m M, k K, v V) { m[k] = v } //: growCore

func generics() {
	newPair[string, int]().set("a", 1)
	addAll(map[float64]bool{}, 1, true) //: core
}

// Package maps and channels.
func library(src map[string]uint8) {
	dst := make(map[string]uint8) //: copied
	maps.Copy(dst, src) //: growCopy
	twin := maps.Clone(dst) //: cloned
	twin["x"] = 1 //: growClone
	ch := make(chan map[string]uint16, 1)
	ch <- make(map[string]uint16) //: sent
	(<-ch)["x"] = 1 //: growReceived
	if m, ok := <-ch; ok {
		m["y"] = 1 //: growCommaOK
	}
}

// Other packages, and what cannot be known.
func others() {
	store.New().Put("a")
	m := store.Global
	m["x"] = 1 //: growGlobal
}

func decoded(data []byte) {
	m := map[string]complex64{} //: before
	_ = json.Unmarshal(data, &m)
	m["x"] = 1 //: growDecoded
}

func exported(m map[string]complex128) { m["x"] = 1 } //: growNobody

type config struct{ Values map[string]rune }

func read(data []byte) {
	var c config
	_ = json.Unmarshal(data, &c)
	c.Values["x"] = 'y' //: growReflected
}
""",
    "store/store.go": """package store

type Store struct{ m map[string]int64 }

var Global = map[string]int{} //: global

func New() *Store { return &Store{make(map[string]int64)} } //: positional

func (s *Store) Put(k string) { s.m[k] = 1 } //: growPositional
""",
}


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    return analyse(tmp_path_factory.mktemp("flows"), FLOWS)


@pytest.mark.parametrize(
    ("growth", "sites"),
    [
        ("growField", {"field"}),
        ("growLazy", {"lazy"}),
        ("growParam", {"result", "argument"}),
        ("growSet", {"reset", "embedded"}),
        ("growElem", {"elem"}),
        ("growRange", {"appended"}),
        ("growClosure", {"captured"}),
        ("growBuilt", {"built"}),
        ("growInterface", {"method"}),
        ("growPooled", {"pool"}),
        ("growGeneric", {"generic"}),
        ("growCore", {"core"}),
        ("growCopy", {"copied"}),
        ("growClone", {"cloned"}),
        ("growReceived", {"sent"}),
        ("growCommaOK", {"sent"}),
        ("growGlobal", {"global"}),
        ("growPositional", {"positional"}),
    ],
)
def test_growth_joins_to_its_sites(flows: Analysed, growth: str, sites: set[str]) -> None:
    assert flows.joined(growth) == sites
    assert flows.growth(growth).unknown_reason in (
        "",
        "no caller of example.com/m.elements is in the analysed packages",
    )


@pytest.mark.parametrize(
    ("growth", "reason"),
    [
        ("growDecoded", "encoding/json.Unmarshal may make it: its address is passed there"),
        ("growNobody", "no caller of example.com/m.exported is in the analysed packages"),
        ("growReflected", "encoding/json.Unmarshal may make it by reflection"),
    ],
)
def test_what_is_not_known_is_said(flows: Analysed, growth: str, reason: str) -> None:
    assert flows.growth(growth).unknown_reason == reason


def test_operations(flows: Analysed) -> None:
    operations = {name: flows.growth(name).operation for name in ("growField", "growElem")}
    assert operations == {"growField": "inc-dec", "growElem": "op-assign"}
    assert flows.growth("growCopy").operation == "maps.Copy"
    assert flows.growth("growSet").operation == "assign"


def test_slices_do_not_grow_maps(tmp_path: Path) -> None:
    got = analyse(
        tmp_path,
        {
            "m.go": """package m

func f(s []int, a *[3]int, m map[int]int) {
	s[0] = 1
	a[1]++
	s[2] += 3
	m[1]-- //: decrement
	for m[2] = range s { //: range
	}
	s[0], m[3] = 1, 2 //: tuple
	_ = m[4]
}
"""
        },
    )
    assert {line.position.line for line in got.facts.growth_lines} == {
        got.places[name][1] for name in ("decrement", "range", "tuple")
    }


def test_an_assignment_over_lines_grows_where_its_bracket_is(tmp_path: Path) -> None:
    # The line that the runtime reports for the insertion, as a nil map panic shows.
    got = analyse(
        tmp_path,
        {
            "m.go": """package m

type t struct{ in *t; m map[string]int }

func f(x *t) {
	x.
		in.
		m["a"] = //: bracket
		2
}
"""
        },
    )
    assert got.growth("bracket").operation == "assign"


def test_deletes_join_to_sites(tmp_path: Path) -> None:
    got = analyse(
        tmp_path,
        {
            "m.go": """package m

import "maps"

type s struct{ m map[int]int }

func newS() *s { return &s{m: make(map[int]int, 10)} } //: site

func (x *s) drop() {
	delete(x.m, 1) //: delete
	clear(x.m) //: clear
	maps.DeleteFunc(x.m, func(int, int) bool { return true }) //: func
	clear([]int{1})
}
"""
        },
    )
    assert {name: got.delete(name).operation for name in ("delete", "clear", "func")} == {
        "delete": "delete",
        "clear": "clear",
        "func": "maps.DeleteFunc",
    }
    index = SourceIndex(got.facts)
    assert len(index.deletes_of(got.site("site"))) == 3
    assert index.site_number(got.site("site")) == 0


def test_paths_of_a_binary(flows: Analysed) -> None:
    index = SourceIndex(flows.facts)
    file, line = flows.places["growPositional"]
    expected = flows.growth("growPositional")
    for path in (
        str(flows.root / file),
        "example.com/m/store/store.go",
        "example.com/m@v1.2.3/store/store.go",
        "/somebody/else/checkout/store/store.go",
    ):
        assert index.growth_line(path, line) == expected, path
    for path in ("/usr/local/go/src/runtime/map.go", "store.go", "/x/flow.go"):
        assert index.growth_line(path, line) is None, path


def test_a_suffix_that_two_files_have_names_neither(flows: Analysed) -> None:
    facts = flows.facts
    twin = next(file for file in facts.files if file.path == "store/store.go")
    other = replace(
        twin,
        path="other/store/store.go",
        compiled_path="/o/other/store/store.go",
        trimmed_path="example.com/m/other/store/store.go",
    )
    index = SourceIndex(replace(facts, files=(*facts.files, other)))
    assert index.file("/elsewhere/store/store.go") is None
    assert index.file("/elsewhere/other/store/store.go") == "other/store/store.go"


def test_sites_by_line_and_growth_by_site(flows: Analysed) -> None:
    index = SourceIndex(flows.facts)
    file, line = flows.places["field"]
    site = flows.site("field")
    assert index.sites_at(str(flows.root / file), line) == (site,)
    assert index.growth_of(site) == (flows.growth("growField"),)
    assert index.site(site.position) == site


def test_line_directives_are_looked_up_as_the_binary_says(tmp_path: Path) -> None:
    got = analyse(
        tmp_path,
        {
            "lib/gen.go": """package lib

//line gen.qtpl:40
func f(m map[int]int) {
	m[1] = 2 //: growth
}
"""
        },
    )
    index = SourceIndex(got.facts)
    for path in (str(tmp_path / "lib/gen.qtpl"), "example.com/m/lib/gen.qtpl", "lib/gen.qtpl"):
        assert index.growth_line(path, 41) == got.growth("growth"), path
    assert index.growth_line(str(tmp_path / "lib/gen.go"), 41) is None
