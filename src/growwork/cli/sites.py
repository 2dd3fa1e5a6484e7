"""`growwork sites`: every map creation site and growth line of a module."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from growwork.core.errors import UsageError

if TYPE_CHECKING:
    from growwork.cli.app import Streams

__all__ = ["command"]


@click.command(name="sites")
@click.argument("patterns", nargs=-1, metavar="[PATTERN]…")
@click.option(
    "--source",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="DIR",
    help="The module's folder; default: the current one. Paths are relative to it.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
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
@click.option("--unsized", is_flag=True, help="Only sites without a size hint.")
@click.option("--tests", is_flag=True, help="Look into _test.go files, too.")
@click.option("--tags", default="", metavar="TAG,…", help="Build tags, as for `go build`.")
@click.option("--go", "release", metavar="VERSION", help="The Go release to use, such as 1.23.9.")
@click.pass_obj
def command(
    streams: Streams,
    *,
    patterns: tuple[str, ...],
    source: Path,
    form: str,
    output: Path | None,
    unsized: bool,
    tests: bool,
    tags: str,
    release: str | None,
) -> int:
    """List every map creation site and growth line of a module.

    PATTERN is a package pattern as for `go build`; default: `./...`.

    Example: growwork sites --unsized ./internal/...
    """
    from growwork.report.sites import render_json, render_text
    from growwork.workflow.sites import SitesOptions, list_sites

    facts = list_sites(
        SitesOptions(
            patterns=patterns,
            source=source,
            go=release,
            tags=tuple(tag for tag in tags.split(",") if tag),
            tests=tests,
            unsized=unsized,
        )
    )
    render = render_json if form == "json" else render_text
    if output is None:
        render(facts, streams.out)
        return 0
    page = io.StringIO()
    render(facts, page)
    try:
        output.write_text(page.getvalue(), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from error
    return 0
