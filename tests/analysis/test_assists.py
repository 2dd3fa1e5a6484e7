from __future__ import annotations

import random

import pytest

from growwork.analysis.assists import (
    AssistScan,
    classify_frames,
    innermost_user_frame,
    summarise_assists,
)
from growwork.analysis.types import Assist, GcCycle, StackFrame
from growwork.formats.gotrace import EventType as E
from tests.analysis.trace_events import Generation, stack_table

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


def cycle(number: int, start_ns: int, end_ns: int) -> GcCycle:
    return GcCycle(number, start_ns, end_ns, 0, 0, None, 0, None, None, None, False, ())


def scan(*generations: Generation, end_ns: int = 10_000) -> tuple[Assist, ...]:
    assists = AssistScan()
    for generation in generations:
        assists.add(generation.columns())
    return assists.assists(STACKS, [cycle(1, 0, 450), cycle(2, 600, 900)], 1000, end_ns)


def test_an_assist_pairs_by_goroutine_not_by_order() -> None:
    first, second = scan(
        Generation()
        .event(1100, E.GC_MARK_ASSIST_BEGIN, g=4, stack=1)
        .event(1110, E.GC_MARK_ASSIST_BEGIN, g=5, stack=3)
        .event(1150, E.GC_MARK_ASSIST_END, g=4)
        .event(1900, E.GC_MARK_ASSIST_END, g=5)
    )
    assert (first.goroutine, first.start_ns, first.duration_ns) == (4, 100, 50)
    assert (second.goroutine, second.start_ns, second.duration_ns) == (5, 110, 790)


def test_running_time_leaves_out_what_the_goroutine_spent_off_its_thread() -> None:
    (assist,) = scan(
        Generation()
        .event(1050, E.GO_STOP, g=4)
        .event(1090, E.GO_START, arg0=4)
        .event(1100, E.GC_MARK_ASSIST_BEGIN, g=4, stack=1)
        .event(1120, E.GO_STOP, g=4)
        .event(1130, E.GO_START, arg0=8)
        .event(1150, E.GO_START, arg0=4)
        .event(1160, E.GO_BLOCK, g=4)
        .event(1170, E.GO_BLOCK, g=8)
        .event(1200, E.GO_START, arg0=4)
        .event(1210, E.GC_MARK_ASSIST_END, g=4)
        .event(1300, E.GO_STOP, g=4)
    )
    assert (assist.duration_ns, assist.running_ns) == (110, 40)


def test_an_assist_goes_on_in_the_next_generation() -> None:
    (assist,) = scan(
        Generation().event(1100, E.GC_MARK_ASSIST_BEGIN, g=4, stack=1).event(1150, E.GO_STOP, g=4),
        Generation()
        .event(1160, E.GC_MARK_ASSIST_ACTIVE, arg0=4)
        .event(1180, E.GO_START, arg0=4)
        .event(1200, E.GC_MARK_ASSIST_END, g=4),
    )
    assert (assist.start_ns, assist.duration_ns, assist.running_ns) == (100, 100, 70)
    assert assist.klass == "map-growth"


def test_an_assist_begun_before_the_trace_is_clipped_and_has_no_stack() -> None:
    (assist,) = scan(
        Generation()
        .event(1000, E.GC_MARK_ASSIST_ACTIVE, arg0=4)
        .event(1040, E.GC_MARK_ASSIST_END, g=4)
    )
    assert (assist.start_ns, assist.duration_ns, assist.frames) == (0, 40, ())
    assert assist.klass == "other"


def test_an_assist_running_when_the_trace_ends_is_clipped() -> None:
    (assist,) = scan(
        Generation().event(1100, E.GC_MARK_ASSIST_BEGIN, g=4, stack=1).event(1150, E.GO_BLOCK, g=4),
        end_ns=1300,
    )
    assert (assist.duration_ns, assist.running_ns) == (200, 50)


def test_an_end_without_a_begin_is_no_assist() -> None:
    assert scan(Generation().event(1100, E.GC_MARK_ASSIST_END, g=4)) == ()


def test_an_assist_knows_the_cycle_that_was_marking() -> None:
    numbers = [
        one.in_cycle
        for one in scan(
            Generation()
            .event(1100, E.GC_MARK_ASSIST_BEGIN, g=4, stack=1)
            .event(1110, E.GC_MARK_ASSIST_END, g=4)
            .event(1500, E.GC_MARK_ASSIST_BEGIN, g=4, stack=1)
            .event(1510, E.GC_MARK_ASSIST_END, g=4)
            .event(1600, E.GC_MARK_ASSIST_BEGIN, g=4, stack=1)
            .event(1610, E.GC_MARK_ASSIST_END, g=4)
        )
    ]
    assert numbers == [1, None, 2]


def test_classes_come_from_the_runtime_frames_at_the_leaf() -> None:
    assert [classify_frames(STACKS.frames(one)) for one in (1, 2, 3, 0)] == [
        "map-growth",
        "map-other",
        "other",
        "other",
    ]


def test_the_user_frame_is_below_library_plumbing() -> None:
    frames = (
        StackFrame("runtime.mapassign_faststr", "map_faststr.go", 1),
        StackFrame("maps.Copy[go.shape.map[string]int]", "maps.go", 64),
        StackFrame("example.com/shop.merge", "/src/shop/merge.go", 21),
    )
    assert innermost_user_frame(frames).line == 21
    assert innermost_user_frame(frames[:2]).function.startswith("maps.Copy")
    assert innermost_user_frame(frames[:1]).function == "runtime.mapassign_faststr"
    assert innermost_user_frame(()).function == "(no stack)"


def test_the_user_frame_is_no_standard_library_code() -> None:
    plain = (
        StackFrame("runtime.mallocgc", "/usr/local/go/src/runtime/malloc.go", 1),
        StackFrame("fmt.Sprint", "/usr/local/go/src/fmt/print.go", 280),
        StackFrame("main.fill", "/home/me/shop/main.go", 17),
    )
    trimmed = (
        StackFrame("runtime.mallocgc", "runtime/malloc.go", 1),
        StackFrame("fmt.Sprint", "fmt/print.go", 280),
        StackFrame("main.fill", "example.com/shop/main.go", 17),
    )
    assert innermost_user_frame(plain).line == 17
    assert innermost_user_frame(plain[:2]).function == "fmt.Sprint"
    assert innermost_user_frame(trimmed).function == "fmt.Sprint"  # no folder tells it apart


def test_the_summary_adds_up_per_line_and_class() -> None:
    generation = Generation()
    for start, stack in ((1100, 1), (1200, 1), (1300, 2), (1400, 3)):
        generation.event(start, E.GC_MARK_ASSIST_BEGIN, g=4, stack=stack)
        generation.event(start + stack * 10, E.GC_MARK_ASSIST_END, g=4)
    summary = summarise_assists(scan(generation))
    assert (summary.count, summary.total_ns, summary.max_ns) == (4, 70, 30)
    assert (summary.map_growth_ns, summary.map_other_ns) == (20, 20)
    assert [
        (one.file, one.line, one.klass, one.count, one.total_ns) for one in summary.by_site
    ] == [
        ("/src/shop/render.go", 88, "other", 1, 30),
        ("/src/shop/index.go", 39, "map-growth", 2, 20),
        ("/src/shop/load.go", 12, "map-other", 1, 20),
    ]


def test_no_assists_are_an_empty_summary() -> None:
    summary = summarise_assists(scan(Generation().event(1000, E.GO_START, arg0=3)))
    assert (summary.count, summary.total_ns, summary.max_ns, summary.by_site) == (0, 0, 0, ())


@pytest.mark.parametrize("seed", range(8))
def test_many_goroutines_over_many_generations_agree_with_following_each_alone(seed: int) -> None:
    chance = random.Random(seed)
    running = dict.fromkeys(range(1, 6), True)
    since: dict[int, int] = {}
    off: dict[int, list[int]] = {}
    generations, expected, time = [Generation()], [], 1000
    for _ in range(600):
        time += chance.randrange(1, 9)
        if chance.random() < 0.03:
            generations.append(Generation())
            for goroutine in sorted(since):
                generations[-1].event(time, E.GC_MARK_ASSIST_ACTIVE, arg0=goroutine)
            continue
        goroutine = chance.randrange(1, 6)
        generation = generations[-1]
        if not running[goroutine]:
            generation.event(time, E.GO_START, arg0=goroutine)
            running[goroutine] = True
            if goroutine in since:
                off[goroutine][-1] = time - off[goroutine][-1]
        elif chance.random() < 0.5:
            generation.event(time, chance.choice((E.GO_STOP, E.GO_BLOCK)), g=goroutine)
            running[goroutine] = False
            if goroutine in since:
                off[goroutine].append(time)
        elif goroutine in since:
            generation.event(time, E.GC_MARK_ASSIST_END, g=goroutine)
            begin = since.pop(goroutine)
            expected.append((begin - 1000, time - begin, time - begin - sum(off.pop(goroutine))))
        else:
            generation.event(time, E.GC_MARK_ASSIST_BEGIN, g=goroutine, stack=1)
            since[goroutine], off[goroutine] = time, []
    found = [
        (one.start_ns, one.duration_ns, one.running_ns)
        for one in scan(*generations, end_ns=time)
        if one.start_ns + 1000 not in since.values()  # still open at the end of the trace
    ]
    assert found == sorted(expected)
    assert len(found) > 50
