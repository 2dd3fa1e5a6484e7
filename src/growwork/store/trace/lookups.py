"""Texts and stacks of a trace while it is being scanned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from growwork.analysis.trace.columns import StackTable
from growwork.store.trace.batch_columns import Ids

if TYPE_CHECKING:
    from growwork.formats.gotrace import TraceScanner

__all__ = ["TraceLookups"]


class TraceLookups:
    """What the ids in a generation's rows stand for.

    Ids are numbered by first use and hold for the whole trace, so the scanner's tables are
    fetched again only when rows have an id beyond those of the last time.
    """

    def __init__(self, scanner: TraceScanner) -> None:
        self._scanner = scanner
        self._texts = pa.array([""], pa.string())
        self._frames: pa.Table | None = None
        self._stacks: StackTable | None = None
        self._stacks_to = 0

    def texts(self, ids: Ids) -> pa.StringArray:
        """The text of each id."""
        return self.all_texts(ids).take(pa.array(ids))

    def all_texts(self, ids: Ids) -> pa.StringArray:
        """The text of every id so far, those of `ids` among them."""
        if int(ids.max(initial=0)) >= len(self._texts):
            self._texts = pa.array(self._scanner.texts(), pa.string())
        return self._texts

    def stacks(self, ids: Ids) -> StackTable:
        """A table in which the stacks of `ids` are."""
        frames = self._frames_of(ids)
        if self._stacks is None:
            self._stacks = StackTable(frames)
        return self._stacks

    def roots(self, ids: Ids) -> list[str]:
        """The outermost function of each stack; empty for a stack without frames."""
        frames = self._frames_of(ids)
        known = np.asarray(frames.column("stack_id").to_numpy())
        last = np.searchsorted(known, ids, side="right") - 1
        found = (last >= 0) & (known[last] == ids) if len(known) else np.zeros(len(ids), np.bool_)
        names = frames.column("function").take(pa.array(last[found])).to_pylist()
        functions = iter(names)
        return [next(functions) if one else "" for one in found.tolist()]

    def _frames_of(self, ids: Ids) -> pa.Table:
        highest = int(ids.max(initial=0))
        if self._frames is None or highest > self._stacks_to:
            self._frames = self._scanner.frames()
            self._stacks = None
            self._stacks_to = highest
        return self._frames
