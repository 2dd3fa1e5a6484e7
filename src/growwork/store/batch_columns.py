"""Columns of a record batch as numpy arrays of the widths the tables of a scan have."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from growwork.analysis.trace_columns import Column

__all__ = ["Ids", "ids_of", "integers_of"]

Ids: TypeAlias = npt.NDArray[np.uint32]


def integers_of(rows: pa.RecordBatch, name: str) -> Column:
    """A column of whole numbers of any width as int64."""
    return np.asarray(rows.column(name).to_numpy(zero_copy_only=False), dtype=np.int64)


def ids_of(rows: pa.RecordBatch, name: str) -> Ids:
    """A column of ids as uint32."""
    return np.asarray(rows.column(name).to_numpy(zero_copy_only=False), dtype=np.uint32)
