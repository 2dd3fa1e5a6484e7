"""The words and short forms of a before/after result, shared by text and HTML."""

from __future__ import annotations

from dataclasses import dataclass

from growwork.analysis.comparison import Comparison, MetricComparison
from growwork.report.short_forms import count_of, quantity, range_text

__all__ = ["MetricWords", "describe_metric", "describe_runs"]


@dataclass(frozen=True, slots=True)
class MetricWords:
    """One metric, ready to be laid out."""

    name: str
    before: str
    before_range: str
    after: str
    after_range: str
    change: str  # `-28.2 %`, `not moved`
    change_range: str  # empty when there is none
    trend: str  # `down`, `up` or `same`, for the style


def describe_metric(metric: MetricComparison) -> MetricWords:
    """A metric in words; one that did not move says so instead of showing a change."""
    trend = "same"
    if metric.moved:
        trend = "down" if metric.median_after < metric.median_before else "up"
    return MetricWords(
        name=metric.name,
        before=quantity(metric.median_before, metric.unit),
        before_range=_spread(metric.before_low, metric.before_high, metric.unit),
        after=quantity(metric.median_after, metric.unit),
        after_range=_spread(metric.after_low, metric.after_high, metric.unit),
        change=_change(metric),
        change_range=_change_range(metric),
        trend=trend,
    )


def describe_runs(comparison: Comparison) -> str:
    """How the numbers came about, in one line."""
    runs = f"{count_of(comparison.pairs, 'pair')} of runs"
    order = f", {comparison.order}" if comparison.order else ""
    return f"{runs}{order}; medians, ranges are least–greatest"


def _spread(low: float, high: float, unit: str) -> str:
    return "" if low == high else range_text(quantity(low, unit), quantity(high, unit))


def _change(metric: MetricComparison) -> str:
    if not metric.moved:
        return "not moved"
    return "moved" if metric.ratio is None else _percent(metric.ratio)


def _change_range(metric: MetricComparison) -> str:
    if metric.ratio_low is None or metric.ratio_high is None:
        return metric.note
    low, high = _percent(metric.ratio_low), _percent(metric.ratio_high)
    return "" if low == high else f"{low} to {high}"


def _percent(ratio: float) -> str:
    """A ratio as a change; beyond a doubling the factor reads better."""
    if ratio >= 2:
        return f"×{ratio:.3g}"
    change = (ratio - 1) * 100
    digits = 1 if abs(change) < 99.95 else 0
    text = f"{abs(change):.{digits}f} %"
    return text if float(text[:-2]) == 0 else ("+" if change > 0 else "−") + text
