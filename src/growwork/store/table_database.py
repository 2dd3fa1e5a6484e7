"""A throw-away DuckDB database over the tables of traces.

Rows are streamed into a database file in a temporary folder, so memory is DuckDB's and not the
tables'; Parquet files stay where they are, behind views. The database is then opened anew for
the query: read-only, without extensions, and without access to any file but those. SQL from
somebody else can read the tables it was given and nothing more.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from growwork.core.errors import UsageError
from growwork.store.trace_tables import FILE_COLUMN, TABLES

__all__ = ["MEMORY_LIMIT", "QueryResult", "TableDatabase", "tables_of_query"]

MEMORY_LIMIT = "1GiB"
_BATCH_ROWS = 1 << 14
# Nothing is fetched or loaded, no file is opened, no Python variable is taken for a table.
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
}
_READING = frozenset({duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN})


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Rows of a query, read as they are needed, once."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


def tables_of_query(query: str, *, with_file: bool) -> frozenset[str]:
    """The tables that a query reads; it is checked against their columns, but not run.

    `with_file`: the tables have a `file` column. Raises `UsageError` with DuckDB's words when
    the query is no single SELECT, or names a table or column that there is not.
    """
    with _usage_errors(), duckdb.connect(config=_CLOSED) as connection:
        statements = connection.extract_statements(query)
        if len(statements) != 1 or statements[0].type not in _READING:
            raise UsageError("expected one SELECT", remedy="the tables can only be read")
        for name in TABLES:
            _create(connection, name, with_file=with_file)
        connection.sql(query)  # looks names up and reads nothing
        return frozenset(
            name for name in TABLES if _is_needed(connection, query, name, with_file=with_file)
        )


def _is_needed(
    connection: duckdb.DuckDBPyConnection, query: str, name: str, *, with_file: bool
) -> bool:
    """Whether a query that can be run with all tables cannot without this one."""
    connection.execute(f"DROP TABLE {name}")
    try:
        connection.sql(query)
    except duckdb.CatalogException:
        return True
    finally:
        _create(connection, name, with_file=with_file)
    return False


class TableDatabase:
    """Tables to query; a context manager, with which the database goes away."""

    def __init__(
        self, names: frozenset[str], *, with_file: bool, memory_limit: str = MEMORY_LIMIT
    ) -> None:
        """Make empty tables `names`, with a `file` column first if there are several traces.

        What is larger than `memory_limit` goes to the temporary folder.
        """
        self._with_file = with_file
        self._folder = tempfile.TemporaryDirectory(prefix="growwork-sql-")
        self._path = str(Path(self._folder.name) / "tables.duckdb")
        self._parquet: dict[str, list[tuple[Path, str]]] = {name: [] for name in sorted(names)}
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "temp_directory": self._folder.name,
        }
        self._connection = duckdb.connect(self._path, config=self._config)
        for name in self._parquet:
            _create(self._connection, name, with_file=with_file)
        self._connection.begin()

    def __enter__(self) -> TableDatabase:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()
        self._folder.cleanup()

    def add(self, name: str, batch: pa.RecordBatch, file: str) -> None:
        """Append rows of one table; `file` is the trace they are of."""
        if not len(batch):
            return
        rows = pa.Table.from_batches([batch])
        if self._with_file:
            rows = rows.add_column(0, FILE_COLUMN, pa.repeat(file, len(rows)))
        self._connection.register("rows_to_add", rows)
        self._connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM rows_to_add")
        self._connection.unregister("rows_to_add")

    def add_parquet(self, name: str, path: Path, file: str) -> None:
        """Let a table also have the rows of a Parquet file."""
        self._parquet[name].append((path.resolve(), file))

    def query(self, query: str) -> QueryResult:
        """Run a query over what was added; nothing can be added after it.

        Raises `UsageError` with DuckDB's words when it fails; so does reading the rows.
        """
        with _usage_errors():
            self._open_for_reading()
            relation = self._connection.sql(query)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                reader = relation.to_arrow_reader(_BATCH_ROWS)
            return QueryResult(reader.schema, _batches(reader))

    def _open_for_reading(self) -> None:
        paths = [str(path) for files in self._parquet.values() for path, _ in files]
        for name, files in self._parquet.items():
            if files:
                self._view(name, files)
        self._connection.commit()
        self._connection.close()
        self._connection = duckdb.connect(self._path, read_only=True, config=self._config)
        listed = ", ".join(map(_literal, paths))
        self._connection.execute(f"SET allowed_paths = [{listed}]")
        for setting, value in _CLOSED.items():
            self._connection.execute(f"SET {setting} = {_literal(str(value))}")
        self._connection.execute("SET lock_configuration = true")

    def _view(self, name: str, files: Sequence[tuple[Path, str]]) -> None:
        """Put the table's own rows and those of the files under the table's name."""
        self._connection.execute(f"ALTER TABLE {name} RENAME TO {name}_rows")
        parts = [f"SELECT * FROM {name}_rows"]
        for path, file in files:
            label = f'{_literal(file)} AS "{FILE_COLUMN}", ' if self._with_file else ""
            parts.append(f"SELECT {label}* FROM read_parquet({_literal(str(path))})")
        # By name: files of an older growwork lack columns that were added since.
        self._connection.execute(f"CREATE VIEW {name} AS {' UNION ALL BY NAME '.join(parts)}")


def _create(connection: duckdb.DuckDBPyConnection, name: str, *, with_file: bool) -> None:
    schema = TABLES[name].schema
    if with_file:
        schema = schema.insert(0, pa.field(FILE_COLUMN, pa.string()))
    connection.register("empty_rows", schema.empty_table())
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM empty_rows")
    connection.unregister("empty_rows")


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    with _usage_errors():
        try:
            yield from reader
        except (OSError, pa.ArrowException) as error:  # a failure of DuckDB seen through Arrow
            raise UsageError(str(error).strip()) from error


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def _usage_errors() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise UsageError(str(error).strip()) from error
