"""SQL over tables: what a query may name, what it sees, and what it cannot reach."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from growwork.core.errors import UsageError
from growwork.store.table_database import TableDatabase, tables_of_query
from growwork.store.trace.tables import TABLES


def utilization(*times: int) -> pa.RecordBatch:
    rows = [{"time": time, "gc_procs": 1, "procs": 2} for time in times]
    return pa.RecordBatch.from_pylist(rows, schema=TABLES["utilization"].schema)


def add(database: TableDatabase, file: str, *batches: pa.RecordBatch) -> None:
    """Let a trace have these batches of `utilization`."""
    named = [("utilization", batch) for batch in batches]
    database.add(named, frozenset({"utilization"}), file)


def run(query: str, *batches: pa.RecordBatch) -> list[tuple[object, ...]]:
    """The rows of a query over batches of `utilization`, of one trace."""
    with TableDatabase(with_file=False) as database:
        add(database, "a.trace", *batches)
        table = pa.Table.from_batches(database.query(query).batches)
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


@pytest.mark.parametrize(
    ("query", "tables"),
    [
        ("SELECT * FROM pauses", {"pauses"}),
        ("select count(*) from PAUSES", {"pauses"}),
        ("WITH w AS (FROM assists) SELECT * FROM w JOIN frames USING (stack_id)", None),
        ("SELECT (SELECT max(time) FROM heap), exists(FROM sweeps) FROM tasks", None),
        ("FROM query_table('heap')", {"heap"}),
        ("DESCRIBE heap", {"heap"}),
        ("EXPLAIN FROM heap", {"heap"}),
        ("SELECT 'heap' AS pauses", set()),
        ("WITH heap AS (SELECT 1) FROM heap", set()),
    ],
)
def test_the_tables_of_a_query_are_those_it_cannot_do_without(
    query: str, tables: set[str] | None
) -> None:
    if tables is None:
        tables = {name for name in TABLES if name in query}
    assert tables_of_query(query, with_file=False) == tables


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT nosuch FROM pauses", '"nosuch" not found'),
        ("FROM nosuch", "nosuch does not exist"),
        ("SELECT file FROM pauses", '"file" not found'),
        ("SELECT 1; SELECT 2", "expected one SELECT"),
        ("", "expected one SELECT"),
        ("DROP TABLE pauses", "expected one SELECT"),
        ("INSERT INTO heap VALUES (1, 2, 3)", "expected one SELECT"),
        ("ATTACH '/tmp/other.db'", "expected one SELECT"),
        ("SET memory_limit = '1TB'", "expected one SELECT"),
        ("PRAGMA database_list", "expected one SELECT"),
        ("COPY pauses TO '/tmp/out.csv'", "expected one SELECT"),
        ("INSTALL httpfs", "expected one SELECT"),
        ("FROM '/etc/passwd'", "does not exist"),
        ("FROM read_text('/etc/passwd')", "disabled by configuration"),
    ],
)
def test_a_query_is_refused_before_any_trace_is_read(query: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        tables_of_query(query, with_file=False)


def test_with_several_traces_tables_have_a_file_column() -> None:
    assert tables_of_query("SELECT file FROM pauses", with_file=True) == {"pauses"}


def test_rows_of_all_batches_are_there() -> None:
    rows = run("SELECT * FROM utilization ORDER BY time", utilization(3, 1), utilization(2))
    assert rows == [(1, 1, 2), (2, 1, 2), (3, 1, 2)]


def test_large_results_come_in_parts_and_whole() -> None:
    batch = utilization(*range(200_000))
    with TableDatabase(with_file=False) as database:
        add(database, "", batch)
        result = database.query("SELECT time FROM utilization")
        lengths = [len(part) for part in result.batches]
    assert sum(lengths) == 200_000
    assert len(lengths) > 1


def test_sorting_may_use_the_disk() -> None:
    """Neither the closed file system nor the read-only database keeps DuckDB from spilling."""
    with TableDatabase(with_file=False, memory_limit="64MB") as database:
        add(database, "", utilization(*range(400_000)))
        result = database.query(
            "SELECT wide FROM (SELECT repeat(time::VARCHAR, 60) AS wide FROM utilization)"
            " ORDER BY wide DESC LIMIT 1 OFFSET 399999"
        )
        rows = [row for part in result.batches for row in part.to_pylist()]
    assert rows == [{"wide": "0" * 60}]


def test_files_of_several_traces_are_told_apart(tmp_path: Path) -> None:
    """A quote in a name is no SQL, and a bracket no pattern."""
    parquet = tmp_path / "it's [a] *" / "utilization.parquet"
    parquet.parent.mkdir()
    pq.write_table(pa.Table.from_batches([utilization(7)]), parquet)
    with TableDatabase(with_file=True) as database:
        add(database, "a.trace", utilization(5))
        add(database, "b.trace", utilization(6))
        database.add_file("utilization", parquet, str(parquet.parent))
        result = database.query("SELECT file, time FROM utilization ORDER BY time")
        rows = [row for part in result.batches for row in part.to_pylist()]
    assert rows == [
        {"file": "a.trace", "time": 5},
        {"file": "b.trace", "time": 6},
        {"file": str(parquet.parent), "time": 7},
    ]


def test_a_parquet_file_without_a_column_that_was_added_since_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "utilization.parquet"
    pq.write_table(pa.table({"time": pa.array([7], pa.int64())}), path)
    with TableDatabase(with_file=False) as database:
        database.add_file("utilization", path, "")
        result = database.query("SELECT * FROM utilization")
        assert [row for part in result.batches for row in part.to_pylist()] == [
            {"time": 7, "gc_procs": None, "procs": None}
        ]


@pytest.mark.parametrize(
    "query",
    [
        "FROM read_text('/etc/passwd')",
        "FROM read_csv('/etc/passwd')",
        "FROM glob('/etc/*')",
        "FROM read_blob('/proc/self/environ')",
        "FROM '/etc/passwd'",
        "FROM read_parquet('{other}')",
        "COPY utilization TO '{other}'",
        "COPY (SELECT 1) TO '{allowed}'",
        "ATTACH '{other}.db'",
        "LOAD httpfs",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/etc']",
        "CREATE TABLE mine AS SELECT 1",
        "DROP VIEW utilization",
        "FROM secret_of_python",
    ],
)
def test_a_query_reaches_nothing_but_its_tables(query: str, tmp_path: Path) -> None:
    """The database holds even where the check before it would not."""
    secret_of_python = pa.table({"secret": [1]})
    assert len(secret_of_python) == 1
    allowed, other = tmp_path / "utilization.parquet", tmp_path / "other.parquet"
    for path in (allowed, other):
        pq.write_table(pa.Table.from_batches([utilization(7)]), path)
    before = allowed.read_bytes()
    with TableDatabase(with_file=False) as database:
        database.add_file("utilization", allowed, "")
        with pytest.raises(UsageError):
            list(database.query(query.format(other=other, allowed=allowed)).batches)
    assert allowed.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [other.name, allowed.name]


def test_an_error_while_rows_are_read_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="Could not convert"):
        run("SELECT CAST('x' || time AS INT) FROM utilization", utilization(1))


def test_the_database_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with TableDatabase(with_file=False) as database:
        add(database, "a.trace", utilization(1))
        assert any(tmp_path.iterdir())
        list(database.query("FROM utilization").batches)
    assert not any(tmp_path.iterdir())
