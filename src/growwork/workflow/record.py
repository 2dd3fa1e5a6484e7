"""Record a Go program: start it, collect, and close the recording whatever happens to it.

Three targets: a go command (the program is built with the collector in it), a binary (full when
it was built by growwork, else the GC log only), and a live /debug/pprof endpoint.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from growwork.capture.buildinfo import go_version_of, read_buildinfo
from growwork.capture.environment import encode, read_cgroup, read_environment
from growwork.capture.gocommand import is_go_command, parse_go_command
from growwork.capture.pprof_http import EndpointOptions, check_endpoint, record_endpoint, shown_url
from growwork.capture.process import ChildOptions, ChildResult, StopControl, run_child
from growwork.capture.target import copy_binary, target_environment
from growwork.capture.toolchain import find_toolchain
from growwork.core.errors import GrowworkError, ToolError, UsageError
from growwork.formats.gctrace import GcTraceSplitter
from growwork.store import ArtefactKind, RecordingWriter, Target
from growwork.store.artefacts import kind_of_file
from growwork.workflow.record_build import build_binary
from growwork.workflow.record_outcome import (
    CollectorReport,
    list_missing,
    read_collector,
    remove_control_files,
)
from growwork.workflow.record_prepare import (
    Run,
    collector_settings,
    make_plan,
    prepare_binary,
    prepare_go,
)
from growwork.workflow.record_types import (
    DEFAULT_URL_SECONDS,
    BuildSummary,
    RecordConsole,
    RecordingSummary,
    RecordOptions,
)

__all__ = [
    "BuildSummary",
    "RecordConsole",
    "RecordOptions",
    "RecordingSummary",
    "build_program",
    "record",
]

_AT_ONCE_NS = 1_000_000_000  # a program that fails within this was not recorded in any useful way
_LAST_WORDS = 400


def record(options: RecordOptions, console: RecordConsole | None = None) -> RecordingSummary:
    """Make one recording.

    Raises `UsageError` for a target or a folder that cannot be, `ToolError` when the program
    does not build, does not start or fails at once; what was recorded stays readable.
    """
    console = console or RecordConsole()
    if bool(options.command) == bool(options.url):
        raise UsageError(
            "give either a command or --url",
            remedy="for example `growwork record -- go run ./cmd/shop`",
        )
    # The local time: the name is for the person who looks for the folder.
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    folder = (options.output or options.directory / f"growwork-{stamp}").absolute()
    RecordingWriter.check_free(folder)
    if options.url:
        return _record_url(options, options.url, folder, console)
    with tempfile.TemporaryDirectory(prefix="growwork-") as scratch:
        if is_go_command(options.command):
            run = prepare_go(options, folder, Path(scratch), console)
        else:
            run = prepare_binary(options)
        return _record_run(options, run, folder, console)


def build_program(options: RecordOptions, console: RecordConsole | None = None) -> BuildSummary:
    """Build with the collector and the source facts in the binary: `go build …`.

    The binary behaves as an ordinary one until `growwork record -- BINARY` starts it. Errors
    as `record`.
    """
    console = console or RecordConsole()
    command = parse_go_command(options.command)
    plan = make_plan(command, options, console)
    words = [command.verb, *plan.command.flag_words()]
    with (
        tempfile.TemporaryDirectory(prefix="growwork-") as scratch,
        console.busy("building with the collector"),
    ):
        answer, warnings = build_binary(plan, Path(scratch), words, embed=True)
    if answer.stderr:
        console.stderr(answer.stderr)
    output = plan.command.value("o")
    names = [package.import_path.rpartition("/")[2] for package in plan.packages]
    if command.files:
        names = [Path(command.packages[0]).stem]
    if output is not None:
        target = plan.directory / output
        outputs = [target / name for name in names] if target.is_dir() else [target]
    else:
        outputs = [plan.directory / names[0]] if len(names) == 1 else []
    return BuildSummary(tuple(outputs), (*plan.warnings, *warnings))


def _record_run(
    options: RecordOptions, run: Run, folder: Path, console: RecordConsole
) -> RecordingSummary:
    target = Target(run.kind, options.command, str(run.directory))
    writer = RecordingWriter.create(
        folder,
        target=target,
        started=_now(),
        go_version=None,
        collection="collector" if run.collector else "gctrace",
    )
    _store_surroundings(writer, options, run)
    last = _LastWords()
    try:
        result = _run(options, run, writer, console, last)
    except GrowworkError:
        _close(writer, run, target, 0)
        raise
    target = replace(target, exit_code=result.exit_code, signal=result.signal)
    summary, report = _close(writer, run, target, result.duration_ns)
    _check_started(run, result, report, summary, last.text())
    return replace(summary, ended_by_us=result.ended_by_us)


def _run(
    options: RecordOptions,
    run: Run,
    writer: RecordingWriter,
    console: RecordConsole,
    last: _LastWords,
) -> ChildResult:
    env = {**os.environ, **options.environment}
    if run.wrapped:
        env |= dict(run.toolchain.env) if run.toolchain else {}
    else:
        settings = collector_settings(options, writer.folder, run.skip) if run.collector else None
        env = target_environment(env, settings)
    control = StopControl(writer.folder / "stop", writer.folder / "stopped")

    def stderr(data: bytes) -> None:
        last.see(data)
        console.stderr(data)

    with writer.path(ArtefactKind.GCTRACE).open("ab") as gctrace:
        return run_child(
            run.command,
            cwd=run.directory,
            env=env,
            splitter=GcTraceSplitter(),
            stderr=stderr,
            gctrace=gctrace.write,
            options=ChildOptions(
                seconds=options.seconds,
                collector=control if run.collector else None,
                stdout=console.stdout,
            ),
        )


def _store_surroundings(writer: RecordingWriter, options: RecordOptions, run: Run) -> None:
    variables = {**os.environ, **options.environment}
    writer.add(ArtefactKind.ENVIRONMENT, encode(read_environment(variables)))
    writer.add(ArtefactKind.CGROUP, encode(read_cgroup()))
    if run.sites_json is not None:
        writer.add(ArtefactKind.SITES, run.sites_json)
    if run.binary is not None:
        copy_binary(run.binary, writer.path(ArtefactKind.BINARY), ours=run.binary_is_ours)


def _close(
    writer: RecordingWriter, run: Run, target: Target, duration_ns: int
) -> tuple[RecordingSummary, CollectorReport]:
    report = read_collector(writer.folder)
    remove_control_files(writer.folder)
    gctrace = writer.path(ArtefactKind.GCTRACE)
    if gctrace.exists() and gctrace.stat().st_size == 0:
        gctrace.unlink()
    version = _store_buildinfo(writer, run)
    collection = "collector" if run.collector else "gctrace"
    missing = list_missing(
        writer.folder, collection=collection, skipped=run.skip, reasons={}, report=report
    )
    manifest = writer.finish(
        duration_ns=duration_ns,
        target=target,
        go_version=report.go_version or version,
        not_recorded=missing,
        warnings=(*run.warnings, *report.warnings),
    )
    return RecordingSummary(writer.folder, manifest, ended_by_us=False), report


def _store_buildinfo(writer: RecordingWriter, run: Run) -> str | None:
    binary = writer.path(ArtefactKind.BINARY)
    if not binary.exists():
        return None
    try:
        toolchain = run.toolchain or find_toolchain(writer.folder)
        text = read_buildinfo(toolchain, binary)
    except ToolError:
        return None  # a machine without Go can still record a binary
    if text is None:
        return None
    writer.add(ArtefactKind.BUILDINFO, text.encode())
    version = go_version_of(text)
    return None if version is None else str(version)


def _check_started(
    run: Run,
    result: ChildResult,
    report: CollectorReport,
    summary: RecordingSummary,
    last_words: str,
) -> None:
    """Tell a program that ran and failed from one that never got going."""
    if result.ended_by_us or result.exit_code == 0:
        return
    if run.kind == "go test":
        if report.started:
            return
    elif result.duration_ns > _AT_ONCE_NS:
        return
    how = f"status {result.exit_code}" if result.signal is None else result.signal
    said = f": {last_words}" if last_words else ""
    raise ToolError(
        f"the program ended after {result.duration_ns / 1e9:.2f} s with {how}{said}",
        command=run.command,
        remedy=f"run it without growwork first; what it left is in {summary.folder}",
    )


@dataclass(slots=True)
class _LastWords:
    """The end of the program's stderr, for the message about a program that failed at once."""

    tail: bytes = b""

    def see(self, data: bytes) -> None:
        self.tail = (self.tail + data)[-_LAST_WORDS:]

    def text(self) -> str:
        lines = [line for line in self.tail.decode(errors="replace").splitlines() if line.strip()]
        # The first line of a panic says what happened; the goroutines follow it.
        for line in lines:
            if line.startswith(("panic:", "fatal error:")):
                return line
        return lines[-1].strip() if lines else ""


def _record_url(
    options: RecordOptions, url: str, folder: Path, console: RecordConsole
) -> RecordingSummary:
    shown = shown_url(url)
    target = Target("url", (shown,), "")
    endpoint = EndpointOptions(
        url, options.seconds or DEFAULT_URL_SECONDS, options.trace_limit_bytes
    )
    check_endpoint(url)  # before there is a folder
    writer = RecordingWriter.create(
        folder, target=target, started=_now(), go_version=None, collection="endpoint"
    )
    begin_ns = time.monotonic_ns()
    reasons: dict[ArtefactKind, str] = {}
    warnings: Sequence[str] = ()
    try:
        with console.busy(f"recording {shown} for {endpoint.seconds:g} s"):
            answer = record_endpoint(writer.folder, endpoint)
        reasons = {
            kind: reason
            for name, reason in answer.missing
            if (kind := kind_of_file(name)) is not None
        }
        warnings = answer.warnings
    finally:
        missing = list_missing(
            writer.folder,
            collection="endpoint",
            skipped=(),
            reasons=reasons,
            report=CollectorReport(False, None, (), ()),
        )
        manifest = writer.finish(
            duration_ns=time.monotonic_ns() - begin_ns,
            target=target,
            go_version=None,
            not_recorded=missing,
            warnings=warnings,
        )
    return RecordingSummary(writer.folder, manifest, ended_by_us=False)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
