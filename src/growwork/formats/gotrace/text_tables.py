"""The strings and stacks of one generation in text form.

The reader's ids hold for the whole trace; a generation has its own, from 1 without gaps, for
what its events use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from growwork.formats.gotrace.text import quote_data
from growwork.formats.gotrace.text_batches import (
    Entries,
    build_entries,
    uvarint_sizes,
    with_prefixes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

__all__ = ["Tables", "build_tables"]

_MAX_STRING_BYTES = 1024  # a reader rejects longer ones
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()


@dataclass(frozen=True, slots=True)
class Tables:
    """Ids of a generation by id of the trace, and the tables."""

    text_ids: Numbers
    stack_ids: Numbers
    strings: Entries
    stacks: Entries


def build_tables(
    text_ids: Numbers, stack_ids: Numbers, texts: Sequence[str], frames: pa.Table
) -> Tables:
    """Tables of these texts and stacks, given by ids of the trace; 0 is neither.

    `texts` and `frames` are all those of the trace so far.
    """
    strings = _Strings()
    used_texts = np.unique(text_ids)
    local_texts = np.zeros(int(used_texts.max(initial=0)) + 1, np.int64)
    local_texts[used_texts] = [strings.id_of(texts[text_id]) for text_id in used_texts]
    local_stacks = _number(stack_ids)
    stacks = _stacks(local_stacks, frames, strings)
    return Tables(local_texts, local_stacks, strings.entries(), stacks)


def _number(ids: Numbers) -> Numbers:
    """Ids without gaps by id; 0 stays 0."""
    used = np.unique(ids[ids > 0])
    numbers = np.zeros(int(used.max(initial=0)) + 1, np.int64)
    numbers[used] = np.arange(1, len(used) + 1)
    return numbers


def _stacks(local_ids: Numbers, frames: pa.Table, strings: _Strings) -> Entries:
    trace_ids = frames.column("stack_id").to_numpy().astype(np.int64)
    kept = trace_ids[trace_ids < len(local_ids)]  # they are sorted
    at = np.flatnonzero(local_ids[kept])
    if not len(at):
        return Entries(pa.array([], pa.string()), np.zeros(0, np.int64))
    stack_ids, first, depths = np.unique(local_ids[kept[at]], return_index=True, return_counts=True)
    (rows,) = frames.combine_chunks().take(at).to_batches()
    frame = build_entries(
        "\t",
        [
            ("pc", rows.column("pc").to_numpy().view(np.int64)),
            ("func", strings.ids_of(rows.column("function"))),
            ("file", strings.ids_of(rows.column("file"))),
            ("line", rows.column("line").to_numpy().astype(np.int64)),
        ],
        type_bytes=0,
    )
    heads = build_entries("Stack ", [("id", stack_ids), ("nframes", depths)], type_bytes=1)
    lines = with_prefixes(frame.lines, first, heads.lines)
    return Entries(_join_runs(lines, first), np.add.reduceat(frame.sizes, first) + heads.sizes)


def _join_runs(lines: pa.Array, first: Numbers) -> pa.Array:
    """Lines joined to one text per run, given where runs begin."""
    ends = np.append(first, len(lines)).astype(np.int32)
    return pc.binary_join(pa.ListArray.from_arrays(ends, lines), "")


class _Strings:
    """The strings of a generation, each once."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {"": 0}

    def id_of(self, text: str) -> int:
        return self._ids.setdefault(text, len(self._ids))

    def ids_of(self, texts: pa.DictionaryArray) -> Numbers:
        """The ids of a column of texts."""
        indices = texts.indices.to_numpy()
        ids = np.zeros(len(texts.dictionary), np.int64)
        used = np.unique(indices)
        ids[used] = [self.id_of(text) for text in texts.dictionary.take(used).to_pylist()]
        column: Numbers = ids[indices]
        return column

    def entries(self) -> Entries:
        texts = [(number, _bytes_of(text)) for text, number in self._ids.items() if number]
        lines = [f"String id={number}\n\tdata={quote_data(data)}\n" for number, data in texts]
        numbers, lengths = (
            np.array([(number, len(data)) for number, data in texts]).reshape(-1, 2).T
        )
        sizes = 1 + uvarint_sizes(numbers) + uvarint_sizes(lengths) + lengths
        return Entries(pa.array(lines, pa.string()), sizes)


def _bytes_of(text: str) -> bytes:
    """The bytes of a string, of which only their reading as UTF-8 is known.

    The runtime cuts long strings anywhere. What is no character reads as a replacement, which is
    longer than the byte that it may stand for; any such byte reads the same.
    """
    data = text.encode()
    return data if len(data) <= _MAX_STRING_BYTES else data.replace(_REPLACEMENT, b"\xff")
