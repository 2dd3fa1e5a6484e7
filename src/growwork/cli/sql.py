"""`growwork sql`: SQL over the tables of traces, recordings and Parquet folders."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from growwork.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from growwork.cli.app import Streams
    from growwork.workflow.sql import SqlResult

__all__ = ["command"]


@click.command(name="sql")
@click.argument("sources", nargs=-1, required=True, metavar="REC|FILE… 'SELECT …'")
@click.option("--tables", is_flag=True, help="List the tables with their columns and units.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "csv", "parquet")),
    default="text",
    show_default=True,
    help="How to write the rows.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write them; default: stdout.",
)
@click.pass_obj
def command(
    streams: Streams, *, sources: tuple[str, ...], tables: bool, form: str, output: Path | None
) -> int:
    """Run one SELECT over the tables of a trace, a recording or a folder of Parquet files.

    FILE is an execution trace (`-` reads standard input) or a folder that `growwork trace
    --format parquet` wrote. Of several, each table has the rows of all and a column `file`. The
    tables can be read and nothing else can: no file, no network, no extension of DuckDB.

    Example: growwork sql app.trace 'SELECT kind, max(duration) FROM pauses GROUP BY kind'
    """
    from growwork.report.escaping import visible
    from growwork.workflow.sql import run_sql

    if tables:
        _list_tables(streams, [Path(source) for source in sources], form, output)
        return 0
    *files, query = sources
    if not files:
        raise UsageError(
            "expected a trace or recording, and a query",
            remedy="growwork sql FILE --tables lists the tables",
        )
    if form == "parquet" and output is None:
        raise UsageError("Parquet is not for a terminal", remedy="name a file with -o")
    with run_sql([Path(file) for file in files], query) as result:
        for warning in result.warnings:
            streams.err.write(f"growwork: warning: {visible(warning)}\n")
        _write(streams, result, form, output)
    return 0


def _list_tables(streams: Streams, sources: list[Path], form: str, output: Path | None) -> None:
    from growwork.report.sql_tables import render_tables_json, render_tables_text
    from growwork.workflow.sql import list_tables

    if form not in ("text", "json"):
        raise UsageError(f"--tables has no form {form}", remedy="use text or json")
    found = list_tables(sources)
    render = render_tables_json if form == "json" else render_tables_text
    with _destination(streams, output) as out:
        render(found, out)


def _write(streams: Streams, result: SqlResult, form: str, output: Path | None) -> None:
    from growwork.report.sql import render_csv, render_json, render_text, write_parquet

    if form == "parquet" and output is not None:
        write_parquet(result.rows, output)
        return
    with _destination(streams, output) as out:
        if form == "json":
            render_json(result.rows, out, result.warnings)
        elif form == "csv":
            render_csv(result.rows, out)
        else:
            render_text(result.rows, out)


@contextmanager
def _destination(streams: Streams, output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield streams.out
        return
    try:
        with output.open("w", encoding="utf-8") as out:
            yield out
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from error
