"""Prove that edits pay: build the program without and with them, run both in turn, compare.

Every pair is one run before and one run after, next to each other in time; the order within a
pair alternates, so that a machine that slows down over the minutes favours neither side. Both
programs carry the collector, so its cost is on both sides of every ratio.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from growwork.analysis.comparison import Comparison, SiteComparison
from growwork.analysis.gc_cpu import gc_cpu
from growwork.analysis.proof import compare_sites, compare_totals
from growwork.analysis.run_measure import RunMeasure, measure_run
from growwork.core.errors import UsageError
from growwork.formats.pprof import read_profile
from growwork.formats.runtimemetrics import read_metrics
from growwork.rules.types import Finding
from growwork.store import ArtefactKind, Recording
from growwork.workflow.diagnose import diagnose
from growwork.workflow.record import RecordConsole, RecordOptions, build_program, record

__all__ = ["ProofPlan", "measure_recording", "prove"]

MIN_PAIRS = 5  # the fewest whose order statistics bound a median with 90 %


@dataclass(frozen=True, slots=True)
class ProofPlan:
    """What to build, how to run it, and what to change."""

    package: str  # such as `./cmd/shop`
    directory: Path  # the module
    arguments: tuple[str, ...]  # of the program
    replacements: Mapping[Path, bytes]  # the edited sources
    folder: Path  # for the binaries and the recordings of the pairs
    pairs: int = MIN_PAIRS
    go: str | None = None
    findings: tuple[Finding, ...] = ()  # whose sites are compared
    title: str = "before and after the edits"
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Side:
    name: str
    binary: Path
    measures: list[RunMeasure] = field(default_factory=list)


def prove(
    plan: ProofPlan, console: RecordConsole, progress: Callable[[str], None] = lambda _: None
) -> Comparison:
    """Run the pairs and compare them.

    Raises `UsageError` for fewer pairs than a verdict needs, `ToolError` when a program does
    not build or does not run.
    """
    if plan.pairs < MIN_PAIRS:
        raise UsageError(
            f"{plan.pairs} pairs cannot carry a verdict", remedy=f"run at least {MIN_PAIRS}"
        )
    plan.folder.mkdir(parents=True, exist_ok=True)
    progress("building the program without and with the edits")
    before = _Side("before", _build(plan, "before", {}, console))
    after = _Side("after", _build(plan, "after", plan.replacements, console))
    for pair in range(1, plan.pairs + 1):
        order = (before, after) if pair % 2 else (after, before)
        for side in order:
            progress(f"pair {pair} of {plan.pairs}: {side.name}")
            _run(plan, side, pair, console)
    return _compare(plan, before, after)


def measure_recording(folder: Path) -> RunMeasure:
    """The numbers of one recorded run."""
    diagnosis = diagnose(folder)
    recording = Recording.open(folder)
    metrics = recording.bytes(ArtefactKind.METRICS)
    cpu = [
        read_profile(path.read_bytes(), source=str(path))
        for path in recording.paths(ArtefactKind.CPU)
    ]
    return measure_run(
        read_metrics(metrics, name=str(folder / "metrics.jsonl")) if metrics else (),
        gc_cpu(cpu) if cpu else None,
        diagnosis.assists,
        diagnosis.capacities,
        diagnosis.site_assists,
    )


def _build(
    plan: ProofPlan, name: str, replacements: Mapping[Path, bytes], console: RecordConsole
) -> Path:
    binary = plan.folder / name
    options = RecordOptions(
        command=("go", "build", "-o", str(binary), plan.package),
        directory=plan.directory,
        replacements=replacements,
        go=plan.go,
    )
    build_program(options, console)
    return binary


def _run(plan: ProofPlan, side: _Side, pair: int, console: RecordConsole) -> None:
    options = RecordOptions(
        command=(str(side.binary), *plan.arguments),
        output=plan.folder / f"{pair:02d}-{side.name}",
        directory=plan.directory,
        go=plan.go,
    )
    side.measures.append(measure_recording(record(options, console).folder))


def _compare(plan: ProofPlan, before: _Side, after: _Side) -> Comparison:
    return Comparison(
        title=plan.title,
        pairs=plan.pairs,
        order="before, after, after, before, …",
        totals=compare_totals(before.measures, after.measures),
        sites=_compare_sites(plan.findings, before.measures, after.measures),
        environment=plan.environment,
        warnings=(),
    )


def _compare_sites(
    findings: Sequence[Finding], before: Sequence[RunMeasure], after: Sequence[RunMeasure]
) -> tuple[SiteComparison, ...]:
    by_site: dict[tuple[str, int], list[Finding]] = {}
    for finding in findings:
        position = finding.site.position
        by_site.setdefault((position.file, position.line), []).append(finding)
    return tuple(
        SiteComparison(
            site=of_site[0].site,
            rule=", ".join(finding.rule for finding in of_site),
            edit_applied=any(finding.edit is not None for finding in of_site),
            metrics=compare_sites(key, before, after),
        )
        for key, of_site in by_site.items()
    )
