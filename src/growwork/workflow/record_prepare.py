"""Get a program ready to start: built with the collector, or a binary as it is."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from growwork.capture.exec_wrapper import wrapper_command
from growwork.capture.gocommand import GoCommand, parse_go_command
from growwork.capture.target import CollectorSettings, has_collector, is_go_binary
from growwork.core.errors import UsageError
from growwork.gosource.toolchain import Toolchain
from growwork.workflow.record_build import (
    BuildPlan,
    build_binary,
    package_words,
    plan_build,
    write_plan,
)
from growwork.workflow.record_types import RecordConsole, RecordOptions

__all__ = ["Run", "collector_settings", "make_plan", "prepare_binary", "prepare_go"]

# go test's own profiles use what the collector would: there is one tracer and one CPU profiler.
_TEST_PROFILES = {"trace": "trace", "cpuprofile": "cpu"}
# go vet works in each package's folder, and the collector's exists in the overlay only.
_NO_VET = "-vet=off"
_BUSY = "building with the collector"


@dataclass(frozen=True, slots=True)
class Run:
    """A program that is ready to start."""

    kind: str  # as in the manifest
    command: tuple[str, ...]
    directory: Path
    collector: bool
    wrapped: bool = False  # a go test: settings and binary go through the -exec wrapper
    skip: tuple[str, ...] = ()
    binary: Path | None = None  # None: the wrapper keeps it
    binary_is_ours: bool = False
    toolchain: Toolchain | None = None
    sites_json: bytes | None = None
    warnings: tuple[str, ...] = ()


def make_plan(command: GoCommand, options: RecordOptions, console: RecordConsole) -> BuildPlan:
    """Understand the go command; see `plan_build`."""
    with console.busy("reading the source"):
        return plan_build(
            command,
            options.directory,
            requested_go=options.go,
            replacements=options.replacements,
        )


def prepare_go(options: RecordOptions, folder: Path, scratch: Path, console: RecordConsole) -> Run:
    """Build `go run` into a binary, or check that `go test` builds, with the collector."""
    command = parse_go_command(options.command)
    plan = make_plan(command, options, console)
    if command.verb == "test":
        return _prepare_test(plan, options, folder, scratch, console)
    name = plan.packages[0].import_path.rpartition("/")[2]
    if command.files:
        name = Path(command.packages[0]).stem
    binary = scratch / (name or "program")
    words = ["build", *plan.command.without("o").flag_words(), f"-o={binary}"]
    with console.busy(_BUSY):
        answer, warnings = build_binary(plan, scratch, words, embed=False)
    if answer.stderr:
        console.stderr(answer.stderr)
    return Run(
        kind="go run",
        command=(str(binary), *command.rest),
        directory=plan.directory,
        collector=True,
        skip=options.skip,
        binary=binary,
        binary_is_ours=True,
        toolchain=plan.toolchain,
        sites_json=plan.source.sites_json,
        warnings=(*plan.warnings, *warnings),
    )


def _prepare_test(
    plan: BuildPlan, options: RecordOptions, folder: Path, scratch: Path, console: RecordConsole
) -> Run:
    if plan.command.has("c"):
        raise UsageError(
            "`go test -c` only builds", remedy="build it, then record the binary: -- ./shop.test"
        )
    # The first build is for its errors, and to know whether the observing edits build.
    compile_words = ["test", *plan.command.without("o", "json", "vet").flag_words(), "-c", _NO_VET]
    compile_words.append(f"-o={scratch / 'unused.test'}")
    with console.busy(_BUSY):
        _, warnings = build_binary(plan, scratch, compile_words, embed=False)
    overlay = write_plan(plan, scratch, embed=False, observe=not warnings)
    taken = {name: part for name, part in _TEST_PROFILES.items() if plan.command.has(name)}
    skip = tuple(dict.fromkeys((*options.skip, *taken.values())))
    flags = [*plan.command.without("vet").flag_words(), _NO_VET]
    if not plan.command.has("count"):
        flags.append("-count=1")  # a cached result would be a recording of nothing
    command = (
        str(plan.toolchain.go),
        "test",
        *flags,
        f"-overlay={overlay.path}",
        f"-exec={wrapper_command(collector_settings(options, folder, skip))}",
        *package_words(plan, overlay),
        *plan.command.rest,
    )
    return Run(
        kind="go test",
        command=command,
        directory=plan.directory,
        collector=True,
        wrapped=True,
        skip=skip,
        toolchain=plan.toolchain,
        sites_json=plan.source.sites_json,
        warnings=(
            *plan.warnings,
            *warnings,
            *(f"go test -{name} takes the {part} profile itself" for name, part in taken.items()),
        ),
    )


def prepare_binary(options: RecordOptions) -> Run:
    """Take a binary as it is; without the collector in it, only the GC log can be had.

    Raises `UsageError` when there is no such program.
    """
    name = options.command[0]
    path = options.environment.get("PATH", os.environ.get("PATH"))
    found = shutil.which(str(options.directory / name) if "/" in name else name, path=path)
    if found is None:
        raise UsageError(
            f"{name} is not an executable program",
            remedy="name a binary, or `go run ./cmd/NAME`",
        )
    binary = Path(found).resolve()
    collector = has_collector(binary)
    return Run(
        kind="binary",
        command=(found, *options.command[1:]),
        directory=options.directory,
        collector=collector,
        skip=options.skip,
        binary=binary,
        warnings=() if collector else _without_collector(binary),
    )


def _without_collector(binary: Path) -> tuple[str, ...]:
    if not is_go_binary(binary):
        return (f"{binary.name} is not a Go binary: only a Go program it starts can be seen",)
    warning = (
        f"{binary.name} has no collector in it: only its GC log is recorded; for the rest build "
        "it with `growwork record -- go build …` or record `go run`"
    )
    return (warning,)


def collector_settings(
    options: RecordOptions, folder: Path, skip: tuple[str, ...]
) -> CollectorSettings:
    """What the collector is told; the program may run elsewhere, so the folder is absolute."""
    return CollectorSettings(
        folder=folder.resolve(),
        rate_bytes=options.rate_bytes,
        trace_limit_bytes=options.trace_limit_bytes,
        skip=skip,
    )
