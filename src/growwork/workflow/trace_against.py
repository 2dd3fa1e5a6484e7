"""Traces against a baseline, for `growwork trace --against`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from growwork.analysis.trace.comparison import compare_traces
from growwork.analysis.trace.comparison_types import TraceComparison
from growwork.analysis.trace.latencies import Buckets
from growwork.analysis.trace.latency_steps import LatencySteps
from growwork.analysis.trace.quantities import TraceSide
from growwork.analysis.trace.scan import TraceScan
from growwork.analysis.trace.scores import TraceSamples
from growwork.analysis.trace.types import MmuPoint, TraceWindow
from growwork.formats.gotrace import TraceScanner
from growwork.store.trace.files import open_trace
from growwork.workflow.trace_pass import pass_over

__all__ = ["compare_files"]


def compare_files(
    paths: Sequence[Path], baseline: Sequence[Path], window: TraceWindow | None = None
) -> TraceComparison:
    """Compare the traces at `paths` (after) with those of the baseline (before).

    Raises `UsageError` or `FormatError` for the first one that cannot be read: a side that is
    not whole is another side.
    """
    window = window or TraceWindow()
    before, before_warnings = _side(baseline, window)
    after, after_warnings = _side(paths, window)
    result = compare_traces(before, after, window)
    same = set(before.names) & set(after.names)
    warnings = [f"{name} is on both sides" for name in sorted(same)]
    if window.goroutine is not None:
        warnings.append("goroutine numbers mean nothing across two runs of a program")
    return replace(
        result, warnings=(*warnings, *before_warnings, *after_warnings, *result.warnings)
    )


def _side(paths: Sequence[Path], window: TraceWindow) -> tuple[TraceSide, tuple[str, ...]]:
    names: list[str] = []
    samples: list[TraceSamples] = []
    latencies: list[tuple[dict[str, Buckets], ...]] = []
    mmu: list[tuple[MmuPoint, ...]] = []
    warnings: list[str] = []
    for path in paths:
        file = open_trace(path)
        scan = TraceScan()
        steps = LatencySteps()

        def add_latencies(scanner: TraceScanner, steps: LatencySteps = steps) -> None:
            steps.add(scanner.histograms(), scanner.texts())

        end = pass_over(file, window, scan, after_each=add_latencies)
        names.append(file.name)
        samples.append(scan.samples(end, window))
        latencies.append(steps.generations())
        mmu.append(scan.analyse(file.name, window, end).mmu)
        warnings += end.warnings
    return TraceSide(tuple(names), tuple(samples), tuple(latencies), tuple(mmu)), tuple(warnings)
