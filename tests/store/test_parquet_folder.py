"""Parquet folders: one file per table, in row groups of a good size."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from growwork.core.errors import UsageError
from growwork.store.parquet_folder import parquet_files, write_parquet_folder
from growwork.store.trace.tables import TABLES


def utilization(*times: int) -> pa.RecordBatch:
    rows = [{"time": time, "gc_procs": 1, "procs": 2} for time in times]
    return pa.RecordBatch.from_pylist(rows, schema=TABLES["utilization"].schema)


def test_batches_of_a_table_become_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "tables"
    names = frozenset({"utilization", "heap"})
    batches = [("utilization", utilization(1, 2)), ("utilization", utilization(3))]
    write_parquet_folder(batches, names, folder)
    assert parquet_files(folder) == {name: folder / f"{name}.parquet" for name in names}
    table = pq.read_table(folder / "utilization.parquet")
    assert table.column("time").to_pylist() == [1, 2, 3]
    assert table.schema.equals(TABLES["utilization"].schema, check_metadata=True)
    assert pq.ParquetFile(folder / "utilization.parquet").num_row_groups == 1


def test_a_table_without_rows_is_a_file_with_its_columns(tmp_path: Path) -> None:
    write_parquet_folder([], frozenset(TABLES), tmp_path)
    for name, path in parquet_files(tmp_path).items():
        table = pq.read_table(path)
        assert (len(table), table.schema.names) == (0, TABLES[name].schema.names)
    assert parquet_files(tmp_path).keys() == TABLES.keys()


def test_many_rows_are_several_row_groups(tmp_path: Path) -> None:
    batch = utilization(*range(50_000))
    write_parquet_folder([("utilization", batch)] * 8, frozenset({"utilization"}), tmp_path)
    file = pq.ParquetFile(tmp_path / "utilization.parquet")
    assert file.metadata.num_rows == 400_000
    assert 1 < file.num_row_groups < 8


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    with pytest.raises(UsageError, match="is not empty"):
        write_parquet_folder([], frozenset({"heap"}), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_a_folder_that_cannot_be_made_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="cannot write to"):
        write_parquet_folder([], frozenset({"heap"}), tmp_path / "file" / "below")
