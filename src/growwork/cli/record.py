"""`growwork record`: record a Go program or a live endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from growwork.cli.app import Streams
from growwork.cli.parameters import Size

if TYPE_CHECKING:
    from growwork.workflow.record import BuildSummary, RecordConsole, RecordingSummary

__all__ = ["command"]

_HELP = """Record a Go program: execution trace, heap and CPU profile, GC log, metrics.

\b
Examples:
  growwork record -- go run ./cmd/shop -addr :8080
  growwork record -o REC --seconds 30 -- go test ./store -bench .
  growwork record --url http://localhost:6060 --seconds 10

`go run` and `go test` build the program with growwork's collector in it, through an overlay:
neither the source tree nor GOROOT is touched. `growwork record -- go build -o shop ./cmd/shop`
only builds: it makes no recording, the binary has the collector in it, and
`growwork record -- ./shop` later records everything. Of any other binary only the GC log can be
recorded.

The program's output passes through unharmed. Ctrl-C first completes the recording, then ends
the program. A recording is one process: a `go test` of several packages is refused.
"""


@click.command(help=_HELP, context_settings={"ignore_unknown_options": False})
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="New folder for the recording.  [default: growwork-DATE-TIME]",
)
@click.option("--url", metavar="URL", help="Record a live /debug/pprof endpoint.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="End after this time.  [default: when the program ends; 30 for --url]",
)
@click.option(
    "--rate",
    type=Size(),
    default="32KiB",
    show_default=True,
    metavar="BYTES",
    help="Heap profile: one sample per this many bytes allocated.",
)
@click.option(
    "--trace-limit",
    type=Size(),
    default="256MiB",
    show_default=True,
    metavar="BYTES",
    help="Stop the execution trace at this size.",
)
@click.option(
    "--without",
    type=click.Choice(["trace", "cpu", "heap", "metrics"]),
    multiple=True,
    help="Leave this out; may be given more than once.",
)
@click.option(
    "--go", "go_version", metavar="VERSION", help="Build with this Go release, such as 1.23.9."
)
@click.argument("target", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND…]")
@click.pass_obj
def command(  # noqa: PLR0917 - click passes the options by name
    streams: Streams,
    output: Path | None,
    url: str | None,
    seconds: float | None,
    rate: int,
    trace_limit: int,
    without: tuple[str, ...],
    go_version: str | None,
    target: tuple[str, ...],
) -> int:
    from growwork.workflow.record import RecordOptions, build_program, record

    options = RecordOptions(
        command=target,
        url=url,
        output=output,
        seconds=seconds,
        rate_bytes=rate,
        trace_limit_bytes=trace_limit,
        skip=without,
        go=go_version,
    )
    if target[:1] and Path(target[0]).name == "go" and target[1:2] == ("build",):
        _report_build(build_program(options, _console(streams)), streams)
    else:
        _report(record(options, _console(streams)), streams)
    return 0


def _console(streams: Streams) -> RecordConsole:
    from growwork.workflow.record import RecordConsole

    @contextmanager
    def busy(what: str) -> Iterator[None]:
        if streams.quiet or not streams.err.isatty():
            yield
            return
        from rich.console import Console

        with Console(file=streams.err).status(f"growwork: {what}"):
            yield

    def stderr(data: bytes) -> None:
        # The program's bytes are not ours to decode; a test's text stream has no buffer.
        buffer = getattr(streams.err, "buffer", None)
        if buffer is None:
            streams.err.write(data.decode(errors="replace"))
        else:
            streams.err.flush()
            buffer.write(data)
            buffer.flush()

    return RecordConsole(stderr=stderr, busy=busy)


def _report(summary: RecordingSummary, streams: Streams) -> None:
    manifest, err = summary.manifest, streams.err
    for warning in manifest.warnings:
        err.write(f"growwork: warning: {warning}\n")
    for missing in manifest.not_recorded:
        if streams.verbose:
            err.write(f"growwork: not recorded: {missing.kind.value}: {missing.reason}\n")
    target = manifest.target
    if target.signal is not None and not summary.ended_by_us:
        err.write(f"growwork: note: the program was ended by {target.signal}\n")
    elif target.exit_code:
        err.write(f"growwork: note: the program failed with status {target.exit_code}\n")
    if not streams.quiet:
        err.write(f"growwork: next: growwork diagnose {_shown(summary.folder)}\n")
    streams.out.write(f"{_shown(summary.folder)}\n")


def _report_build(summary: BuildSummary, streams: Streams) -> None:
    for warning in summary.warnings:
        streams.err.write(f"growwork: warning: {warning}\n")
    for output in summary.outputs:
        if not streams.quiet:
            streams.err.write(
                "growwork: built with the collector, nothing recorded; "
                f"next: growwork record -- {_shown(output, executable=True)}\n"
            )


def _shown(path: Path, *, executable: bool = False) -> str:
    try:
        relative = path.relative_to(Path.cwd())
    except ValueError:
        return str(path)
    return f"./{relative}" if executable else str(relative)
