"""Columns of a record batch as numpy arrays of the widths the tables of a scan have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from growwork.analysis.trace.columns import Column

__all__ = ["Ids", "bytes_of", "ids_of", "integers_of", "parts_of"]

_PART_ROWS = 1 << 17

Ids: TypeAlias = npt.NDArray[np.uint32]


def integers_of(rows: pa.RecordBatch, name: str) -> Column:
    """A column of whole numbers of any width as int64."""
    return np.asarray(rows.column(name).to_numpy(zero_copy_only=False), dtype=np.int64)


def ids_of(rows: pa.RecordBatch, name: str) -> Ids:
    """A column of ids as uint32."""
    return np.asarray(rows.column(name).to_numpy(zero_copy_only=False), dtype=np.uint32)


def bytes_of(rows: pa.RecordBatch, name: str) -> npt.NDArray[np.uint8]:
    """A column of event types or states as uint8."""
    return np.asarray(rows.column(name).to_numpy(zero_copy_only=False), dtype=np.uint8)


def parts_of(rows: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The rows in parts of a size at which copies of columns do not matter."""
    for offset in range(0, len(rows), _PART_ROWS):
        yield rows.slice(offset, _PART_ROWS)
