from __future__ import annotations

from dataclasses import dataclass, replace

from growwork.analysis.site_assists import attribute_assists, is_growth
from growwork.analysis.types import Assist, StackFrame
from growwork.gosource.types import GrowthLine, MapSite, Position
from growwork.rules.cases.builders import made, maps_grown


@dataclass(frozen=True)
class Lookup:
    """Growth lines of one file, by line number."""

    lines: dict[int, GrowthLine]
    sites: tuple[MapSite, ...]

    def growth_line(self, file: str, line: int) -> GrowthLine | None:
        return self.lines.get(line) if file == "/src/shop/index.go" else None

    def sites_at(self, file: str, line: int) -> tuple[MapSite, ...]:
        return tuple(site for site in self.sites if site.position.line == line)

    def site(self, position: Position) -> MapSite | None:
        return next((site for site in self.sites if site.position == position), None)


PLAIN = made()
OTHER = replace(
    PLAIN, position=Position("shop/other.go", 3, 4), function="example.com/shop.newOther"
)
GROW = ("runtime.mallocgc", "internal/runtime/maps.(*table).grow", "runtime.mapassign_faststr")
FIRST = ("runtime.mallocgc", "internal/runtime/maps.(*Map).growToSmall", "runtime.mapassign")
VALUE = ("runtime.mallocgc", "runtime.newobject")


def stack(leaf: tuple[str, ...], *user: str) -> tuple[StackFrame, ...]:
    """Library frames at the leaf, then user frames `function:line` of one file."""
    frames = [StackFrame(name, "/go/src/runtime.go", 1) for name in leaf]
    for text in user:
        function, _, line = text.rpartition(":")
        frames.append(StackFrame(function, "/src/shop/index.go", int(line)))
    return tuple(frames)


def assist(frames: tuple[StackFrame, ...], duration_ns: int, cycle: int | None = 1) -> Assist:
    return Assist(100, duration_ns, duration_ns, 7, "map-growth", frames, cycle)


def line(number: int, *sites: MapSite) -> GrowthLine:
    at = Position("shop/index.go", number)
    return GrowthLine(at, "example.com/shop.fill", "assign", tuple(s.position for s in sites), "")


LOOKUP = Lookup({14: line(14, PLAIN), 20: line(20, PLAIN, OTHER)}, (PLAIN, OTHER))


def test_assists_on_a_growth_line_belong_to_its_site() -> None:
    result = attribute_assists(
        [
            assist(stack(GROW, "example.com/shop.buildIndex:14"), 40, cycle=2),
            assist(stack(FIRST, "example.com/shop.buildIndex:14"), 5, cycle=3),
            assist(stack(GROW, "example.com/shop.buildIndex:14"), 60, cycle=1),
        ],
        LOOKUP,
    )
    (mine,) = result.by_site
    assert mine.site == PLAIN
    assert (mine.count, mine.total_ns, mine.max_ns) == (3, 105, 60)
    assert (mine.growth_count, mine.growth_ns, mine.cycles) == (2, 100, (1, 2))
    assert mine.worst is not None
    assert mine.worst.duration_ns == 60


def test_make_pays_on_the_line_of_the_site() -> None:
    leaf = ("runtime.mallocgc", "internal/runtime/maps.NewMap", "runtime.makemap")
    at_site = assist(stack(leaf, f"example.com/shop.buildIndex:{PLAIN.position.line}"), 70)
    (mine,) = attribute_assists([at_site], LOOKUP).by_site
    assert (mine.site, mine.count, mine.total_ns, mine.growth_count) == (PLAIN, 1, 70, 0)


def test_a_shared_line_is_resolved_by_the_function_on_the_stack() -> None:
    result = attribute_assists(
        [assist(stack(GROW, "example.com/shop.fill:20", "example.com/shop.newOther:5"), 40)],
        LOOKUP,
    )
    assert [one.site for one in result.by_site] == [OTHER]


def test_a_shared_line_without_a_clue_is_ambiguous() -> None:
    result = attribute_assists([assist(stack(GROW, "example.com/shop.fill:20"), 40)], LOOKUP)
    assert result.by_site == ()
    assert (result.ambiguous_count, result.ambiguous_ns) == (1, 40)


def test_a_shared_line_belongs_to_the_site_whose_maps_the_heap_profile_saw_grow_there() -> None:
    known = replace(maps_grown(PLAIN, {64: 10}), growth_lines=(LOOKUP.lines[20],))
    result = attribute_assists(
        [assist(stack(GROW, "example.com/shop.fill:20"), 40)], LOOKUP, [known]
    )
    assert [one.site for one in result.by_site] == [PLAIN]


def test_fields_are_not_resolved_by_the_stack() -> None:
    fields = tuple(replace(site, owner="field") for site in (PLAIN, OTHER))
    lookup = replace(LOOKUP, sites=fields)
    frames = stack(GROW, "example.com/shop.fill:20", "example.com/shop.newOther:5")
    assert attribute_assists([assist(frames, 40)], lookup).ambiguous_count == 1


def test_growth_outside_the_module_is_unknown() -> None:
    result = attribute_assists([assist(stack(GROW, "example.com/dep.load:99"), 40)], LOOKUP)
    assert (result.unknown_count, result.unknown_ns) == (1, 40)


def test_allocating_the_value_on_a_growth_line_is_not_the_map() -> None:
    result = attribute_assists([assist(stack(VALUE, "example.com/shop.buildIndex:14"), 40)], LOOKUP)
    assert result.by_site == ()
    assert result.unknown_count == 0


def test_growth_inside_library_plumbing_belongs_to_the_caller() -> None:
    copied = (*GROW, "maps.Copy[go.shape.map[string]int]")
    result = attribute_assists(
        [assist(stack(copied, "example.com/shop.buildIndex:14"), 40)], LOOKUP
    )
    assert [one.site for one in result.by_site] == [PLAIN]


def test_the_first_group_is_no_growth() -> None:
    assert is_growth(stack(GROW, "main.f:1"))
    assert not is_growth(stack(FIRST, "main.f:1"))
    assert not is_growth(stack(VALUE, "main.f:1"))
    assert not is_growth(())
