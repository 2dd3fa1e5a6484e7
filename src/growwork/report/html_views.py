"""What the HTML templates lay out: results with their geometry and their tokens.

Escaping is the templates' business: nothing here makes markup.
"""

from __future__ import annotations

from dataclasses import dataclass

from growwork.analysis.comparison import Comparison, MetricComparison
from growwork.analysis.types import AssistSite, AssistSummary, SiteCapacities, SiteLengths
from growwork.report.comparison_wording import MetricWords, describe_metric
from growwork.report.gotokens import GoToken, tokenise_lines
from growwork.report.html_charts import Distribution, lay_out_distribution
from growwork.report.wording import CostItem, cost_items, lengths_by_site
from growwork.rules.types import Diagnosis, Excerpt, Finding

__all__ = [
    "AssistView",
    "ComparisonView",
    "DiffLine",
    "FindingView",
    "MetricView",
    "SiteMetrics",
    "SiteView",
    "SourceLine",
    "view_assists",
    "view_comparison",
    "view_findings",
    "view_sites",
]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of an excerpt."""

    number: int
    tokens: tuple[GoToken, ...]
    marked: bool


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a diff; `klass` is `add`, `del`, `hunk`, `file` or empty."""

    text: str
    klass: str


@dataclass(frozen=True, slots=True)
class SiteView:
    """A site with its chart."""

    capacities: SiteCapacities
    lengths: SiteLengths | None
    chart: Distribution | None


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding with everything that is known about its site."""

    rank: int
    finding: Finding
    costs: tuple[CostItem, ...]
    source: tuple[SourceLine, ...]
    diff: tuple[DiffLine, ...]
    site: SiteView | None


@dataclass(frozen=True, slots=True)
class AssistView:
    """A line that paid assist and its bar, in percent of the longest."""

    line: AssistSite
    share: float


@dataclass(frozen=True, slots=True)
class MetricView:
    """A metric and where its ranges and medians stand, in percent of the greatest value."""

    words: MetricWords
    before: tuple[float, float, float]  # low, median, high
    after: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class SiteMetrics:
    """One site of a comparison."""

    place: str
    rule: str
    edit_applied: bool
    metrics: tuple[MetricView, ...]


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """A comparison with its geometry."""

    comparison: Comparison
    totals: tuple[MetricView, ...]
    sites: tuple[SiteMetrics, ...]


def view_findings(diagnosis: Diagnosis) -> tuple[FindingView, ...]:
    """All findings in their order."""
    sites = {view.capacities.site.position: view for view in view_sites(diagnosis)}
    return tuple(
        FindingView(
            rank=rank,
            finding=finding,
            costs=cost_items(finding.cost),
            source=_source_lines(finding.excerpt),
            diff=tuple(DiffLine(line, _diff_class(line)) for line in finding.diff.splitlines()),
            site=sites.get(finding.site.position),
        )
        for rank, finding in enumerate(diagnosis.findings, start=1)
    )


def view_sites(diagnosis: Diagnosis) -> tuple[SiteView, ...]:
    """All sites with samples, in their order."""
    return tuple(
        SiteView(site, lengths_by_site(diagnosis.lengths, site), lay_out_distribution(site))
        for site in diagnosis.capacities
    )


def view_assists(assists: AssistSummary | None) -> tuple[AssistView, ...]:
    """All lines that paid mark assist, most time first."""
    lines = assists.by_site if assists else ()
    top = max((line.total_ns for line in lines), default=0)
    return tuple(AssistView(line, _percent_of(line.total_ns, top)) for line in lines)


def view_comparison(comparison: Comparison) -> ComparisonView:
    """Totals and sites with their bars."""
    return ComparisonView(
        comparison,
        tuple(_view_metric(metric) for metric in comparison.totals),
        tuple(
            SiteMetrics(
                f"{site.site.position.file}:{site.site.position.line}",
                site.rule,
                site.edit_applied,
                tuple(_view_metric(metric) for metric in site.metrics),
            )
            for site in comparison.sites
        ),
    )


def _source_lines(excerpt: Excerpt | None) -> tuple[SourceLine, ...]:
    if excerpt is None:
        return ()
    rows = tokenise_lines(excerpt.lines)
    return tuple(
        SourceLine(number, tokens, number == excerpt.highlight)
        for number, tokens in enumerate(rows, start=excerpt.first_line)
    )


def _diff_class(line: str) -> str:
    if line.startswith(("--- ", "+++ ")):
        return "file"
    return {"+": "add", "-": "del", "@": "hunk"}.get(line[:1], "")


def _view_metric(metric: MetricComparison) -> MetricView:
    top = max(metric.before_high, metric.after_high)
    before = (metric.before_low, metric.median_before, metric.before_high)
    after = (metric.after_low, metric.median_after, metric.after_high)
    return MetricView(describe_metric(metric), _scale(before, top), _scale(after, top))


def _scale(values: tuple[float, float, float], top: float) -> tuple[float, float, float]:
    low, middle, high = (_percent_of(value, top) for value in values)
    return low, middle, high


def _percent_of(value: float, top: float) -> float:
    return round(max(value, 0) / top * 100, 2) if top > 0 else 0.0
