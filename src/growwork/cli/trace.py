"""`growwork trace`: what an execution trace says about pauses, mark assist and latency."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from growwork.cli.parameters import Duration, Size
from growwork.cli.trace_forms import (
    TraceRequest,
    analyse,
    compare,
    export,
    print_events,
    rank_all,
)
from growwork.core.errors import UsageError

if TYPE_CHECKING:
    from growwork.cli.app import Streams

__all__ = ["command"]

_HELP = """Explain an execution trace: its worst spikes and who caused them, pauses, mark assist.

\b
Examples:
  growwork trace shop.trace
  growwork trace *.trace --rank latency
  growwork trace new.trace --against old.trace
  growwork trace shop.trace --format pprof --profile assist -o assist.pb.gz

FILE is a trace of Go 1.22 or newer, a recording, or `-` for standard input. Several files are
ranked, worst first; --rank says by what, and ranks a single one, too.

Exit status 0 when the traces could be read, 2 when not one could.
"""
_RANKS = ("pause", "assist", "latency")
_EXPORTS = ("pprof", "perfetto", "parquet")
_FORMATS = ("text", "json", "html", *_EXPORTS)
_PROFILES = ("assist", "stw", "latency", "syscall", "block", "network")


@click.command(name="trace", help=_HELP)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--rank", type=click.Choice(_RANKS), help="Order traces, worst first.")
@click.option(
    "--against",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="OTHER",
    help="A trace of before; give it several times, and several FILEs, to know how runs vary.",
)
@click.option(
    "--from", "start", type=Duration(), metavar="DURATION", help="Begin here, such as 1.5s."
)
@click.option("--to", "end", type=Duration(), metavar="DURATION", help="End here.")
@click.option(
    "--goroutine", type=click.IntRange(min=1), metavar="N", help="This goroutine's time only."
)
@click.option("--region", metavar="NAME", help="Only while in a user region of this name.")
@click.option("--text", is_flag=True, help="Print all events in order, one a line.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="How to show the result.",
)
@click.option(
    "--profile",
    type=click.Choice(_PROFILES),
    help="What --format pprof counts.  [default: assist]",
)
@click.option(
    "--memory",
    type=Size(),
    metavar="BYTES",
    help="What traces that are ranked may use together.  [default: half of what is free]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write it (a folder for parquet); default: stdout.",
)
@click.pass_obj
def command(
    streams: Streams,
    *,
    files: tuple[Path, ...],
    rank: str | None,
    against: tuple[Path, ...],
    start: int | None,
    end: int | None,
    goroutine: int | None,
    region: str | None,
    text: bool,
    form: str,
    profile: str | None,
    memory: int | None,
    output: Path | None,
) -> int:
    """Parse, and hand over to one of the forms of the command."""
    # numpy's linear algebra is not used, and its threads would spin at their start: a tenth of
    # the time that a large trace takes.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from growwork.analysis.trace.types import TraceWindow

    if start is not None and end is not None and end <= start:
        raise UsageError("--to is not after --from", remedy="both count from the first event")
    request = TraceRequest(
        files, TraceWindow(start, end, goroutine, region), form, output, against, memory
    )
    _check(request, rank, profile, text=text)
    if text:
        print_events(streams, request)
    elif form in _EXPORTS:
        export(streams, request, profile or _PROFILES[0])
    elif against:
        compare(streams, request)
    elif rank is not None or len(files) > 1:
        rank_all(streams, request, rank or _RANKS[0])
    else:
        analyse(streams, request)
    return 0


def _check(request: TraceRequest, rank: str | None, profile: str | None, *, text: bool) -> None:
    """Refuse what would silently be ignored."""
    form, several = request.form, len(request.files) > 1
    if rank and request.against:
        raise UsageError("--rank orders traces, --against compares them", remedy="choose one")
    if text and (rank or request.against or form != "text" or not request.window.is_whole):
        raise UsageError("--text prints all events of a trace and goes with nothing else")
    if several and (text or form in _EXPORTS):
        what = "--text" if text else f"--format {form}"
        raise UsageError(f"{what} takes one trace, {len(request.files)} were named")
    if form not in ("text", "json") and (rank or request.against or several):
        raise UsageError(f"--format {form} shows one trace", remedy="use text or json for several")
    if profile and form != "pprof":
        raise UsageError("--profile goes with --format pprof")
    if [*request.files, *request.against].count(Path("-")) > 1:
        raise UsageError("standard input can be read once")
