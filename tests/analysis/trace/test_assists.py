from __future__ import annotations

import numpy as np

from growwork.analysis.trace.assists import (
    AssistColumns,
    AssistScan,
    build_assists,
    classify_frames,
    summarise_assists,
)
from growwork.analysis.trace.stack_sites import StackSites
from growwork.analysis.types import Assist, AssistSummary, GcCycle
from growwork.formats.gotrace import EventType
from tests.analysis.trace.scan_tables import BEGAN_BEFORE, NOT_ENDED, Tables, stack_table

CLASSIC_GROWTH = [
    ("runtime.gcAssistAlloc", "mgcmark.go", 500),
    ("runtime.mallocgc", "malloc.go", 1000),
    ("runtime.newarray", "malloc.go", 1400),
    ("runtime.makeBucketArray", "map.go", 377),
    ("runtime.hashGrow", "map.go", 1149),
    ("runtime.mapassign_fast64", "map_fast64.go", 177),
    ("example.com/shop.(*Index).build", "/src/shop/index.go", 39),
    ("main.main", "/src/main.go", 7),
]
SWISS_MAKE = [
    ("runtime.gcAssistAlloc", "mgcmark.go", 500),
    ("internal/runtime/maps.newGroups", "group.go", 321),
    ("internal/runtime/maps.(*table).reset", "table.go", 104),
    ("internal/runtime/maps.NewMap", "map.go", 294),
    ("runtime.makemap", "map_swiss.go", 54),
    ("example.com/shop.load", "/src/shop/load.go", 12),
]
PLAIN = [
    ("runtime.gcAssistAlloc", "mgcmark.go", 500),
    ("runtime.growslice", "slice.go", 290),
    ("example.com/shop.render", "/src/shop/render.go", 88),
]
STACKS = stack_table({1: CLASSIC_GROWTH, 2: SWISS_MAKE, 3: PLAIN})
SITES = StackSites(STACKS)


def cycle(number: int, start_ns: int, end_ns: int) -> GcCycle:
    return GcCycle(number, start_ns, end_ns, 0, 0, None, 0, None, None, None, False, ())


def scan(*generations: Tables) -> AssistColumns:
    assists = AssistScan()
    for generation in generations:
        assists.add(generation.columns().of(EventType.GC_MARK_ASSIST_BEGIN))
    return assists.columns()


def build(*generations: Tables) -> tuple[Assist, ...]:
    cycles = [cycle(1, 0, 450), cycle(2, 600, 900)]
    return build_assists(scan(*generations), STACKS, SITES, cycles, 1000)


def summarise(*generations: Tables) -> AssistSummary:
    return summarise_assists(scan(*generations), SITES)


def test_assists_come_in_order_of_their_start() -> None:
    first, second = build(
        Tables().assist(1200, 1250, g=4, stack_id=1).pause(1210, 1215, "GC mark termination"),
        Tables().assist(1110, 1900, g=5, stack_id=3),
    )
    assert (first.goroutine, first.start_ns, first.duration_ns) == (5, 110, 790)
    assert (second.goroutine, second.start_ns, second.duration_ns) == (4, 200, 50)


def test_running_time_leaves_out_what_the_goroutine_spent_off_its_thread() -> None:
    (assist,) = build(Tables().assist(1100, 1210, g=4, off=70, stack_id=1))
    assert (assist.duration_ns, assist.running_ns) == (110, 40)
    assert assist.klass == "map-growth"
    assert assist.frames == STACKS.frames(1)


def test_an_assist_begun_before_the_trace_has_no_stack() -> None:
    (assist,) = build(Tables().assist(1000, 1040, g=4, cut=BEGAN_BEFORE))
    assert (assist.start_ns, assist.duration_ns, assist.frames) == (0, 40, ())
    assert assist.klass == "other"


def test_an_assist_cut_by_the_end_of_the_trace_keeps_its_stack() -> None:
    (assist,) = build(Tables().assist(1100, 1300, g=4, off=150, stack_id=1, cut=NOT_ENDED))
    assert (assist.duration_ns, assist.running_ns, assist.klass) == (200, 50, "map-growth")


def test_an_assist_knows_the_cycle_that_was_marking() -> None:
    numbers = [
        one.in_cycle
        for one in build(
            Tables()
            .assist(1100, 1110, stack_id=1)
            .assist(1500, 1510, stack_id=1)
            .assist(1600, 1610, stack_id=1)
        )
    ]
    assert numbers == [1, None, 2]


def test_without_cycles_no_assist_is_in_one() -> None:
    (assist,) = build_assists(scan(Tables().assist(1100, 1110)), STACKS, SITES, [], 1000)
    assert assist.in_cycle is None


def test_classes_come_from_the_runtime_frames_at_the_leaf() -> None:
    assert [classify_frames(STACKS.frames(one)) for one in (1, 2, 3, 0)] == [
        "map-growth",
        "map-other",
        "other",
        "other",
    ]


def test_the_summary_adds_up_per_line_and_class() -> None:
    generations = [Tables(), Tables()]
    for start, stack in ((1100, 1), (1200, 1), (1300, 2), (1400, 3)):
        generations[start >= 1200].assist(start, start + stack * 10, g=4, stack_id=stack)
    summary = summarise(*generations)
    assert (summary.count, summary.total_ns, summary.max_ns) == (4, 70, 30)
    assert (summary.map_growth_ns, summary.map_other_ns) == (20, 20)
    assert [
        (one.file, one.line, one.klass, one.count, one.total_ns, one.max_ns)
        for one in summary.by_site
    ] == [
        ("/src/shop/render.go", 88, "other", 1, 30, 30),
        ("/src/shop/index.go", 39, "map-growth", 2, 20, 10),
        ("/src/shop/load.go", 12, "map-other", 1, 20, 20),
    ]


def test_growth_and_other_work_of_one_line_stay_apart() -> None:
    assign = [CLASSIC_GROWTH[0], ("runtime.mapassign_fast64", "map_fast64.go", 183)]
    stacks = stack_table({1: CLASSIC_GROWTH, 2: [*assign, CLASSIC_GROWTH[6]], 5: CLASSIC_GROWTH})
    assists = scan(
        Tables()
        .assist(1000, 1010, stack_id=1)
        .assist(1020, 1025, stack_id=2)
        .assist(1030, 1037, stack_id=5)
    )
    assert [
        (one.line, one.klass, one.count, one.total_ns)
        for one in summarise_assists(assists, StackSites(stacks)).by_site
    ] == [(39, "map-growth", 2, 17), (39, "map-other", 1, 5)]


def test_the_sums_equal_those_of_the_objects() -> None:
    chance = np.random.default_rng(7)
    generation = Tables()
    for start in range(1000, 3000, 10):
        length, stack = chance.integers(1, 10), chance.integers(0, 4)
        generation.assist(start, start + int(length), stack_id=int(stack))
    objects = build(generation)
    summary = summarise(generation)
    for site in summary.by_site:
        same = [
            one.duration_ns
            for one in objects
            if one.klass == site.klass and (not one.frames) == (site.function == "(no stack)")
        ]
        assert (site.count, site.total_ns, site.max_ns) == (len(same), sum(same), max(same))
    assert len(summary.by_site) == 4


def test_no_assists_are_an_empty_summary() -> None:
    summary = summarise(Tables())
    assert (summary.count, summary.total_ns, summary.max_ns, summary.by_site) == (0, 0, 0, ())
    assert build() == ()
