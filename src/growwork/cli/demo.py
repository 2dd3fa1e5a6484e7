"""`growwork demo`: the whole loop on the storefront service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from growwork.cli.app import Streams
    from growwork.workflow.demo import DemoResult

__all__ = ["command"]


@click.command(name="demo")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=Path("growwork-demo"),
    show_default=True,
    help="New folder for the source, the recordings and the reports.",
)
@click.option(
    "--pairs",
    type=click.IntRange(min=5),
    metavar="N",
    default=5,
    show_default=True,
    help="Interleaved pairs of runs, before and after the edits.",
)
@click.option("--go", metavar="VERSION", help="Use this Go release, such as 1.23.9.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- STOREFRONT-FLAGS…]")
@click.pass_obj
def command(
    streams: Streams, output: Path, pairs: int, go: str | None, arguments: tuple[str, ...]
) -> int:
    """Record, diagnose, fix and re-measure a real Go service under load.

    Nothing outside the output folder is changed. The edits are built through an overlay: the
    copied source stays as it is, the diff is in the report.

    Example: growwork demo -o demo-out --pairs 7
    """
    from growwork.report import comparison_text, diagnosis_text
    from growwork.workflow.demo import DemoOptions, run_demo

    def progress(step: str) -> None:
        if not streams.quiet:
            streams.err.write(f"growwork: {step}\n")
            streams.err.flush()

    result = run_demo(
        DemoOptions(output, pairs, go, arguments),
        progress,
        lambda diagnosis: diagnosis_text.render_text(diagnosis, streams.out),
    )
    streams.out.write("\n")
    comparison_text.render_text(result.comparison, streams.out)
    report = _write_reports(result)
    streams.out.write(f"\nThe whole report: {report}\n")
    return 0


def _write_reports(result: DemoResult) -> Path:
    from growwork.report import comparison_json, diagnosis_html, diagnosis_json

    report = result.folder / "report.html"
    with report.open("w", encoding="utf-8") as out:
        diagnosis_html.render_html(result.diagnosis, out, comparison=result.comparison)
    with (result.folder / "diagnosis.json").open("w", encoding="utf-8") as out:
        diagnosis_json.render_json(result.diagnosis, out)
    with (result.folder / "comparison.json").open("w", encoding="utf-8") as out:
        comparison_json.render_json(result.comparison, out)
    return report
