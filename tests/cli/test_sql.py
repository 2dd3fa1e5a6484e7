"""`growwork sql`: what it prints, where it writes, and its exit codes."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from jsonschema import Draft202012Validator

from growwork.cli import app
from growwork.report.schemas import load_schema

DATA = Path(__file__).parents[1] / "data" / "gotrace"
QUERY = "SELECT kind, count(*) AS n FROM pauses GROUP BY kind ORDER BY kind"


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("sql") / "a.trace"
    path.write_bytes(gzip.decompress((DATA / "go1.26.8.trace.gz").read_bytes()))
    return str(path)


def run(*argv: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = app.run(["sql", *argv], out, err)
    return code, out.getvalue(), err.getvalue()


def test_text_is_the_default(trace: str) -> None:
    code, out, err = run(trace, QUERY)
    assert (code, err) == (0, "")
    header, *lines = out.splitlines()
    assert header.split() == ["kind", "n"]
    assert any(line.startswith("GC mark termination ") for line in lines)


def test_json_is_of_its_schema_and_the_same_every_time(trace: str) -> None:
    code, out, _ = run(trace, QUERY, "--format", "json")
    assert code == 0
    document = json.loads(out)
    Draft202012Validator(load_schema("sql")).validate(document)
    assert document["warnings"] == []
    assert run(trace, QUERY, "--format", "json")[1] == out


def test_output_goes_to_a_file(trace: str, tmp_path: Path) -> None:
    csv, parquet = tmp_path / "x.csv", tmp_path / "x.parquet"
    assert run(trace, QUERY, "--format", "csv", "-o", str(csv)) == (0, "", "")
    assert run(trace, QUERY, "--format", "parquet", "-o", str(parquet)) == (0, "", "")
    kinds = [line.partition(",")[0] for line in csv.read_text(encoding="utf-8").splitlines()]
    assert kinds == ["kind", *pq.read_table(parquet).column("kind").to_pylist()]


def test_tables_are_listed(trace: str) -> None:
    code, out, _ = run(trace, "--tables")
    assert code == 0
    assert out.startswith("pauses: stop-the-world pauses\n")
    code, out, _ = run(trace, trace, "--tables", "--format", "json")
    document = json.loads(out)
    Draft202012Validator(load_schema("sql-tables")).validate(document)
    assert {table["columns"][0]["name"] for table in document["tables"]} == {"file"}


@pytest.mark.parametrize(
    ("argv", "problem"),
    [
        (("{trace}",), "expected a trace or recording, and a query"),
        (("{trace}", "SELECT nosuch FROM pauses"), '"nosuch" not found'),
        (("{trace}", "DROP TABLE pauses"), "expected one SELECT"),
        (("none.trace", "FROM pauses"), "cannot read none.trace"),
        (("{trace}", "FROM pauses", "--format", "parquet"), "name a file with -o"),
        (("{trace}", "FROM pauses", "-o", "/no/such/folder/x"), "cannot write"),
        (("{trace}", "--tables", "--format", "csv"), "--tables has no form csv"),
        (("{trace}", "SELECT 1 AS a, 2 AS a", "--format", "json"), "two columns are called 'a'"),
        ((), "Missing argument"),
    ],
)
def test_what_is_wrong_is_said_with_status_2(
    argv: tuple[str, ...], problem: str, trace: str
) -> None:
    code, out, err = run(*(part.format(trace=trace) for part in argv))
    assert (code, out) == (2, "")
    assert problem in err


def test_what_was_lost_is_said_on_stderr(trace: str, tmp_path: Path) -> None:
    cut = tmp_path / "cut.trace"
    cut.write_bytes(Path(trace).read_bytes()[:-3000])
    code, _, err = run(str(cut), QUERY)
    assert code == 0
    assert err.startswith(f"growwork: warning: {cut}: ")
