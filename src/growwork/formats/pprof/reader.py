"""Bytes to `Profile`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from growwork import _native
from growwork.formats.faults import naming
from growwork.formats.pprof.types import FRAMES, LABELS, Mapping, Profile, ValueType, value_columns

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["DEFAULT_LIMIT_BYTES", "read_profile"]

# Uncompressed profiles of large services are some tens of megabytes.
DEFAULT_LIMIT_BYTES = 256 << 20


def read_profile(
    data: Buffer, *, source: str = "<profile>", limit_bytes: int = DEFAULT_LIMIT_BYTES
) -> Profile:
    """Read a profile, gzipped or not, of at most `limit_bytes` uncompressed.

    Raises `FormatError` for anything else and `TruncatedInput` for a part of a profile; both
    name `source` and the offset in the uncompressed bytes.
    """
    with naming(
        source, remedy="expected a profile as /debug/pprof/heap or runtime/pprof writes it"
    ):
        parts = _native.decode_pprof(data, limit_bytes)
    sample_types = tuple(ValueType(*pair) for pair in parts.sample_types)
    names = ["sample_id", "stack_id", *value_columns(sample_types), "bytes"]
    return Profile(
        sample_types=sample_types,
        period=parts.period,
        period_type=ValueType(*parts.period_type) if parts.period_type else None,
        time_ns=parts.time_ns,
        duration_ns=parts.duration_ns,
        samples=pa.Table.from_batches([parts.samples]).rename_columns(names),
        frames=pa.Table.from_batches([parts.frames], FRAMES),
        labels=pa.Table.from_batches([parts.labels], LABELS),
        mappings=tuple(_mappings(parts.mappings)),
        comments=tuple(parts.comments),
        default_sample_type=parts.default_sample_type,
        drop_frames=parts.drop_frames,
        keep_frames=parts.keep_frames,
        doc_url=parts.doc_url,
    )


def _mappings(rows: pa.RecordBatch) -> list[Mapping]:
    columns = (rows.column(index).to_pylist() for index in range(rows.num_columns))
    return [Mapping(*row) for row in zip(*columns, strict=True)]
