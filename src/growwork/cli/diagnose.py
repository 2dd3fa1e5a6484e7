"""`growwork diagnose`: rank what is wrong in a recording, with costs and edits."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from growwork.core.errors import UsageError

if TYPE_CHECKING:
    from growwork.cli.app import Streams
    from growwork.rules.types import Diagnosis

__all__ = ["command"]

_EXIT_FINDINGS = 1


@click.command(name="diagnose")
@click.argument(
    "recordings", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="REC…"
)
@click.option(
    "--source",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The module's source; default: as it was when recorded.",
)
@click.option(
    "--binary",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The executable, to name raw addresses; default: the one in the recording.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "html")),
    default="text",
    show_default=True,
    help="How to show the result.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write it; default: stdout.",
)
@click.pass_obj
def command(
    streams: Streams,
    *,
    recordings: tuple[Path, ...],
    source: Path | None,
    binary: Path | None,
    form: str,
    output: Path | None,
) -> int:
    """Rank what is wrong in a recording, with costs and edits.

    Exit status 1 when there are findings, 0 when there are none.

    Example: growwork diagnose REC --format html -o report.html
    """
    from growwork.workflow.diagnose import DiagnoseOptions, diagnose

    if len(recordings) > 1 and form != "text":
        raise UsageError(
            f"--format {form} takes one recording, {len(recordings)} were named",
            remedy="diagnose them one by one",
        )
    results = [diagnose(path, DiagnoseOptions(source, binary)) for path in recordings]
    if output is None:
        _render(results, form, streams.out)
    else:
        # The page is made before the file is opened, so that a failure leaves no half of it.
        page = io.StringIO()
        _render(results, form, page)
        _write(output, page.getvalue())
    return _EXIT_FINDINGS if any(result.findings for result in results) else 0


def _render(results: list[Diagnosis], form: str, out: TextIO) -> None:
    from growwork.report.diagnosis_html import render_html
    from growwork.report.diagnosis_json import render_json
    from growwork.report.diagnosis_text import render_text

    for number, result in enumerate(results):
        if form == "json":
            render_json(result, out)
        elif form == "html":
            render_html(result, out)
        else:
            if number:
                out.write("\n")
            render_text(result, out)


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
