"""Entries of a trace in text form, many at a time, and the batches they stand in.

An entry is an event, a string or a stack: its lines, and the bytes it takes on the wire, which
the `size` of its batch has to tell beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from growwork.formats.gotrace.spec import MAX_BATCH_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

__all__ = [
    "Entries",
    "batch_starts",
    "build_entries",
    "concatenate",
    "decimals",
    "in_batches",
    "uvarint_sizes",
    "with_prefixes",
]

# The smallest numbers that take 2, 3, … 10 bytes.
_STEPS = np.array([1 << bits for bits in range(7, 64, 7)], np.uint64)


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries in order."""

    lines: pa.Array  # of strings that end with a newline; an entry may have several lines
    sizes: Numbers  # bytes

    def __len__(self) -> int:
        return len(self.sizes)


def decimals(values: Numbers) -> pa.Array:
    """Numbers as the text has them; negative ones are 64 bits without sign."""
    return pa.array(values.astype(np.int64, copy=False).view(np.uint64)).cast(pa.string())


def uvarint_sizes(values: Numbers) -> Numbers:
    """Bytes of numbers on the wire; negative ones are 64 bits without sign."""
    unsigned = values.astype(np.int64, copy=False).view(np.uint64)
    sizes: Numbers = np.searchsorted(_STEPS, unsigned, side="right") + 1
    return sizes


def build_entries(head: str, columns: Sequence[tuple[str, Numbers]], *, type_bytes: int) -> Entries:
    """A line each of named numbers after `head`; of columns there is at least one.

    `type_bytes` is 1 for events, which begin with their type, and 0 for frames.
    """
    parts: list[str | pa.Array] = []
    sizes = np.full(len(columns[0][1]), type_bytes, np.int64)
    for name, values in columns:
        parts += [f"{head}{name}=", decimals(values)]
        sizes += uvarint_sizes(values)
        head = " "
    return Entries(pc.binary_join_element_wise(*parts, "\n", ""), sizes)


def concatenate(parts: Sequence[tuple[Numbers, Entries]]) -> Entries:
    """Entries put to their places, which are those of a range."""
    places = np.concatenate([at for at, _ in parts])
    order = np.empty(len(places), np.int64)
    order[places] = np.arange(len(places))
    lines = pa.concat_arrays([entries.lines for _, entries in parts])
    return Entries(lines.take(order), np.concatenate([part.sizes for _, part in parts])[order])


def batch_starts(sizes: Numbers, forced: Numbers) -> Numbers:
    """Where batches begin: at the entries `forced` (the first is one), and where one is full."""
    before = np.cumsum(sizes) - sizes
    run = np.zeros(len(sizes), np.int64)
    run[forced] = 1
    run = np.cumsum(run) - 1
    # An entry that begins in a batch must also end there. A few bytes are left for the batch's
    # own event and a first `dt` that turns out longer.
    room = MAX_BATCH_BYTES - int(sizes.max()) - 16
    full = (before - before[forced][run]) // room
    changes = np.diff(run, prepend=-1) | np.diff(full, prepend=-1)
    starts: Numbers = np.flatnonzero(changes)
    return starts


def in_batches(
    entries: Entries,
    starts: Numbers,
    *,
    generation: int,
    m: Numbers,
    time: Numbers,
    marker: str = "",
) -> pa.Array:
    """The lines of entries in batches that begin at `starts`, with an M and time each.

    `marker` names the events that tables begin with, one byte each.
    """
    sizes = np.add.reduceat(entries.sizes, starts) + (1 if marker else 0)
    heads = pc.binary_join_element_wise(
        f"EventBatch gen={generation} m=",
        decimals(m),
        " time=",
        decimals(time),
        " size=",
        decimals(sizes),
        f"\n{marker}\n" if marker else "\n",
        "",
    )
    return with_prefixes(entries.lines, starts, heads)


def with_prefixes(lines: pa.Array, at: Numbers, prefixes: pa.Array) -> pa.Array:
    """The lines, those at `at` with a prefix each."""
    chosen = np.zeros(len(lines), np.int64)
    chosen[at] = np.arange(1, len(at) + 1)
    every = pa.concat_arrays([pa.array([""]), prefixes]).take(chosen)
    return pc.binary_join_element_wise(every, lines, "")
