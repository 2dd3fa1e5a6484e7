"""The classes and lines of all stacks at once agree with looking at each stack alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from growwork.analysis.trace.stack_sites import (
    NO_STACK,
    StackSites,
    classify_frames,
    innermost_user_frame,
)
from growwork.analysis.types import StackFrame
from tests.analysis.trace.scan_tables import Frames, stack_table

ROOT = "/usr/local/go/src"
FRAMES = [
    ("runtime.mallocgc", f"{ROOT}/runtime/malloc.go", 1),
    ("runtime.hashGrow", f"{ROOT}/runtime/map.go", 1149),
    ("runtime.mapassign_fast64", f"{ROOT}/internal/runtime/maps/runtime_fast64.go", 318),
    ("internal/runtime/maps.(*table).grow", f"{ROOT}/internal/runtime/maps/table.go", 1228),
    ("internal/runtime/maps.NewMap", f"{ROOT}/internal/runtime/maps/map.go", 294),
    ("fmt.Sprint", f"{ROOT}/fmt/print.go", 280),
    ("maps.Copy[go.shape.map[string]int]", f"{ROOT}/maps/maps.go", 64),
    ("main.fill", "/home/me/shop/main.go", 17),
    ("main.fill", "/home/me/shop/main.go", 18),
    ("example.com/shop.(*Index).build", "/home/me/shop/index.go", 39),
]
# The folder of the library is that of all runtime frames of the trace, so one is in each stack.
stacks_of_frames = st.lists(
    st.lists(st.sampled_from(FRAMES), max_size=6).map(lambda rest: [FRAMES[0], *rest]), max_size=8
)


@given(stacks_of_frames)
def test_columns_agree_with_single_stacks(stacks: list[Frames]) -> None:
    table = stack_table({number * 3: frames for number, frames in enumerate(stacks, start=1)})
    sites = StackSites(table)
    ids = np.array([0, *(number * 3 for number in range(1, len(stacks) + 1)), 10_000])
    singles = [table.frames(stack_id) for stack_id in ids.tolist()]
    classes = [classify_frames(frames) for frames in singles]
    assert sites.classes(ids) == classes
    assert sites.is_growth(ids).tolist() == [one == "map-growth" for one in classes]
    assert sites.is_map(ids).tolist() == [one != "other" for one in classes]
    places, lines = sites.lines(ids)
    expected = [innermost_user_frame(frames) for frames in singles]
    assert [lines[place] for place in places.tolist()] == expected
    assert [sites.frame(stack_id) for stack_id in ids.tolist()] == expected
    assert len(lines) == len(set(expected))


def test_the_outermost_numbered_function_of_the_leaf_run_counts() -> None:
    sites = StackSites(
        stack_table(
            {
                1: [FRAMES[0], FRAMES[3], FRAMES[2], FRAMES[9]],
                2: [FRAMES[0], FRAMES[7], FRAMES[2]],
            }
        )
    )
    numbers = {FRAMES[3][0]: 5, FRAMES[2][0]: 7}
    found = sites.outermost(np.array([1, 2, 0, 9]), lambda name: numbers.get(name, 0))
    assert found.tolist() == [7, 0, 0, 0]


def test_any_frame_of_a_stack_can_be_asked_for() -> None:
    sites = StackSites(stack_table({4: [FRAMES[0], FRAMES[7]], 5: [FRAMES[9]]}))
    found = sites.has(np.array([0, 4, 5, 6]), lambda name: name == "main.fill")
    assert found.tolist() == [False, True, False, False]


def test_a_trace_without_stacks_has_no_lines() -> None:
    sites = StackSites(stack_table({}))
    assert sites.classes(np.array([0, 3])) == ["other", "other"]
    assert sites.frame(3) == NO_STACK
    assert sites.outermost(np.array([0, 3]), len).tolist() == [0, 0]
    assert sites.has(np.array([0, 3]), bool).tolist() == [False, False]


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


def test_a_function_pushed_into_the_runtime_does_not_hide_the_library() -> None:
    frames = (
        StackFrame(*FRAMES[2]),
        StackFrame(*FRAMES[5]),
        StackFrame("main.fill", "/home/me/shop/main.go", 17),
    )
    assert innermost_user_frame(frames).line == 17
