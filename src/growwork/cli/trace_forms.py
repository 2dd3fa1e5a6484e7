"""The forms of `growwork trace`: each calls one workflow and renders its result."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from growwork.core.errors import UsageError

if TYPE_CHECKING:
    from growwork.analysis.trace.types import TraceWindow
    from growwork.cli.app import Streams

__all__ = ["TraceRequest", "analyse", "compare", "export", "print_events", "rank_all"]


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """What was asked for, and where it goes."""

    files: tuple[Path, ...]
    window: TraceWindow
    form: str
    output: Path | None
    against: tuple[Path, ...]
    memory_bytes: int | None


def analyse(streams: Streams, request: TraceRequest) -> None:
    """Everything about one trace."""
    from growwork.workflow.trace import analyse_trace

    result = analyse_trace(request.files[0], request.window)
    if request.form == "json":
        from growwork.report.trace.json import render_json as render
    elif request.form == "html":
        from growwork.report.trace.html import render_html as render
    else:
        from growwork.report.trace.text import render_text as render
    with _destination(streams, request) as out:
        render(result, out)


def rank_all(streams: Streams, request: TraceRequest, by: str) -> None:
    """Many traces, worst first."""
    from growwork.analysis.trace.ranking import RankBy
    from growwork.report.trace.rank import render_json, render_text
    from growwork.workflow.trace_rank import rank_files

    result = rank_files(
        request.files, RankBy(by), request.window, memory_bytes=request.memory_bytes
    )
    with _destination(streams, request) as out:
        (render_json if request.form == "json" else render_text)(result, out)


def compare(streams: Streams, request: TraceRequest) -> None:
    """Traces against those of before."""
    from growwork.report.trace.comparison_json import render_json
    from growwork.report.trace.comparison_text import render_text
    from growwork.workflow.trace_against import compare_files

    result = compare_files(request.files, request.against, request.window)
    with _destination(streams, request) as out:
        (render_json if request.form == "json" else render_text)(result, out)


def print_events(streams: Streams, request: TraceRequest) -> None:
    """All events in order, as text that can be read back."""
    from growwork.formats.gotrace.ordered_text import write_ordered_text
    from growwork.store.trace.files import open_trace

    trace = open_trace(request.files[0])
    with _destination(streams, request) as out:
        warnings = write_ordered_text(trace.data, out, name=trace.name)
    _warn(streams, warnings)


def export(streams: Streams, request: TraceRequest, profile: str) -> None:
    """The trace in another tool's format."""
    from growwork.workflow.trace_export import (
        ProfileKind,
        export_parquet,
        export_perfetto,
        export_pprof,
    )

    file, window, form = request.files[0], request.window, request.form
    if form == "parquet":
        if request.output is None:
            raise UsageError("parquet is a folder of tables", remedy="name it with -o DIR")
        _warn(streams, export_parquet(file, window, request.output))
        return
    if request.output is None and streams.out.isatty():
        raise UsageError(f"{form} is not for a terminal", remedy="name a file with -o, or pipe it")
    with _binary_destination(streams, request.output) as out:
        if form == "perfetto":
            warnings = export_perfetto(file, window, out)
        else:
            warnings = export_pprof(file, window, ProfileKind(profile), out)
    _warn(streams, warnings)


def _warn(streams: Streams, warnings: Sequence[str]) -> None:
    from growwork.report.escaping import visible

    for warning in warnings:
        streams.err.write(f"growwork: warning: {visible(warning)}\n")


@contextmanager
def _destination(streams: Streams, request: TraceRequest) -> Iterator[TextIO]:
    """A text stream to write to; a file gets its name only when all of it was written."""
    if request.output is None:
        yield streams.out
        return
    with _new_file(request.output) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
        yield text
        text.flush()
        text.detach()


@contextmanager
def _binary_destination(streams: Streams, output: Path | None) -> Iterator[BinaryIO]:
    if output is not None:
        with _new_file(output) as file:
            yield file
    elif isinstance(streams.out, io.TextIOWrapper):
        streams.out.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        raise UsageError("standard output takes no bytes here", remedy="name a file with -o")


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Raises `UsageError` when the file cannot be written."""
    # A pipe or a device is written to as it is; renaming would replace it.
    in_place = path.exists() and not stat.S_ISREG(path.stat().st_mode)
    target = path if in_place else path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        file = target.open("wb")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    try:
        with file:
            yield file
        if not in_place:
            target.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    finally:
        if not in_place:
            target.unlink(missing_ok=True)
