"""The whole loop on a real service: record storefront, diagnose it, fix it, prove it."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from io import RawIOBase
from pathlib import Path

from growwork.analysis.comparison import Comparison
from growwork.core.errors import UsageError
from growwork.gocode import module_dir
from growwork.gosource.edits import apply_edits
from growwork.gosource.types import SourceEdit
from growwork.rules.types import Diagnosis, Finding
from growwork.workflow.diagnose import diagnose
from growwork.workflow.prove import MIN_PAIRS, ProofPlan, prove
from growwork.workflow.record import RecordConsole, RecordOptions, record

__all__ = ["DemoOptions", "DemoResult", "edited_sources", "run_demo"]

PACKAGE = "./cmd/storefront"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """Where the demo works and how often it measures."""

    folder: Path  # must not exist, or be empty
    pairs: int = MIN_PAIRS
    go: str | None = None  # a release such as `1.23.9`; None: the machine's
    arguments: tuple[str, ...] = ()  # of the service, for example `-requests 5000`


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo found and what its edits bought."""

    folder: Path
    source: Path
    diagnosis: Diagnosis
    comparison: Comparison


def run_demo(
    options: DemoOptions,
    progress: Callable[[str], None],
    found: Callable[[Diagnosis], None],
) -> DemoResult:
    """Run the loop; `found` gets the diagnosis as soon as it is there, minutes before the proof.

    The service's own output goes to `storefront.log` in the folder. Raises `UsageError` for a
    folder with something in it; else the errors of its steps.
    """
    folder = options.folder.absolute()
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", remedy="name a new folder with -o")
    source = folder / "storefront"
    shutil.copytree(module_dir("storefront"), source)
    log = folder / "storefront.log"
    with log.open("ab", buffering=0) as output:
        console = RecordConsole(output.fileno(), lambda data: _append(output, data))
        progress("building storefront with the collector, then recording it under load")
        recording = record(
            RecordOptions(
                command=("go", "run", PACKAGE, *options.arguments),
                output=folder / "recording",
                directory=source,
                go=options.go,
            ),
            console,
        )
        progress("diagnosing the recording")
        diagnosis = diagnose(recording.folder)
        found(diagnosis)
        plan = ProofPlan(
            package=PACKAGE,
            directory=source,
            arguments=options.arguments,
            replacements=edited_sources(source, diagnosis.findings),
            folder=folder / "pairs",
            pairs=options.pairs,
            go=options.go,
            findings=diagnosis.findings,
            title="storefront before and after the edits",
            environment=_environment(diagnosis),
        )
        comparison = prove(plan, console, progress)
    return DemoResult(
        folder, source, diagnosis, _with_answers(comparison, log.read_text(encoding="utf-8"))
    )


def _append(output: RawIOBase, data: bytes) -> None:
    output.write(data)


def _with_answers(comparison: Comparison, log: str) -> Comparison:
    """Say whether the edited program gave the same answers: storefront digests them per run."""
    lines = (line for line in log.splitlines() if line.startswith("{"))
    digests = [str(json.loads(line)["digest"]) for line in lines]
    if len(set(digests)) == 1:
        note = ("answers", f"the same in all {len(digests)} runs")
        return replace(comparison, environment=(*comparison.environment, note))
    warning = f"the runs gave different answers: digests {', '.join(digests)}"
    return replace(comparison, warnings=(*comparison.warnings, warning))


def edited_sources(root: Path, findings: Iterable[Finding]) -> Mapping[Path, bytes]:
    """The files that the findings' edits change, as they would be; nothing is written."""
    by_file: dict[str, dict[tuple[int, int], SourceEdit]] = {}
    for finding in findings:
        if finding.edit is not None:
            # Two findings of one site come with one edit: the first, costlier one is taken.
            edits = by_file.setdefault(finding.edit.file, {})
            edits.setdefault((finding.edit.offset, finding.edit.end), finding.edit)
    return {
        root / file: apply_edits((root / file).read_bytes(), list(edits.values()))
        for file, edits in by_file.items()
    }


def _environment(diagnosis: Diagnosis) -> tuple[tuple[str, str], ...]:
    return (
        ("toolchain", diagnosis.recording.go_version),
        ("GOMAXPROCS", str(diagnosis.recording.gomaxprocs or "unknown")),
        ("machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"),
    )
