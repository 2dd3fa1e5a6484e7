"""Per stack of a trace, whether a map was at work at its leaf, and the line a reader looks at.

The questions are those of `goruntime.map_functions`, asked of all stacks at once: each distinct
function is looked at a single time, and the stacks are searched as columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from growwork.analysis.trace.columns import Column, StackTable
from growwork.analysis.types import StackFrame
from growwork.goruntime import (
    MapFrame,
    classify_function,
    classify_stack,
    is_runtime_function,
    is_transparent_function,
)

__all__ = [
    "MAP_GROWTH",
    "MAP_OTHER",
    "NO_STACK",
    "OTHER",
    "StackSites",
    "classify_frames",
    "innermost_user_frame",
]

MAP_GROWTH = "map-growth"
MAP_OTHER = "map-other"
OTHER = "other"
NO_STACK = StackFrame("(no stack)", "", 0)

_CLASSES = (OTHER, MAP_OTHER, MAP_GROWTH)
_RANKS = {None: 0, MapFrame.OTHER: 1, MapFrame.GROWTH: 2}
_GROWTH = _RANKS[MapFrame.GROWTH]

Flags = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.integer]


class StackSites:
    """Classes and lines of all stacks of a trace."""

    def __init__(self, stacks: StackTable) -> None:
        self._stacks = stacks
        self._asked: dict[Callable[[str], bool], Flags] = {}
        ids = stacks.ids
        self._first = np.flatnonzero(np.diff(ids, prepend=-1))
        self._depths = np.diff(self._first, append=len(ids))
        # Id 0, and ids without frames, belong to the empty stack behind the last one.
        self._place = np.full(int(ids[-1]) + 1 if len(ids) else 1, len(self._first))
        self._place[ids[self._first]] = np.arange(len(self._first))

    def is_growth(self, stack_ids: Ids) -> Flags:
        """Whether a map was growing at the leaf of each stack."""
        found: Flags = self._rank[self._places(stack_ids)] == _GROWTH
        return found

    def is_map(self, stack_ids: Ids) -> Flags:
        """Whether map code was at the leaf of each stack, growing or not."""
        found: Flags = self._rank[self._places(stack_ids)] > 0
        return found

    def has(self, stack_ids: Ids, wanted: Callable[[str], bool]) -> Flags:
        """Whether any function of each stack is wanted; each question is worked out once."""
        if wanted not in self._asked:
            codes, names = self._stacks.functions
            flags = np.array([wanted(name) for name in names], dtype=np.int64)
            self._asked[wanted] = self._greatest(flags[codes]) > 0
        found: Flags = self._asked[wanted][self._places(stack_ids)]
        return found

    def has_root(self, stack_ids: Ids, wanted: Callable[[str], bool]) -> Flags:
        """Whether the function each goroutine began in is wanted; never for no stack."""
        codes, names = self._stacks.functions
        flags = np.array([wanted(name) for name in names], dtype=np.bool_)
        roots = flags[codes[self._first + self._depths - 1]]
        found: Flags = np.append(roots, False)[self._places(stack_ids)]
        return found

    def outermost(self, stack_ids: Ids, number: Callable[[str], int]) -> Column:
        """Per stack the number of the outermost function of its leaf run that has one, else 0.

        `number` gives a function's number, 0 for none. The leaf run are the runtime and map
        frames at the leaf; see `classify_stack`.
        """
        codes, names = self._stacks.functions
        numbers = np.array([number(name) for name in names], dtype=np.int64)[codes]
        rows = np.where(self._in_run & (numbers > 0), np.arange(len(numbers)), -1)
        row = self._greatest(rows, empty=-1)[self._places(stack_ids)]
        return np.where(row >= 0, np.append(numbers, 0)[row], 0)

    def classes(self, stack_ids: Ids) -> list[str]:
        """`map-growth`, `map-other` or `other` per stack."""
        return [_CLASSES[rank] for rank in self._rank[self._places(stack_ids)].tolist()]

    def frame(self, stack_id: int) -> StackFrame:
        """The line a reader would look at; see `innermost_user_frame`."""
        return self._frame(int(self._user_row[self._places(np.array([stack_id]))[0]]))

    def lines(self, stack_ids: Ids) -> tuple[Column, list[StackFrame]]:
        """Per stack the place of its line among the distinct ones, and those."""
        rows = self._user_row[self._places(stack_ids)]
        table = self._stacks
        codes = (table.functions[0], table.files[0], table.lines)
        keys = np.zeros(len(rows), dtype=np.int64)
        for column in codes:  # a few thousand functions, files and lines: no overflow
            keys = keys * (int(column.max(initial=0)) + 2) + np.append(column, -1)[rows] + 1
        _, first, places = np.unique(keys, return_index=True, return_inverse=True)
        return places, [self._frame(row) for row in rows[first].tolist()]

    def _frame(self, row: int) -> StackFrame:
        return NO_STACK if row < 0 else self._stacks.frame(row)

    def _places(self, stack_ids: Ids) -> Column:
        known = np.minimum(stack_ids, len(self._place) - 1)
        found: Column = self._place[np.where(stack_ids == known, known, 0)]
        return found

    @cached_property
    def _function_ranks(self) -> Column:
        """Per frame, what its function says of its stack."""
        codes, names = self._stacks.functions
        ranks = np.array([_RANKS[classify_function(name)] for name in names], dtype=np.int64)
        return ranks[codes]

    @cached_property
    def _is_runtime(self) -> Flags:
        codes, names = self._stacks.functions
        flags = np.array([is_runtime_function(name) for name in names], dtype=np.bool_)
        return flags[codes]

    @cached_property
    def _in_run(self) -> Flags:
        """Per frame, whether it and all before it are runtime or map frames."""
        outside = (self._function_ranks == 0) & ~self._is_runtime
        count = np.cumsum(outside)
        before = np.repeat(count[self._first] - outside[self._first], self._depths)
        found: Flags = count == before
        return found

    @cached_property
    def _rank(self) -> Column:
        """Per stack its class; the empty stack is last."""
        return self._greatest(np.where(self._in_run, self._function_ranks, 0))

    @cached_property
    def _user_row(self) -> Column:
        """Per stack the row of its user frame, -1 for the empty stack."""
        codes, names = self._stacks.functions
        plumbing = np.array([is_transparent_function(name) for name in names], dtype=np.bool_)
        rows = np.arange(len(codes))
        nowhere = len(codes)
        user = np.where(plumbing[codes] | self._in_library, nowhere, rows)
        beyond = np.where(self._is_runtime, nowhere, rows)
        found = self._least(user)
        found = np.where(found == nowhere, self._least(beyond), found)
        found = np.where(found == nowhere, self._first + self._depths - 1, found)
        return np.append(found, -1)

    @cached_property
    def _in_library(self) -> Flags:
        """Per frame, whether its file lies in GOROOT/src, as the runtime's frames name it."""
        functions, names = self._stacks.functions
        files, paths = self._stacks.files
        runtime = np.array([name.startswith("runtime.") for name in names], dtype=np.bool_)
        folders = {
            folder
            for code in np.unique(files[runtime[functions]]).tolist()
            if (folder := _library_folder(paths[code]))
        }
        inside = np.array([path.startswith(tuple(folders)) for path in paths], dtype=np.bool_)
        found: Flags = inside[files]
        return found

    def _greatest(self, values: Column, empty: int = 0) -> Column:
        return np.append(
            np.maximum.reduceat(values, self._first) if len(self._first) else values, empty
        )

    def _least(self, values: Column) -> Column:
        found: Column = np.minimum.reduceat(values, self._first) if len(self._first) else values
        return found


def classify_frames(frames: Sequence[StackFrame]) -> str:
    """`map-growth`, `map-other` or `other`, from the names of the runtime frames."""
    return _CLASSES[_RANKS[classify_stack(frame.function for frame in frames)]]


def innermost_user_frame(frames: Sequence[StackFrame]) -> StackFrame:
    """The line a reader would look at: the first frame that is no library plumbing.

    Standard library code is told by its folder, which the runtime's own frames name. A stack of
    library code alone (a runtime goroutine) gives its first frame outside the runtime, else its
    outermost; no stack at all gives an empty frame.
    """
    if not frames:
        return NO_STACK
    runtime = (one.file for one in frames if one.function.startswith("runtime."))
    folders = tuple(folder for file in runtime if (folder := _library_folder(file)))
    for frame in frames:
        if not frame.file.startswith(folders) and not is_transparent_function(frame.function):
            return frame
    for frame in frames:
        if not is_runtime_function(frame.function):
            return frame
    return frames[-1]


def _library_folder(file: str) -> str:
    """GOROOT/src/ from a file of the runtime; empty under -trimpath, which names no folder.

    The runtime pushes functions to internal/runtime/maps, so their files lie there.
    """
    folder, found, _ = file.rpartition("/runtime/")
    absolute = found and folder != "internal"
    return f"{folder.removesuffix('/internal')}/" if absolute else ""
