"""`growwork sql --tables`: which tables there are, with columns and units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from growwork.report.encoding import Json, write_document
from growwork.store.trace.tables import TraceTable

__all__ = ["SCHEMA", "render_tables_json", "render_tables_text"]

SCHEMA = "growwork/sql-tables/1"


def render_tables_text(tables: Sequence[TraceTable], out: TextIO) -> None:
    """A paragraph for each table: name and meaning, then a line for each column."""
    for number, table in enumerate(tables):
        out.write(("\n" if number else "") + f"{table.name}: {table.meaning}\n")
        name_width = max(len(one.name) for one in table.columns)
        type_width = max(len(str(one.type)) for one in table.columns)
        for one in table.columns:
            cells = (one.name.ljust(name_width), str(one.type).ljust(type_width), one.unit.ljust(5))
            out.write(f"  {'  '.join(cells)}  {one.meaning}".rstrip() + "\n")


def render_tables_json(tables: Sequence[TraceTable], out: TextIO) -> None:
    """The same as one document."""
    listed: list[Json] = [
        {
            "name": table.name,
            "meaning": table.meaning,
            "columns": [
                {
                    "name": one.name,
                    "type": str(one.type),
                    "unit": one.unit,
                    "nullable": one.nullable,
                    "meaning": one.meaning,
                }
                for one in table.columns
            ],
        }
        for table in tables
    ]
    write_document({"schema": SCHEMA, "tables": listed}, out)
