"""Traces against a baseline for the terminal: what moved, then everything that was compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text

from growwork.analysis.trace.comparison_types import Quantity, Side, TraceComparison, Verdict
from growwork.core.units import format_count
from growwork.report.escaping import clip_middle, visible
from growwork.report.short_forms import count_of, quantity, range_text
from growwork.report.terminal import open_console, open_table, print_more, wrap_indented
from growwork.report.trace.wording import percent, window_facts

__all__ = ["render_text"]

TOP_WARNINGS = 8
_WORDS = {
    Verdict.UP: ("longer", "bold red"),
    Verdict.DOWN: ("shorter", "bold green"),
    Verdict.NOT_MOVED: ("not moved", "dim"),
}
_RATES = {Verdict.UP: "more", Verdict.DOWN: "less"}  # a rate has no length
_WIDE = 120
_NUMBERS = 53  # columns that the numbers of a row take, on a narrow screen
_MORE_NUMBERS = 45  # and on a wide one


def render_text(
    comparison: TraceComparison,
    out: TextIO,
    *,
    width: int | None = None,
    color: bool | None = None,
) -> None:
    """Write the comparison; `width` and `color` None mean what the stream and NO_COLOR say."""
    with open_console(out, width, color) as console:
        _print_header(console, comparison)
        _print_moves(console, comparison.quantities)
        _print_table(console, comparison.quantities)
        _print_method(console, comparison)


def _print_header(console: Console, comparison: TraceComparison) -> None:
    for lead, names in (("before ", comparison.before), ("after  ", comparison.after)):
        line = Text(", ".join(visible(name) for name in names[:6]), style="bold")
        if len(names) > 6:
            line.append(f" and {len(names) - 6} more", style="not bold")
        wrap_indented(console, line, 0, lead)
    window = window_facts(comparison.window)
    if window:
        wrap_indented(console, Text(f"only {', '.join(window)}", style="bold"), 0)
    for warning in comparison.warnings[:TOP_WARNINGS]:
        wrap_indented(console, Text(visible(warning), style="yellow"), 0, "! ")
    print_more(console, len(comparison.warnings) - TOP_WARNINGS, "more warning")


def _print_moves(console: Console, quantities: Sequence[Quantity]) -> None:
    console.print()
    moved = [one for one in quantities if one.verdict in (Verdict.UP, Verdict.DOWN)]
    tested = sum(one.verdict is not Verdict.NOT_TESTED for one in quantities)
    if not moved:
        calm = f"Nothing moved, of {count_of(tested, 'quantity', 'quantities')}."
        console.print(Text(calm, style="bold"))
        return
    for one in moved:
        word, style = _verdict(one)
        line = Text(visible(one.name), style="bold").append(f" is {word}", style=style)
        if one.superiority is not None and one.low is not None and one.high is not None:
            chance = one.superiority if one.verdict is Verdict.UP else 1 - one.superiority
            ends = (one.low, one.high) if one.verdict is Verdict.UP else (1 - one.high, 1 - one.low)
            spread = range_text(*(percent(end) for end in ends))
            line.append(
                f": in {percent(chance)} of pairs (90 %: {spread})"
                f", by {_amount(abs(one.shift or 0), one.unit)} in the median",
                style="not bold default",
            )
        wrap_indented(console, line, 0)


def _print_table(console: Console, quantities: Sequence[Quantity]) -> None:
    console.print()
    wide = console.width >= _WIDE
    sides = ("Before P50", "P99", "After P50", "P99")
    table = open_table(
        ("", False),
        *([("Values", True)] if wide else []),
        *((title, True) for title in sides),
        ("Verdict", False),
        *([("90 % of pairs longer", False), ("p", True)] if wide else []),
    )
    room = console.width - _NUMBERS - (_MORE_NUMBERS if wide else 0)
    for one in quantities:
        word, style = _verdict(one)
        values = f"{format_count(one.before.count)} / {format_count(one.after.count)}"
        table.add_row(
            clip_middle(visible(one.name), room),
            *([values] if wide else []),
            *_cells(one.before, one.unit),
            *_cells(one.after, one.unit),
            Text(word, style=style),
            *([_chances(one), _p_value(one)] if wide else []),
        )
    console.print(table)


def _verdict(one: Quantity) -> tuple[str, str]:
    word, style = _WORDS.get(one.verdict, (one.note, "dim"))
    is_rate = one.before.per_second is None and one.after.per_second is None
    return _RATES.get(one.verdict, word) if is_rate else word, style


def _cells(side: Side, unit: str) -> tuple[str, str]:
    if side.p50 is None or side.p99 is None:
        return "–", "–"
    return _amount(side.p50, unit), _amount(side.p99, unit)


def _amount(value: float, unit: str) -> str:
    return percent(value) if unit == "ratio" else quantity(value, unit)


def _chances(one: Quantity) -> str:
    if one.low is None or one.high is None:
        return ""
    return range_text(percent(one.low), percent(one.high))


def _p_value(one: Quantity) -> str:
    if one.p_adjusted is None:
        return ""
    return f"{one.p_adjusted:.2g}" if one.p_adjusted >= 0.001 else "< 0.001"


def _print_method(console: Console, comparison: TraceComparison) -> None:
    low, high = comparison.negligible
    text = (
        f"Pairs are one value before and one after. Moved: Mann–Whitney over "
        f"{comparison.unit_of_chance}, Holm-adjusted p at most {comparison.alpha:g}, and the "
        f"whole {percent(comparison.interval)} interval of the share of pairs in which the value "
        f"after is the longer one outside {range_text(percent(low), percent(high))}."
    )
    console.print()
    wrap_indented(console, Text(text, style="dim"), 0)
