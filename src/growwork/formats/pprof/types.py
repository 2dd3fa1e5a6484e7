"""What a profile holds.

Terms are those of `profile.proto` (github.com/google/pprof/proto/profile.proto). Not kept,
because no Go profile uses them: a function's system name where it also has a name, columns of
lines, folded locations, and of a mapping's flags all but `has_functions`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

__all__ = ["FRAMES", "LABELS", "Mapping", "Profile", "ValueType"]

FRAMES = pa.schema(
    [
        pa.field("stack_id", pa.uint32(), nullable=False),
        pa.field("depth", pa.uint16(), nullable=False),  # 0: the leaf
        pa.field("pc", pa.uint64(), nullable=False),  # address of the location, as written
        pa.field("function", pa.string(), nullable=False),  # empty: not symbolised
        pa.field("file", pa.string(), nullable=False),
        pa.field("line", pa.uint32(), nullable=False),
        pa.field("inlined", pa.bool_(), nullable=False),  # into the frame of the next depth
        pa.field("start_line", pa.uint32(), nullable=False),  # 0: unknown
        pa.field("mapping", pa.uint32()),  # index into `Profile.mappings`
    ]
)

LABELS = pa.schema(
    [
        pa.field("sample_id", pa.uint32(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("text", pa.string()),  # null: the label is a number
        pa.field("number", pa.int64()),  # null: the label is text
        pa.field("unit", pa.string(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class ValueType:
    """What a value of a sample counts: `alloc_space` in `bytes`."""

    type: str
    unit: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """A part of an executable that was mapped into memory."""

    start: int
    limit: int
    offset: int
    file: str
    build_id: str
    has_functions: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile.

    `samples`: sample_id uint32, stack_id uint32, one int64 column per sample type (named by
    `value_columns`), and `bytes` int64: the numeric label of that name, in heap profiles the
    size of one object; null where a sample has none.
    `frames` and `labels` are tables of the schemas `FRAMES` and `LABELS`. A stack is named by
    its frames: equal stacks have one `stack_id`. A stack without frames has no row.
    """

    sample_types: tuple[ValueType, ...]
    period: int
    period_type: ValueType | None
    time_ns: int  # since the Unix epoch
    duration_ns: int
    samples: pa.Table
    frames: pa.Table
    labels: pa.Table
    mappings: tuple[Mapping, ...] = ()
    comments: tuple[str, ...] = ()
    default_sample_type: str = ""
    drop_frames: str = ""  # regular expressions for viewers; nothing is dropped here
    keep_frames: str = ""
    doc_url: str = ""

    @property
    def value_columns(self) -> tuple[str, ...]:
        """The columns of `samples` that hold the values, one per sample type."""
        return value_columns(self.sample_types)


def value_columns(sample_types: tuple[ValueType, ...]) -> tuple[str, ...]:
    """The type's own name, with its position where that name is taken or empty."""
    taken = {"sample_id", "stack_id", "bytes"}
    columns = []
    for position, sample_type in enumerate(sample_types):
        name = sample_type.type
        if not name or name in taken:
            name = f"{name or 'value'}_{position}"
        taken.add(name)
        columns.append(name)
    return tuple(columns)
