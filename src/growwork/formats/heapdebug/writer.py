"""`HeapDebug` to text, the inverse of the reader."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa

from growwork.formats.heapdebug.types import HeapDebug

__all__ = ["write_heapdebug"]


def write_heapdebug(profile: HeapDebug) -> bytes:
    """The profile as `/debug/pprof/heap?debug=1` prints it."""
    totals = profile.totals
    lines = [
        "heap profile: "
        + _counts(
            totals.inuse_objects, totals.inuse_bytes, totals.alloc_objects, totals.alloc_bytes
        )
        + f" @ heap/{2 * profile.rate}"
    ]
    pcs = _by_stack(profile.pcs, "pc")
    comments = _comment_lines(profile.comments)
    for stack_id, *counts in _rows(profile.records):
        addresses = "".join(f" {pc:#x}" for pc in pcs[stack_id])
        lines.append(f"{_counts(*counts)} @{addresses}")
        lines += comments[stack_id]
        lines.append("")
    lines.append("")
    if profile.memstats is not None:
        lines.append("# runtime.MemStats")
        lines += [f"# {name} = {value}" for name, value in profile.memstats.values]
    return ("\n".join(lines) + "\n").encode()


def _counts(inuse_objects: int, inuse_bytes: int, alloc_objects: int, alloc_bytes: int) -> str:
    return f"{inuse_objects}: {inuse_bytes} [{alloc_objects}: {alloc_bytes}]"


def _rows(table: pa.Table) -> list[tuple[int, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _by_stack(table: pa.Table, name: str) -> dict[int, list[int]]:
    stacks: dict[int, list[int]] = defaultdict(list)
    columns = (table.column(column).to_pylist() for column in ("stack_id", name))
    for stack_id, value in zip(*columns, strict=True):
        stacks[stack_id].append(value)
    return stacks


def _comment_lines(table: pa.Table) -> dict[int, list[str]]:
    lines: dict[int, list[str]] = defaultdict(list)
    names = ("stack_id", "pc", "function", "offset", "file", "line")
    columns = (table.column(column).to_pylist() for column in names)
    for stack_id, pc, function, offset, file, line in zip(*columns, strict=True):
        text = f"#\t{pc:#x}"
        if function:
            text += f"\t{function}+{offset:#x}\t{file}:{line}"
        lines[stack_id].append(text)
    return lines
