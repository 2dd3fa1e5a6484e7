"""Before and after, from run measures."""

from __future__ import annotations

from dataclasses import replace

from growwork.analysis.proof import compare_sites, compare_totals
from growwork.analysis.run_measure import RunMeasure, SiteMeasure

KEY = ("cart.go", 7)
RUN = RunMeasure(
    alloc_bytes=1000.0,
    alloc_objects=10.0,
    gc_cycles=4.0,
    gc_cpu_ns=5.0,
    cpu_ns=50.0,
    assist_ns=3.0,
    growth_assist_ns=1.0,
    array_bytes=400.0,
    growth_count=8.0,
    sites={KEY: SiteMeasure(400.0, 10.0, 8.0, 1.0)},
)


def runs(*scales: float) -> list[RunMeasure]:
    return [replace(RUN, alloc_bytes=1000.0 * scale) for scale in scales]


def test_a_halving_moved_and_the_rest_did_not() -> None:
    before, after = runs(1, 1.01, 0.99, 1, 1.02), runs(0.5, 0.51, 0.5, 0.49, 0.5)
    totals = {metric.name: metric for metric in compare_totals(before, after)}
    assert totals["bytes allocated"].moved
    assert totals["bytes allocated"].ratio is not None
    assert 0.48 < totals["bytes allocated"].ratio < 0.52
    assert [name for name, metric in totals.items() if metric.moved] == ["bytes allocated"]


def test_what_one_run_did_not_record_is_left_out() -> None:
    before = runs(1, 1, 1, 1, 1)
    after = [*runs(1, 1, 1, 1), replace(RUN, gc_cpu_ns=None)]
    names = [metric.name for metric in compare_totals(before, after)]
    assert "GC CPU" not in names
    assert "CPU" in names


def test_a_site_without_samples_after_the_change_counts_as_zero() -> None:
    before = [RUN] * 5
    after = [replace(RUN, sites={})] * 5
    growths = {metric.name: metric for metric in compare_sites(KEY, before, after)}["growths"]
    assert (growths.median_before, growths.median_after, growths.moved) == (8.0, 0.0, True)
