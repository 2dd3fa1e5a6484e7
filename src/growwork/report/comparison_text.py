"""A before/after result for the terminal: totals first, then the sites that were changed."""

from __future__ import annotations

from typing import TextIO

from rich.text import Text

from growwork.analysis.comparison import Comparison, MetricComparison, SiteComparison
from growwork.report.comparison_wording import describe_metric, describe_runs
from growwork.report.short_forms import clip_left
from growwork.report.terminal import open_console, print_heading, wrap_indented

__all__ = ["render_text"]

_STYLES = {"down": "bold green", "up": "bold red", "same": "dim"}


def render_text(
    comparison: Comparison,
    out: TextIO,
    *,
    width: int | None = None,
    color: bool | None = None,
) -> None:
    """Write the tables; `width` and `color` None mean what the stream and NO_COLOR say."""
    with open_console(out, width, color) as console:
        print_heading(console, "Before and after", comparison.title)
        wrap_indented(console, Text(describe_runs(comparison), style="dim"), 0)
        for warning in comparison.warnings:
            wrap_indented(console, Text(warning, style="yellow"), 0, "! ")
        if comparison.environment:
            facts = " · ".join(f"{name} {value}" for name, value in comparison.environment)
            wrap_indented(console, Text(facts, style="dim"), 0)
        columns = _Columns(comparison, console.width)
        console.print()
        console.print(columns.heading(), soft_wrap=True)
        for metric in comparison.totals:
            console.print(columns.line(metric), soft_wrap=True)
        for site in comparison.sites:
            console.print()
            console.print(_site_line(site, console.width), soft_wrap=True)
            for metric in site.metrics:
                console.print(columns.line(metric), soft_wrap=True)


def _site_line(site: SiteComparison, width: int) -> Text:
    position = site.site.position
    remark = f"  {site.rule}, {'edit applied' if site.edit_applied else 'no edit applied'}"
    place = clip_left(f"{position.file}:{position.line}", width - len(remark))
    return Text(place, style="cyan").append(remark, style="dim")


class _Columns:
    """Columns as wide as their widest cell, so that totals and sites line up."""

    _TITLES = ("  In total", "Before", "", "After", "", "Change", "")
    # What to leave out where the screen is too narrow for all: first the range of the change,
    # then the ranges of the medians.
    _CHOICES = ((0, 1, 2, 3, 4, 5, 6), (0, 1, 2, 3, 4, 5), (0, 1, 3, 5))
    _LEFT = (0, 2, 4, 6)

    def __init__(self, comparison: Comparison, width: int) -> None:
        sites = [metric for site in comparison.sites for metric in site.metrics]
        rows = [_cells(metric) for metric in (*comparison.totals, *sites)]
        rows.append(self._TITLES)
        self._widths = [max(len(row[n]) for row in rows) for n in range(len(self._TITLES))]
        fitting = (choice for choice in self._CHOICES if self._needs(choice) <= width)
        self._shown = next(fitting, self._CHOICES[-1])

    def _needs(self, shown: tuple[int, ...]) -> int:
        return sum(self._widths[index] + 2 for index in shown) - 2

    def heading(self) -> Text:
        return self._lay_out(self._TITLES, dict.fromkeys(self._shown, "dim"))

    def line(self, metric: MetricComparison) -> Text:
        change = _STYLES[describe_metric(metric).trend]
        return self._lay_out(_cells(metric), {2: "dim", 4: "dim", 5: change, 6: "dim"})

    def _lay_out(self, cells: tuple[str, ...], styles: dict[int, str]) -> Text:
        line = Text()
        for index in self._shown:
            width = self._widths[index]
            cell = cells[index]
            padded = cell.ljust(width) if index in self._LEFT else cell.rjust(width)
            line.append(padded + "  ", style=styles.get(index, ""))
        return line


def _cells(metric: MetricComparison) -> tuple[str, ...]:
    words = describe_metric(metric)
    return (
        f"  {words.name}",
        words.before,
        words.before_range,
        words.after,
        words.after_range,
        words.change,
        words.change_range,
    )
