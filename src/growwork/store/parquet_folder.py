"""A folder of Parquet files, one per table, as `growwork trace --format parquet` writes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from growwork.core.errors import UsageError
from growwork.store.trace.tables import TABLES

__all__ = ["parquet_files", "write_parquet_folder"]

_SUFFIX = ".parquet"
_ROW_GROUP = 1 << 17  # rows; a generation may have few, and small groups read slowly


def write_parquet_folder(
    batches: Iterable[tuple[str, pa.RecordBatch]],
    names: frozenset[str],
    folder: Path,
    *,
    compression: str = "zstd",
) -> None:
    """Write the batches of each table to `<folder>/<table>.parquet`; a table without is empty.

    Raises `UsageError` when the folder has something in it or cannot be written.
    """
    try:
        occupied = next(folder.iterdir(), None) if folder.exists() else None
        if occupied is not None:
            raise UsageError(
                f"{folder} is not empty (it has {occupied.name})",
                remedy="name a new folder with -o",
            )
        folder.mkdir(parents=True, exist_ok=True)
        files = {
            name: _TableFile(folder / (name + _SUFFIX), name, compression) for name in sorted(names)
        }
        try:
            for name, batch in batches:
                files[name].add(batch)
        finally:
            for file in files.values():
                file.close()
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {error.strerror or error}") from error


def parquet_files(folder: Path) -> dict[str, Path]:
    """The tables in a folder by name; empty when it is no such folder."""
    found = {name: folder / (name + _SUFFIX) for name in TABLES}
    return {name: path for name, path in found.items() if path.is_file()}


@dataclass(slots=True)
class _TableFile:
    """A Parquet file that is written in row groups of a good size."""

    path: Path
    name: str
    compression: str
    waiting: list[pa.RecordBatch] = field(default_factory=list)
    rows: int = 0
    writer: pq.ParquetWriter = field(init=False)

    def __post_init__(self) -> None:
        schema = TABLES[self.name].schema
        self.writer = pq.ParquetWriter(str(self.path), schema, compression=self.compression)

    def add(self, batch: pa.RecordBatch) -> None:
        self.waiting.append(batch)
        self.rows += len(batch)
        if self.rows >= _ROW_GROUP:
            self._flush()

    def close(self) -> None:
        self._flush()
        self.writer.close()

    def _flush(self) -> None:
        if self.rows:
            table = pa.Table.from_batches(self.waiting, TABLES[self.name].schema)
            self.writer.write_table(table, row_group_size=_ROW_GROUP)
        self.waiting.clear()
        self.rows = 0
