"""Rows of a query as text, JSON, CSV and Parquet."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from jsonschema import Draft202012Validator

from growwork.core.errors import UsageError
from growwork.report.schemas import load_schema
from growwork.report.sql import render_csv, render_json, render_text, write_parquet
from growwork.report.sql_tables import render_tables_json, render_tables_text
from growwork.report.sql_values import as_json, as_text
from growwork.store.table_database import QueryResult
from growwork.store.trace.tables import TABLES


def result(*batches: pa.RecordBatch) -> QueryResult:
    return QueryResult(batches[0].schema, iter(batches))


def people(*names: str) -> pa.RecordBatch:
    columns: dict[str, Sequence[object]] = {"name": names, "length": [len(n) for n in names]}
    return pa.RecordBatch.from_pydict(columns)


def written(render: Callable[[QueryResult, TextIO], None], *batches: pa.RecordBatch) -> str:
    out = io.StringIO()
    render(result(*batches), out)
    return out.getvalue()


def test_text_lines_columns_up_over_all_batches() -> None:
    assert written(render_text, people("a", "bb"), people("cccc")) == (
        "name  length\na          1\nbb         2\ncccc       4\n"
    )


def test_text_obeys_no_control_characters() -> None:
    assert "a\\x1b[2Jb" in written(render_text, people("a\x1b[2Jb"))


def test_text_stops_after_a_thousand_rows_and_says_so() -> None:
    batch = people(*(str(number) for number in range(600)))
    lines = written(render_text, batch, batch).splitlines()
    assert len(lines) == 1002
    assert lines[-1] == "(200 more rows; --format csv or json has all of them)"


def test_csv_quotes_and_null_is_empty() -> None:
    batch = pa.RecordBatch.from_pydict({"a": ['say "x", y', None], "b": [None, 1.5]})
    assert written(render_csv, batch) == 'a,b\n"say ""x"", y",\n,1.5\n'


def test_json_is_one_document_of_its_schema() -> None:
    out = io.StringIO()
    render_json(result(people("a"), people("bb")), out, ["a.trace: cut"])
    document = json.loads(out.getvalue())
    Draft202012Validator(load_schema("sql")).validate(document)
    assert document == {
        "schema": "growwork/sql/1",
        "columns": [{"name": "name", "type": "string"}, {"name": "length", "type": "int64"}],
        "rows": [{"name": "a", "length": 1}, {"name": "bb", "length": 2}],
        "warnings": ["a.trace: cut"],
    }


def test_json_without_rows_is_a_document_too() -> None:
    document = json.loads(written(render_json, people()))
    Draft202012Validator(load_schema("sql")).validate(document)
    assert document["rows"] == []


def twins() -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])


def test_columns_of_one_name_are_refused_where_the_name_is_all_there_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two columns are called 'a'"):
        written(render_json, twins())
    with pytest.raises(UsageError, match="two columns are called 'a'"):
        write_parquet(result(twins()), tmp_path / "x.parquet")
    assert written(render_csv, twins()) == "a,a\n1,2\n"


def test_parquet_has_all_batches(tmp_path: Path) -> None:
    write_parquet(result(people("a"), people("bb")), tmp_path / "x.parquet")
    assert pq.read_table(tmp_path / "x.parquet").column("name").to_pylist() == ["a", "bb"]


def test_parquet_where_there_is_no_folder_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write"):
        write_parquet(result(people("a")), tmp_path / "no" / "x.parquet")


@pytest.mark.parametrize(
    ("value", "plain", "text"),
    [
        (None, None, ""),
        (True, True, "true"),
        (2**63 - 1, 2**63 - 1, "9223372036854775807"),
        (Decimal(10**30), 10**30, "1" + "0" * 30),
        (Decimal("1.50"), 1.5, "1.5"),
        (0.1, 0.1, "0.1"),
        (float("nan"), None, ""),
        (b"\x01\xff", "01ff", "01ff"),
        (datetime.date(2026, 1, 2), "2026-01-02", "2026-01-02"),
        (datetime.datetime(2026, 1, 2, 3, tzinfo=datetime.UTC), "2026-01-02T03:00:00+00:00", None),
        ([1, Decimal(2)], [1, 2], "[1, 2]"),
        ({"a": [None]}, {"a": [None]}, '{"a": [null]}'),
        (pa.MonthDayNano([1, 2, 3]), {"months": 1, "days": 2, "nanoseconds": 3}, None),
    ],
)
def test_values_are_exact(value: object, plain: object, text: str | None) -> None:
    assert as_json(value) == plain
    assert type(as_json(value)) is type(plain)
    assert text is None or as_text(value) == text


def test_tables_are_listed_with_columns_and_units() -> None:
    out = io.StringIO()
    render_tables_text(list(TABLES.values()), out)
    for table in TABLES.values():
        assert f"{table.name}: {table.meaning}\n" in out.getvalue()
    assert "  heap  int64  bytes\n" in out.getvalue()


def test_tables_as_json_are_of_their_schema() -> None:
    out = io.StringIO()
    render_tables_json([TABLES["heap"]], out)
    document = json.loads(out.getvalue())
    Draft202012Validator(load_schema("sql-tables")).validate(document)
    assert document["tables"][0]["columns"][0] == {
        "name": "time",
        "type": "int64",
        "unit": "ns",
        "nullable": False,
        "meaning": "",
    }
