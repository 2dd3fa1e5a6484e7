"""Fill loops: tiers, bounds, and the rule that decides whether a bound may become a hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from growwork.gosource import static_hint
from growwork.gosource.types import FillLoop, FillTier
from tests.gosource.modules import Analysed, analyse

pytestmark = pytest.mark.needs_go

HEADER = """package m

import (
	"maps"
	"sync"
)

type item struct{ id int; ok bool; tags []string }

type shop struct {
	mu sync.Mutex
	items []item
	other int
	m map[int]item
}

func load() []item { return nil }

func key(item) int { return 0 }

func lock() {}

var global []item

var _ = maps.Copy[map[int]int, map[int]int]

"""

DISTURBED = (
    "between the map and the loop a call, a jump or a channel operation can change or guard "
    "the bound"
)

# name -> (signature, body, tier, bound, the reason why it is not safe or "")
CASES: dict[str, tuple[str, str, str, str | None, str]] = {
    "range key of a map": (
        "src map[int]item",
        "m := make(map[int]item)\nfor k, v := range src {\n m[k] = v\n}\n_ = m",
        "T1", "len(src)", "",
    ),
    "index of a slice": (
        "list []item",
        "m := map[int]item{}\nfor i := range list {\n m[i] = list[i]\n}\n_ = m",
        "T1", "len(list)", "",
    ),
    "counted loop": (
        "n int",
        "var m = make(map[int]int)\nfor i := 0; i < n; i++ {\n m[i] = i\n}\n_ = m",
        "T1", "n", "",
    ),
    "derived key": (
        "list []item",
        "m := make(map[int]item)\nfor _, v := range list {\n m[v.id] = v\n}\n_ = m",
        "T2", "len(list)", "",
    ),
    "derived through a variable": (
        "list []item",
        "m := make(map[int]item)\nfor _, v := range list {\n id := v.id\n m[id] = v\n}\n_ = m",
        "T2", "len(list)", "",
    ),
    "key from a call": (
        "list []item",
        "m := make(map[int]item)\nfor _, v := range list {\n m[key(v)] = v\n}\n_ = m",
        "T2", "len(list)", "",
    ),
    "string": (
        "s string",
        "m := make(map[rune]int)\nfor i, r := range s {\n m[r] = i\n}\n_ = m",
        "T2", "len(s)", "",
    ),
    "maps.Copy": (
        "src map[int]int",
        "m := make(map[int]int)\nmaps.Copy(m, src)\n_ = m",
        "T1", "len(src)", "",
    ),
    "field of a struct made here": (
        "list []item",
        "s := &shop{m: make(map[int]item)}\nfor _, v := range list {\n s.m[v.id] = v\n}\n_ = s",
        "T2", "len(list)", "",
    ),
    "selector right behind": (
        "s *shop",
        "m := make(map[int]item)\nfor _, v := range s.items {\n m[v.id] = v\n}\n_ = m",
        "T2", "len(s.items)", "",
    ),
    "plain variable behind a call": (
        "list []item",
        "m := make(map[int]item)\nlock()\nfor _, v := range list {\n m[v.id] = v\n}\n_ = m",
        "T2", "len(list)", "",
    ),
    "conditional": (
        "list []item",
        "m := make(map[int]item)\nfor _, v := range list {\n if v.ok {\n m[v.id] = v\n }\n}\n_ = m",
        "T3", "len(list)", "only some iterations insert",
    ),
    "behind a continue": (
        "list []item",
        ("m := make(map[int]item)\nfor _, v := range list {\n if !v.ok {\n continue\n }\n"
         " m[v.id] = v\n}\n_ = m"),
        "T3", "len(list)", "only some iterations insert",
    ),
    "a break in an inner loop stays there": (
        "list []item",
        ("m := make(map[int]item)\nfor _, v := range list {\n for range v.tags {\n break\n }\n"
         " switch {\n case v.ok:\n break\n }\n m[v.id] = v\n}\n_ = m"),
        "T2", "len(list)", "",
    ),
    "group by": (
        "list []item",
        ("m := make(map[int][]item)\nfor _, v := range list {\n m[v.id] = append(m[v.id], v)\n"
         "}\n_ = m"),
        "T4", "len(list)", "the loop reads the map, so keys may repeat",
    ),
    "count": (
        "list []item",
        "m := make(map[int]int)\nfor _, v := range list {\n m[v.id]++\n}\n_ = m",
        "T4", "len(list)", "the loop reads the map, so keys may repeat",
    ),
    "seen": (
        "list []item",
        ("m := make(map[int]bool)\nfor _, v := range list {\n if _, ok := m[v.id]; !ok {\n"
         " m[v.id] = true\n }\n}\n_ = m"),
        "T4", "len(list)", "the loop reads the map, so keys may repeat",
    ),
    "independent key": (
        "list []item, k int",
        "m := make(map[int]item)\nfor _, v := range list {\n m[k] = v\n}\n_ = m",
        "T5", "len(list)", "the key does not depend on the loop",
    ),
    "inner loop": (
        "list []item",
        ("m := make(map[string]bool)\nfor _, v := range list {\n for _, t := range v.tags {\n"
         " m[t] = true\n }\n}\n_ = m"),
        "T2", None, "an inner loop fills the map",
    ),
    "two insertions": (
        "list []item",
        "m := make(map[int]item)\nfor _, v := range list {\n m[v.id] = v\n m[-v.id] = v\n}\n_ = m",
        "T2", "len(list)", "one iteration can insert several keys",
    ),
    "channel": (
        "ch chan item",
        "m := make(map[int]item)\nfor v := range ch {\n m[v.id] = v\n}\n_ = m",
        "T2", None, "the number of values of a channel is not known",
    ),
    "endless loop": (
        "next func() item",
        ("m := make(map[int]item)\nfor {\n v := next()\n m[v.id] = v\n if v.ok {\n break\n }\n}\n"
         "_ = m"),
        "T2", None, "the trip count is not known",
    ),
    "counting from another start": (
        "first, end int",
        "m := make(map[int]int)\nfor i := first; i < end; i++ {\n m[i] = i\n}\n_ = m",
        "T1", None, "the loop does not start at 0",
    ),
    "call in the bound": (
        "",
        "m := make(map[int]item)\nfor _, v := range load() {\n m[v.id] = v\n}\n_ = m",
        "T2", "len(load())", "the bound has a call",
    ),
    "bound declared later": (
        "",
        "m := make(map[int]item)\nlist := load()\nfor _, v := range list {\n m[v.id] = v\n}\n_ = m",
        "T2", None, "list is not in scope where the map is made",
    ),
    "bound shadowed later": (
        "list []item",
        ("m := make(map[int]item)\n{\n list := load()\n _ = list\n}\nother := list\n"
         "for _, v := range other {\n m[v.id] = v\n}\n_ = m"),
        "T2", None, "other is not in scope where the map is made",
    ),
    "bound assigned between": (
        "list []item",
        ("m := make(map[int]item)\nlist = append(list, item{})\n"
         "for _, v := range list {\n m[v.id] = v\n}\n_ = m"),
        "T2", "len(list)", "the bound changes after the map is made",
    ),
    "bound deleted from between": (
        "src map[int]item",
        "m := make(map[int]item)\ndelete(src, 0)\nfor k, v := range src {\n m[k] = v\n}\n_ = m",
        "T1", "len(src)", "the bound changes after the map is made",
    ),
    "lock between": (
        "s *shop",
        "m := make(map[int]item)\ns.mu.Lock()\nfor _, v := range s.items {\n m[v.id] = v\n}\n_ = m",
        "T2", "len(s.items)",
        DISTURBED,
    ),
    "lock between, local name of a shared map": (
        "s *shop, src map[int]item",
        "m := make(map[int]item)\ns.mu.Lock()\nfor k, v := range src {\n m[k] = v\n}\n_ = m",
        "T1", "len(src)",
        DISTURBED,
    ),
    "nil check between": (
        "s *shop",
        ("m := make(map[int]item)\nif s == nil {\n return\n}\n"
         "for _, v := range s.items {\n m[v.id] = v\n}\n_ = m"),
        "T2", "len(s.items)",
        DISTURBED,
    ),
    "package variable behind a call": (
        "",
        "m := make(map[int]item)\nlock()\nfor _, v := range global {\n m[v.id] = v\n}\n_ = m",
        "T2", "len(global)",
        DISTURBED,
    ),
    "variable that a closure assigns": (
        "list []item",
        ("set := func() { list = load() }\nm := make(map[int]item)\nset()\n"
         "for _, v := range list {\n m[v.id] = v\n}\n_ = m"),
        "T2", "len(list)",
        DISTURBED,
    ),
    "assigning the struct around the bound": (
        "s *shop",
        "s = &shop{m: make(map[int]item)}\nfor _, v := range s.items {\n s.m[v.id] = v\n}",
        "T2", "len(s.items)", "the bound changes after the map is made",
    ),
    "another field changes": (
        "s *shop",
        "m := make(map[int]item)\ns.other = 1\nfor _, v := range s.items {\n m[v.id] = v\n}\n_ = m",
        "T2", "len(s.items)", "",
    ),
    "bound made of the map": (
        "s *shop",
        "s.m = make(map[int]item)\nfor k, v := range s.m {\n s.m[-k] = v\n}",
        "T2", "len(s.m)", "the bound is made of the map itself",
    ),
    "pointer to the bound": (
        "list *[]item",
        "m := make(map[int]item)\nfor _, v := range *list {\n m[v.id] = v\n}\n_ = m",
        "T2", "len(*list)", "the bound follows a pointer",
    ),
    "small array": (
        "list [4]item",
        "m := make(map[int]item)\nfor _, v := range list {\n m[v.id] = v\n}\n_ = m",
        "T2", "len(list)", "at most 8 keys: a hint changes nothing",
    ),
    "small literal": (
        "",
        ("m := make(map[string]bool)\n"
         'for _, v := range []string{"a", "b"} {\n m[v] = true\n}\n_ = m'),
        "T2", "2", "at most 8 keys: a hint changes nothing",
    ),
    "array": (
        "list [40]item",
        "m := make(map[int]item)\nfor _, v := range list {\n m[v.id] = v\n}\n_ = m",
        "T2", "len(list)", "",
    ),
    "loop bound that changes": (
        "n int",
        "m := make(map[int]int)\nfor i := 0; i < n; i++ {\n m[i] = i\n n--\n}\n_ = m",
        "T1", "n", "the bound changes after the map is made",
    ),
    "len means something else": (
        "list []item, len int",
        "m := make(map[int]item)\nfor _, v := range list {\n m[v.id] = v\n}\n_, _ = m, len",
        "T2", None, "len means something else here",
    ),
    "address taken": (
        "list []item",
        "m := &map[int]item{}\nfor _, v := range list {\n (*m)[v.id] = v\n}\n_ = m",
        "T2", "len(list)", "no hint can be written here",
    ),
}  # fmt: skip


def _source(cases: dict[str, tuple[str, str, str, str | None, str]]) -> str:
    functions = [
        f"func f{number}({signature}) {{ //: {number}\n{body}\n}}\n"
        for number, (signature, body, *_) in enumerate(cases.values())
    ]
    return HEADER + "\n".join(functions)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    return analyse(tmp_path_factory.mktemp("fills"), {"m.go": _source(CASES)})


@pytest.mark.parametrize("name", CASES)
def test_fill(cases: Analysed, name: str) -> None:
    number = list(CASES).index(name)
    _, _, tier, bound, reason = CASES[name]
    fills = [
        fill
        for site in cases.facts.sites
        if site.function == f"example.com/m.f{number}"
        for fill in site.fills
    ]
    assert fills == [FillLoop(fills[0].position, FillTier(tier), bound, not reason, reason)]


def test_the_cases_type_check(cases: Analysed) -> None:
    assert cases.facts.warnings == ()


def test_fills_of_several_loops_add_up(tmp_path: Path) -> None:
    got = analyse(
        tmp_path,
        {
            "m.go": """package m

func sum(a, b []int) {
	m := make(map[int]int) //: sum
	for _, v := range a {
		m[v] = 1
	}
	for _, v := range b {
		m[v] = 2
	}
}

func half(a, b []int) {
	m := make(map[int]int) //: half
	for _, v := range a {
		m[v] = 1
	}
	for _, v := range b {
		m[v]++
	}
}

func replaced(a, b []int) {
	m := make(map[int]int) //: replaced
	for _, v := range a {
		m[v] = 1
	}
	m = nil
	for _, v := range b {
		m[v] = 1
	}
}
"""
        },
    )
    assert static_hint(got.site("sum")) == "len(a)+len(b)"
    assert static_hint(got.site("half")) is None
    assert [fill.why_not for fill in got.site("half").fills] == [
        "another loop fills the map, too, by a count that is not known",
        "the loop reads the map, so keys may repeat",
    ]
    assert static_hint(got.site("replaced")) == "len(a)"


def test_a_generated_file_is_never_safe(tmp_path: Path) -> None:
    got = analyse(
        tmp_path,
        {
            "m.go": """// Code generated by hand. DO NOT EDIT.

package m

func f(list []int) {
	m := make(map[int]int) //: site
	for _, v := range list {
		m[v] = 1
	}
}
"""
        },
    )
    (fill,) = got.site("site").fills
    assert (fill.safe, fill.why_not) == (False, "the file is generated")


def test_newer_loops(tmp_path: Path) -> None:
    got = analyse(
        tmp_path,
        {
            "m.go": """package m

import "iter"

func ints(n int) {
	m := make(map[int]int) //: ints
	for i := range n {
		m[i] = i
	}
}

func values(seq iter.Seq[int]) {
	m := make(map[int]int) //: values
	for v := range seq {
		m[v] = v //: growth
	}
}
"""
        },
        language="1.23",
    )
    assert static_hint(got.site("ints")) == "n"
    (fill,) = got.site("values").fills
    assert fill.why_not == "the number of values of an iterator is not known"
    # The compiler makes the body of a range over a function a function.
    assert got.growth("growth").function == "example.com/m.values-range1"
