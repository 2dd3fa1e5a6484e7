"""Text to `HeapDebug`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from growwork import _native
from growwork.core.errors import FormatError
from growwork.formats.faults import naming
from growwork.formats.heapdebug.types import (
    COMMENTS,
    PCS,
    RECORDS,
    HeapDebug,
    MemStats,
    ProfileTotals,
)

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["read_heapdebug"]

_REMEDY = "expected the text of /debug/pprof/heap?debug=1"


def read_heapdebug(data: Buffer, *, source: str = "<profile>") -> HeapDebug:
    """Read the text of `/debug/pprof/heap?debug=1` or `/debug/pprof/allocs?debug=1`.

    Raises `FormatError` naming `source` and the line, `TruncatedInput` where the text ends
    inside a line. A text that ends before its MemStats has whole records and a warning.
    """
    with naming(source, remedy=_REMEDY):
        parts = _native.decode_heapdebug(data)
    warnings = []
    if not parts.memstats:
        warnings.append(
            f"{source} ends before its memory statistics: records at its end may be missing"
        )
    return HeapDebug(
        rate=parts.double_rate // 2,
        totals=ProfileTotals(*parts.totals),
        records=pa.Table.from_batches([parts.records], RECORDS),
        pcs=pa.Table.from_batches([parts.pcs], PCS),
        comments=pa.Table.from_batches([parts.frames], COMMENTS),
        memstats=_memstats(parts.memstats, source) if parts.memstats else None,
        warnings=tuple(warnings),
    )


def _memstats(values: list[tuple[str, str]], source: str) -> MemStats:
    known = dict(values)

    def number(name: str) -> int:
        try:
            return int(known.get(name, "0"))
        except ValueError:
            raise _not_a_number(source, name, known[name]) from None

    def in_use(name: str) -> int:
        # `Stack = 524288 / 557056` is in use / from the system.
        try:
            return int(known.get(name, "0").partition("/")[0])
        except ValueError:
            raise _not_a_number(source, name, known[name]) from None

    try:
        gc_cpu = float(known.get("GCCPUFraction", "0"))
    except ValueError:
        raise _not_a_number(source, "GCCPUFraction", known["GCCPUFraction"]) from None
    return MemStats(
        total_alloc_bytes=number("TotalAlloc"),
        mallocs=number("Mallocs"),
        frees=number("Frees"),
        heap_alloc_bytes=number("HeapAlloc"),
        heap_sys_bytes=number("HeapSys"),
        heap_idle_bytes=number("HeapIdle"),
        heap_inuse_bytes=number("HeapInuse"),
        heap_released_bytes=number("HeapReleased"),
        heap_objects=number("HeapObjects"),
        stack_inuse_bytes=in_use("Stack"),
        next_gc_bytes=number("NextGC"),
        last_gc_ns=number("LastGC"),
        gc_cycles=number("NumGC"),
        forced_gc_cycles=number("NumForcedGC"),
        gc_cpu_fraction=gc_cpu,
        max_rss_bytes=number("MaxRSS") if "MaxRSS" in known else None,
        values=tuple(values),
    )


def _not_a_number(source: str, name: str, found: str) -> FormatError:
    return FormatError(
        source,
        f"expected a number for {name}, found {found[:40]!r}",
        position="runtime.MemStats",
        remedy=_REMEDY,
    )
