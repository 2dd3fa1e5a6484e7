"""Where traces are read from: a file, a recording's own, or standard input."""

from __future__ import annotations

import mmap
import os
import shutil
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from growwork.core.errors import UsageError
from growwork.store.artefacts import ArtefactKind
from growwork.store.recording import Buffer, Recording

__all__ = ["STDIN", "TraceFile", "open_trace"]

STDIN = Path("-")
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class TraceFile:
    """A trace to read; `data` is a mapping of the file, or of a copy of what came by a pipe."""

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
    """The trace in a file, in a recording folder, or on standard input (`-`).

    What comes by a pipe is copied to a temporary file that is gone with the process, so that
    its size is no matter of memory. Raises `UsageError` when there is no trace, `FormatError`
    when a recording's trace is not the one that was recorded.
    """
    if path == STDIN:
        return TraceFile("<stdin>", _copied("standard input", sys.stdin.buffer))
    if path.is_dir():
        return TraceFile(str(path), _recorded(path))
    try:
        with path.open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return TraceFile(str(path), _copied(str(path), file))
            return TraceFile(str(path), _mapped(file))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _mapped(file: BinaryIO) -> Buffer:
    if os.fstat(file.fileno()).st_size == 0:
        return b""  # an empty file cannot be mapped
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _copied(name: str, source: BinaryIO) -> Buffer:
    try:
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(source, copy, _PIECE_BYTES)
            copy.flush()
            return _mapped(copy)
    except OSError as error:
        raise UsageError(
            f"cannot keep {name}: {error.strerror}", remedy="save the trace, and name the file"
        ) from error


def _recorded(folder: Path) -> Buffer:
    recording = Recording.open(folder)
    data = recording.mmap(ArtefactKind.TRACE)
    if data is None:
        why = recording.why_missing(ArtefactKind.TRACE)
        raise UsageError(f"{folder} has no execution trace: {why}")
    return data
