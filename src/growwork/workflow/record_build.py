"""Build a program, or a test binary, with the collector in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from growwork.capture.gocommand import GoCommand
from growwork.capture.overlay import Overlay, write_overlay
from growwork.capture.packages import GoPackage, list_packages, module_root
from growwork.capture.toolchain import find_toolchain, overlayable
from growwork.core.errors import ToolError, UsageError
from growwork.gosource.toolchain import Completed, Toolchain, run_go
from growwork.workflow.record_facts import SourceInput, gather_source

__all__ = ["BuildPlan", "build_binary", "plan_build"]

_OWN_PROFILING = re.compile(rb"\b(trace\.Start|pprof\.StartCPUProfile)\(")
_MESSAGE_LINES = 4


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """A go command that was understood, and what goes into its overlay."""

    toolchain: Toolchain
    command: GoCommand
    directory: Path  # where the go command works
    packages: tuple[GoPackage, ...]  # those that get the collector
    source: SourceInput
    replacements: Mapping[Path, bytes]
    base_overlay: Path | None  # the user's own -overlay, to which ours is added
    warnings: tuple[str, ...]


def plan_build(
    command: GoCommand,
    cwd: Path,
    *,
    requested_go: str | None,
    replacements: Mapping[Path, bytes],
) -> BuildPlan:
    """Find toolchain, packages and source facts for a go command.

    Source facts that cannot be had are a warning: the recording goes on without them. Raises
    `UsageError` for what cannot be recorded, `ToolError` for a toolchain that does not work.
    """
    directory = command.directory(cwd).resolve()
    if not directory.is_dir():
        raise UsageError(f"{directory} is not a folder")
    toolchain = overlayable(find_toolchain(directory, requested_go))
    packages = list_packages(toolchain, command, directory)
    wanted = _under_test(packages) if command.verb == "test" else _mains(packages, command)
    root = module_root(toolchain, directory)
    source = gather_source(toolchain, root, command, replacements)
    warnings = (*source.warnings, *_own_profiling(root, replacements))
    return BuildPlan(
        toolchain=toolchain,
        command=command.without("C", "overlay"),
        directory=directory,
        packages=wanted,
        source=source,
        replacements=replacements,
        base_overlay=directory / overlay if (overlay := command.value("overlay")) else None,
        warnings=warnings,
    )


def _mains(packages: Sequence[GoPackage], command: GoCommand) -> tuple[GoPackage, ...]:
    mains = tuple(package for package in packages if package.name == "main")
    if not mains:
        raise UsageError(
            f"{packages[0].import_path or packages[0].directory} is not a main package",
            remedy="name the package of a program, such as ./cmd/shop, or record `go test`",
        )
    if command.verb == "run" and len(mains) > 1:
        raise UsageError("`go run` needs one package", remedy="name one main package")
    return mains


def _under_test(packages: Sequence[GoPackage]) -> tuple[GoPackage, ...]:
    tested = tuple(p for p in packages if p.internal_tests or p.external_tests)
    if not tested:
        raise UsageError(f"{packages[0].import_path} has no test files")
    if len(tested) > 1:
        names = ", ".join(package.import_path for package in tested[:3])
        more = f" and {len(tested) - 3} more" if len(tested) > 3 else ""
        raise UsageError(
            f"{len(tested)} packages have tests ({names}{more}), and each is a process of its own",
            remedy="a recording holds one process: name one package",
        )
    return tested


def build_binary(
    plan: BuildPlan, folder: Path, words: Sequence[str], *, embed: bool
) -> tuple[Completed, tuple[str, ...]]:
    """Run `go WORDS… -overlay=… PACKAGES`; returns what it left, and warnings.

    `words` start with the verb. `embed` puts the source facts into the binary. When the build
    fails with the observing edits and succeeds without, the edits are left out and said to be.
    Raises `ToolError` with the compiler's first lines when it fails either way.
    """
    first = run_overlaid(plan, folder, words, embed=embed, observe=True)
    if first.returncode == 0 or not plan.source.observing:
        return _succeeded(plan, first), ()
    second = run_overlaid(plan, folder, words, embed=embed, observe=False)
    return _succeeded(plan, second), (
        "map lengths were not observed: the source did not build with the observing edits",
    )


def run_overlaid(
    plan: BuildPlan, folder: Path, words: Sequence[str], *, embed: bool, observe: bool
) -> Completed:
    """One run of the go command with the overlay in `folder`."""
    overlay = write_plan(plan, folder, embed=embed, observe=observe)
    return run_go(
        plan.toolchain,
        [*words, f"-overlay={overlay.path}", *package_words(plan, overlay)],
        cwd=plan.directory,
        check=False,
    )


def write_plan(plan: BuildPlan, folder: Path, *, embed: bool, observe: bool) -> Overlay:
    """Write the plan's overlay into `folder`."""
    sources = {**plan.replacements, **(plan.source.observing if observe else {})}
    is_test = plan.command.verb == "test"
    return write_overlay(
        folder,
        goroot=plan.toolchain.goroot,
        mains=() if is_test else plan.packages,
        tests=plan.packages if is_test else (),
        sources=sources,
        embedded_facts=plan.source.sites_json if embed else None,
        base=plan.base_overlay,
    )


def package_words(plan: BuildPlan, overlay: Overlay) -> list[str]:
    """The packages of the command; a list of Go files gets the added file too."""
    words = list(plan.command.packages)
    if plan.command.files:
        words += [str(path) for path in overlay.added]
    return words


def _succeeded(plan: BuildPlan, answer: Completed) -> Completed:
    if answer.returncode == 0:
        return answer
    stderr = answer.stderr.decode(errors="replace").strip()
    lines = [line for line in stderr.splitlines() if line and not line.startswith("# ")]
    shown = f"go {plan.command.verb} {' '.join(plan.command.packages)}".strip()
    raise ToolError(
        f"`{shown}` does not build: {' | '.join(lines[:_MESSAGE_LINES]) or 'no message'}",
        command=["go", plan.command.verb, *plan.command.packages],
        stderr=stderr,
    )


def _own_profiling(root: Path | None, replacements: Mapping[Path, bytes]) -> tuple[str, ...]:
    """Say where the program wants the tracer or the CPU profiler for itself: there is one each."""
    if root is None:
        return ()
    found = []
    for path in sorted(root.rglob("*.go")):
        if path.name.endswith("_test.go") or "vendor" in path.relative_to(root).parts:
            continue
        try:
            content = replacements.get(path) or path.read_bytes()
        except OSError:
            continue  # a dangling link; the build will say so if it matters
        if match := _OWN_PROFILING.search(content):
            line = content.count(b"\n", 0, match.start()) + 1
            found.append(f"{path.relative_to(root)}:{line} ({match.group(1).decode()})")
    if not found:
        return ()
    warning = (
        f"the program starts a profile of its own at {', '.join(found[:3])}: while it is recorded "
        "that call fails, because a process has one tracer and one CPU profiler; "
        "--without trace or --without cpu leaves it to the program"
    )
    return (warning,)
