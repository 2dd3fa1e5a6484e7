"""A throw-away DuckDB database over the tables of traces.

Tables are streamed into Parquet files in a temporary folder, or are such files already; the
database has views of them, so memory is DuckDB's and not the tables'. For the query it is
opened read-only, without extensions, and without access to any file but those. SQL from
somebody else can read the tables it was given and nothing more.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from growwork.core.errors import UsageError
from growwork.store.parquet_folder import parquet_files, write_parquet_folder
from growwork.store.trace.tables import FILE_COLUMN, TABLES

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
            _create(connection, name, name, with_file=with_file)
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
        _create(connection, name, name, with_file=with_file)
    return False


class TableDatabase:
    """Tables to query; a context manager, with which the database goes away."""

    def __init__(self, *, with_file: bool, memory_limit: str = MEMORY_LIMIT) -> None:
        """Tables get a `file` column if there are several traces.

        What a query needs beyond `memory_limit` goes to the temporary folder.
        """
        self._with_file = with_file
        self._folder = tempfile.TemporaryDirectory(prefix="growwork-sql-")
        self._sources = 0  # each has a folder in that one
        self._files: dict[str, list[tuple[Path, str]]] = {}
        self._memory_limit = memory_limit
        self._connection: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> TableDatabase:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            self._connection.close()
        self._folder.cleanup()

    def add(
        self, batches: Iterable[tuple[str, pa.RecordBatch]], names: frozenset[str], file: str
    ) -> None:
        """Take the tables `names` of one trace, which is called `file`, as they are made."""
        folder = self._new_folder()
        write_parquet_folder(batches, names, folder, compression="lz4")
        for name, path in parquet_files(folder).items():
            self._files.setdefault(name, []).append((path, file))

    def add_file(self, name: str, path: Path, file: str) -> None:
        """Let a table also have the rows of a Parquet file."""
        # Through a link, because DuckDB takes `*`, `?` and `[` in a path for a pattern.
        link = self._new_folder() / path.name
        link.parent.mkdir()
        link.symlink_to(path.resolve())
        self._files.setdefault(name, []).append((link, file))

    def _new_folder(self) -> Path:
        self._sources += 1
        return Path(self._folder.name) / str(self._sources)

    def query(self, query: str) -> QueryResult:
        """Run a query over what was added; nothing can be added after it.

        Raises `UsageError` with DuckDB's words when it fails; so does reading the rows.
        """
        with _usage_errors():
            self._connection = self._open()
            relation = self._connection.sql(query)
            reader = relation.to_arrow_reader(_BATCH_ROWS)
            return QueryResult(reader.schema, _batches(reader))

    def _open(self) -> duckdb.DuckDBPyConnection:
        path = str(Path(self._folder.name) / "tables.duckdb")
        with duckdb.connect(path) as writable:
            for name, files in self._files.items():
                # By name, after no rows: files of an older growwork lack columns added since.
                _create(writable, f"{name}_columns", name, with_file=self._with_file)
                parts = " UNION ALL BY NAME ".join([f"FROM {name}_columns", *self._parts(files)])
                writable.execute(f"CREATE VIEW {name} AS {parts}")
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": self._memory_limit,
            "temp_directory": self._folder.name,
        }
        connection = duckdb.connect(path, read_only=True, config=config)
        paths = [_literal(str(path)) for files in self._files.values() for path, _ in files]
        connection.execute(f"SET allowed_paths = [{', '.join(paths)}]")
        for setting, value in _CLOSED.items():
            connection.execute(f"SET {setting} = {_literal(str(value))}")
        connection.execute("SET lock_configuration = true")
        return connection

    def _parts(self, files: Sequence[tuple[Path, str]]) -> Iterator[str]:
        """Queries for the rows of each file."""
        for path, file in files:
            label = f'{_literal(file)} AS "{FILE_COLUMN}", ' if self._with_file else ""
            yield f"SELECT {label}* FROM read_parquet({_literal(str(path))})"


def _create(
    connection: duckdb.DuckDBPyConnection, name: str, table: str, *, with_file: bool
) -> None:
    """Make an empty table with the columns of `table`."""
    schema = TABLES[table].schema
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
