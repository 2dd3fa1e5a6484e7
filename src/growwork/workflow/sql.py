"""SQL over the tables of traces, recordings and Parquet folders, for `growwork sql`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from growwork.analysis.trace.types import TraceWindow
from growwork.core.errors import UsageError
from growwork.formats.gotrace import ScanOptions
from growwork.store.parquet_folder import parquet_files
from growwork.store.table_database import QueryResult, TableDatabase, tables_of_query
from growwork.store.trace.files import open_trace
from growwork.store.trace.stream import stream_tables
from growwork.store.trace.tables import FILE_COLUMN, TABLES, TableColumn, TraceTable, needs_spans
from growwork.workflow.trace_window import read_generations, scan_window

__all__ = ["SqlResult", "list_tables", "run_sql"]


@dataclass(frozen=True, slots=True)
class SqlResult:
    """The rows of a query, to be read once, and what was lost of the traces behind them."""

    rows: QueryResult
    warnings: tuple[str, ...]


@contextmanager
def run_sql(sources: Sequence[Path], query: str) -> Iterator[SqlResult]:
    """Run one SELECT over traces, recordings and Parquet folders; with several, over all as one.

    Only the tables that the query names are made, in one pass over each trace, in a temporary
    folder that goes away with the context. Raises `UsageError` for a query that DuckDB refuses,
    before any trace is read, and for sources that are none; `FormatError` for a broken trace.
    """
    several = len(sources) > 1
    names = tables_of_query(query, with_file=several)
    warnings: list[str] = []
    with TableDatabase(with_file=several) as database:
        for source in sources:
            if names:
                warnings += _load(database, names, source)
        yield SqlResult(database.query(query), tuple(warnings))


def list_tables(sources: Sequence[Path]) -> tuple[TraceTable, ...]:
    """The tables a query over these sources may name, with a `file` column if there are several.

    Raises `UsageError` for a source that is none.
    """
    found = set(TABLES)
    for source in sources:
        parquet = parquet_files(source)
        if parquet:
            found &= parquet.keys()
        else:
            open_trace(source)
    tables = tuple(table for name, table in TABLES.items() if name in found)
    return tuple(map(_with_file, tables)) if len(sources) > 1 else tables


def _with_file(table: TraceTable) -> TraceTable:
    file = TableColumn(FILE_COLUMN, TABLES["traces"].columns[0].type, "", "as it was named")
    return TraceTable(table.name, table.meaning, (file, *table.columns))


def _load(database: TableDatabase, names: frozenset[str], source: Path) -> tuple[str, ...]:
    """Put the tables of one source into the database; what was lost of it, one line each."""
    parquet = parquet_files(source)
    if parquet:
        for name in sorted(names):
            if name not in parquet:
                raise UsageError(f"{source} has no table {name}: there is no {name}.parquet")
            database.add_file(name, parquet[name], str(source))
        return ()
    file = open_trace(source)
    scanner = scan_window(file, TraceWindow(), ScanOptions(spans=needs_spans(names)))
    batches = stream_tables(scanner, read_generations(file, scanner), names)
    database.add(batches, names, file.name)
    return scanner.warnings
