"""Small profiles built in code."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from growwork.formats.heapdebug.types import (
    COMMENTS,
    PCS,
    RECORDS,
    HeapDebug,
    ProfileTotals,
)
from growwork.formats.pprof.types import FRAMES, LABELS, Mapping, Profile, ValueType

Row = tuple[object, ...]


def table(schema: pa.Schema, rows: Sequence[Row]) -> pa.Table:
    """A table of a schema from rows."""
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in schema]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


HEAP_TYPES = (
    ValueType("alloc_objects", "count"),
    ValueType("alloc_space", "bytes"),
    ValueType("inuse_objects", "count"),
    ValueType("inuse_space", "bytes"),
)
HEAP_FRAMES: tuple[Row, ...] = (
    (0, 0, 0x1010, "shop.put", "shop/put.go", 7, True, 5, 0),
    (0, 1, 0x1010, "shop.index", "shop/index.go", 20, False, 18, 0),
    (0, 2, 0x1100, "main.main", "main.go", 9, False, 8, 0),
    (1, 0, 0x2000, "", "", 0, False, 0, None),
)


def samples_table(types: Sequence[ValueType], rows: Sequence[Row]) -> pa.Table:
    """sample_id, stack_id, the values, `bytes`."""
    values = [pa.field(kind.type, pa.int64(), nullable=False) for kind in types]
    schema = pa.schema(
        [
            pa.field("sample_id", pa.uint32(), nullable=False),
            pa.field("stack_id", pa.uint32(), nullable=False),
            *values,
            pa.field("bytes", pa.int64()),
        ]
    )
    return table(schema, rows)


def heap_profile(
    rows: Sequence[Row] = ((0, 0, 40, 11520, 4, 1152, 288), (1, 1, 0, 0, 0, 0, None)),
    *,
    period: int = 524288,
    frames: Sequence[Row] = HEAP_FRAMES,
) -> Profile:
    """A heap profile with inlined, plain and unsymbolised frames and both kinds of label."""
    labels: list[Row] = [(row[0], "bytes", None, row[6], "") for row in rows if row[6] is not None]
    labels += [(row[0], "tenant", "a", None, "") for row in rows if row[6] is None]
    return Profile(
        sample_types=HEAP_TYPES,
        period=period,
        period_type=ValueType("space", "bytes"),
        time_ns=1_700_000_000_000_000_000,
        duration_ns=-1,
        samples=samples_table(HEAP_TYPES, rows),
        frames=table(FRAMES, frames),
        labels=table(LABELS, labels),
        mappings=(Mapping(0x1000, 0x3000, 0, "/bin/shop", "b1d", True),),
        comments=("made in code", ""),
        default_sample_type="inuse_space",
        drop_frames="runtime.*",
        keep_frames="keep",
        doc_url="https://example.com",
    )


HEAP_TEXT = b"""\
heap profile: 3: 2000 [6: 4500] @ heap/1048576
1: 288 [2: 576] @ 0x1011 0x1021 0x1101
#\t0x1020\tshop.put[...]+0x20\t/src/shop/put.go:7
#\t0x1100\tmain.main+0x100\t\t/src/main.go:9

1: 576 [3: 1728] @ 0x1011 0x1021 0x1101
#\t0x1020\tshop.put[...]+0x20\t/src/shop/put.go:7
#\t0x1100\tmain.main+0x100\t\t/src/main.go:9

0: 0 [1: 2196] @ 0x5001
#\t0x5000


# runtime.MemStats
# Alloc = 123
# TotalAlloc = 4567
# Mallocs = 12
# HeapAlloc = 123
# HeapInuse = 8192
# Stack = 524288 / 557056
# NextGC = 4194304
# PauseNs = [100 200 0]
# NumGC = 3
# NumForcedGC = 1
# GCCPUFraction = 0.25
# DebugGC = false
# MaxRSS = 9999
"""


def heap_debug(records: Sequence[Row], pcs: Sequence[Row], *, rate: int = 524288) -> HeapDebug:
    """A text profile without comments."""
    return HeapDebug(
        rate=rate,
        totals=ProfileTotals(0, 0, 0, 0),
        records=table(RECORDS, records),
        pcs=table(PCS, pcs),
        comments=table(COMMENTS, []),
        memstats=None,
    )
