"""The rows of `growwork sql`: text, JSON (`growwork/sql/1`), CSV and Parquet.

Rows are written as they come, but for text, whose columns must be measured first.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from growwork.core.errors import UsageError
from growwork.report.escaping import visible
from growwork.report.sql_values import as_json, as_text
from growwork.store.table_database import QueryResult

__all__ = ["SCHEMA", "render_csv", "render_json", "render_text", "write_parquet"]

SCHEMA = "growwork/sql/1"
_SHOWN_ROWS = 1000


def render_text(result: QueryResult, out: TextIO) -> None:
    """Columns under their names, numbers to the right; the first thousand rows."""
    names = [visible(name) for name in result.schema.names]
    rows = _rows(result)
    shown = [[visible(as_text(value)) for value in row] for row in islice(rows, _SHOWN_ROWS)]
    widths = [max(map(len, column)) for column in zip(names, *shown, strict=True)]
    right = [_is_number(one.type) for one in result.schema]
    for row in [names, *shown]:
        cells = [
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, right, strict=True)
        ]
        out.write("  ".join(cells).rstrip() + "\n")
    more = sum(1 for _ in rows)
    if more:
        out.write(f"({more} more rows; --format csv or json has all of them)\n")


def render_json(result: QueryResult, out: TextIO, warnings: Sequence[str] = ()) -> None:
    """One document with an object per row.

    Raises `UsageError` when two columns have the same name.
    """
    names = _unique_names(result.schema)
    columns = [{"name": one.name, "type": str(one.type)} for one in result.schema]
    out.write(f'{{\n  "schema": {json.dumps(SCHEMA)},\n  "columns": {json.dumps(columns)},\n')
    out.write('  "rows": [')
    separator = "\n    "
    for row in _rows(result):
        members = {name: as_json(value) for name, value in zip(names, row, strict=True)}
        out.write(separator + json.dumps(members, allow_nan=False))
        separator = ",\n    "
    closing = "\n  " if separator[0] == "," else ""
    out.write(f'{closing}],\n  "warnings": {json.dumps(list(warnings))}\n}}\n')


def render_csv(result: QueryResult, out: TextIO) -> None:
    """RFC 4180 but for the line ends, with a header; null is empty."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(result.schema.names)
    for row in _rows(result):
        writer.writerow([as_text(value) for value in row])


def write_parquet(result: QueryResult, path: Path) -> None:
    """One Parquet file.

    Raises `UsageError` when two columns have the same name or the file cannot be written.
    """
    _unique_names(result.schema)
    try:
        with pq.ParquetWriter(str(path), result.schema, compression="zstd") as writer:
            for batch in result.batches:
                writer.write_batch(batch)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


def _rows(result: QueryResult) -> Iterator[tuple[object, ...]]:
    for batch in result.batches:
        columns = [column.to_pylist() for column in batch.columns]
        yield from zip(*columns, strict=True)


def _unique_names(schema: pa.Schema) -> list[str]:
    names: list[str] = schema.names
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"two columns are called {twice!r}", remedy="name them apart with AS")
    return names


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )
