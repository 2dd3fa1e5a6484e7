"""SQL over traces, recordings and Parquet folders."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from growwork.analysis.trace.types import TraceWindow
from growwork.core.errors import FormatError, UsageError
from growwork.store.trace.tables import TABLES
from growwork.workflow.sql import list_tables, run_sql
from growwork.workflow.trace_export import export_parquet

DATA = Path(__file__).parents[1] / "data" / "gotrace"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two traces, the folder `tables` of the first one's tables, and the recording `rec`."""
    folder = tmp_path_factory.mktemp("sql")
    for release in ("go1.23.9", "go1.26.8"):
        data = gzip.decompress((DATA / f"{release}.trace.gz").read_bytes())
        (folder / f"{release}.trace").write_bytes(data)
    export_parquet(folder / "go1.23.9.trace", TraceWindow(), folder / "tables")
    (folder / "rec").mkdir()
    (folder / "rec" / "trace.out").write_bytes((folder / "go1.26.8.trace").read_bytes())
    return folder


Row = dict[str, object]


def rows(query: str, *sources: Path) -> list[Row]:
    with run_sql(sources, query) as result:
        assert result.warnings == ()
        return [row for part in result.rows.batches for row in part.to_pylist()]


def test_a_trace_its_tables_and_a_recording_answer_alike(folder: Path) -> None:
    query = (
        "SELECT kind, count(*) AS n, max(duration) AS longest FROM pauses GROUP BY ALL ORDER BY 1"
    )
    of_trace = rows(query, folder / "go1.23.9.trace")
    assert {row["kind"] for row in of_trace} >= {"GC mark termination", "GC sweep termination"}
    assert rows(query, folder / "tables") == of_trace
    assert rows(query, folder / "rec") == rows(query, folder / "go1.26.8.trace")


def test_stacks_join_their_frames(folder: Path) -> None:
    (row,) = rows(
        "SELECT count(DISTINCT stack_id) AS asked, count(DISTINCT function) > 5 AS deep"
        " FROM pauses JOIN frames USING (stack_id) WHERE stack_id <> 0",
        folder / "go1.26.8.trace",
    )
    assert row["deep"]


def test_several_traces_are_one_table_with_a_file_column(folder: Path) -> None:
    sources = (folder / "go1.23.9.trace", folder / "go1.26.8.trace", folder / "tables")
    query = "SELECT file, count(*) AS n FROM gc_cycles GROUP BY file ORDER BY file"
    counts = {row["file"]: row["n"] for row in rows(query, *sources)}
    assert counts.keys() == {str(source) for source in sources}
    assert counts[str(sources[0])] == counts[str(sources[2])]
    for source in sources:
        (alone,) = rows("SELECT count(*) AS n FROM gc_cycles", source)
        assert counts[str(source)] == alone["n"]


@pytest.mark.parametrize("name", TABLES)
def test_every_table_can_be_asked_for(name: str, folder: Path) -> None:
    (row,) = rows(f"SELECT count(*) AS n FROM {name}", folder / "go1.26.8.trace")
    (parquet,) = rows(f"SELECT count(*) AS n FROM {name}", folder / "rec")
    assert row == parquet
    columns = rows(f"FROM {name} LIMIT 1", folder / "go1.26.8.trace")
    assert [list(row) for row in columns] == [TABLES[name].schema.names] * len(columns)


def test_a_query_of_no_table_reads_no_trace(tmp_path: Path) -> None:
    (tmp_path / "no.trace").write_bytes(b"no trace")
    assert rows("SELECT 1 AS one", tmp_path / "no.trace") == [{"one": 1}]


def test_a_wrong_query_is_found_before_the_trace_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nosuch"), run_sql([tmp_path / "none"], "FROM nosuch"):
        pass


def test_sources_that_are_none(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        rows("FROM pauses", tmp_path / "none")
    with pytest.raises(FormatError):
        rows("FROM pauses", Path(__file__))
    with pytest.raises(UsageError, match="holds no recording"):
        rows("FROM pauses", tmp_path)
    part = tmp_path / "part"
    part.mkdir()
    (part / "heap.parquet").write_bytes((folder / "tables" / "heap.parquet").read_bytes())
    assert rows("FROM heap LIMIT 1", part)
    with pytest.raises(UsageError, match=r"there is no pauses\.parquet"):
        rows("FROM pauses", part)


def test_what_was_lost_is_a_warning(folder: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.trace"
    cut.write_bytes((folder / "go1.26.8.trace").read_bytes()[:-3000])
    with run_sql([cut], "FROM pauses") as result:
        assert result.warnings
        assert str(cut) in result.warnings[0]


def test_tables_are_those_that_all_sources_have(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "heap.parquet").write_bytes((folder / "tables" / "heap.parquet").read_bytes())
    (only,) = list_tables([tmp_path])
    assert only is TABLES["heap"]
    assert list_tables([folder / "go1.26.8.trace"]) == tuple(TABLES.values())
    (both,) = list_tables([tmp_path, folder / "rec"])
    assert both.schema.names == ["file", *TABLES["heap"].schema.names]
    with pytest.raises(UsageError):
        list_tables([tmp_path / "none"])
