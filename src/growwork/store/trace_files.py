"""Where traces are read from: a file, a recording's own, or standard input."""

from __future__ import annotations

import mmap
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from growwork.core.errors import UsageError
from growwork.store.artefacts import ArtefactKind
from growwork.store.recording import Buffer, Recording

__all__ = ["STDIN", "TraceFile", "open_trace"]

STDIN = Path("-")


@dataclass(frozen=True, slots=True)
class TraceFile:
    """A trace to read; `data` is a mapping of the file unless it came through a pipe."""

    name: str  # as it was given
    data: Buffer

    def release(self, start: int, end: int) -> int:
        """Give the pages of a part that is not read again back to the system.

        Only whole pages go; returns where the next part starts. Without it a scan leaves the
        whole file in the process's resident memory.
        """
        end -= end % mmap.PAGESIZE
        if end <= start or not isinstance(self.data, mmap.mmap):
            return start
        self.data.madvise(mmap.MADV_DONTNEED, start, end - start)
        return end


def open_trace(path: Path) -> TraceFile:
    """The trace in a file, in a recording folder, or on standard input (`-`), which is read whole.

    Raises `UsageError` when there is none, `FormatError` when a recording's trace is not the
    one that was recorded.
    """
    if path == STDIN:
        return TraceFile("<stdin>", sys.stdin.buffer.read())
    if path.is_dir():
        return TraceFile(str(path), _recorded(path))
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                return TraceFile(str(path), b"")  # an empty file cannot be mapped
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    return TraceFile(str(path), data)


def _recorded(folder: Path) -> Buffer:
    recording = Recording.open(folder)
    data = recording.mmap(ArtefactKind.TRACE)
    if data is None:
        why = recording.why_missing(ArtefactKind.TRACE)
        raise UsageError(f"{folder} has no execution trace: {why}")
    return data
