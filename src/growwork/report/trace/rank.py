"""A ranking of traces: a table for the terminal, and `growwork/trace-rank/1`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.text import Text

from growwork.analysis.trace.ranking import RankBy, TraceRanking
from growwork.core.units import format_duration
from growwork.report.encoding import JsonObject, encode_members
from growwork.report.escaping import clip_middle, visible
from growwork.report.short_forms import clip_left, count_of, place_of, short_function
from growwork.report.terminal import open_console, open_table, print_more, wrap_indented
from growwork.report.trace.json import write_rows
from growwork.report.trace.wording import window_facts

if TYPE_CHECKING:
    from growwork.analysis.trace.scores import TraceScores

__all__ = ["SCHEMA", "rank_document", "render_json", "render_text"]

SCHEMA = "growwork/trace-rank/1"
TOP_TRACES = 100
TOP_WARNINGS = 8
_WIDE = 100  # columns from which the other two worsts have room
_NUMBER = 9  # columns of a duration
_LEAST_PLACE = 20

_TITLES = {
    RankBy.PAUSE: "longest stop-the-world pause",
    RankBy.ASSIST: "longest mark assist",
    RankBy.LATENCY: "longest wait of a runnable goroutine",
}
_Column = tuple[str, "Callable[[TraceScores], int]"]
_PAUSE: _Column = ("Pause", lambda scores: scores.pause_max_ns)
_ASSIST: _Column = ("Assist", lambda scores: scores.assist_max_ns)
_LATENCY: _Column = ("Latency", lambda scores: scores.latency_max_ns)
# What the traces are ordered by comes first; the second two only where there is room.
_COLUMNS: dict[RankBy, tuple[_Column, ...]] = {
    RankBy.PAUSE: (_PAUSE, ("in all", lambda scores: scores.pause_total_ns), _ASSIST, _LATENCY),
    RankBy.ASSIST: (_ASSIST, ("in all", lambda scores: scores.assist_total_ns), _PAUSE, _LATENCY),
    RankBy.LATENCY: (_LATENCY, ("P99", lambda scores: scores.latency_p99_ns), _PAUSE, _ASSIST),
}


def render_json(ranking: TraceRanking, out: TextIO) -> None:
    """Write the document; the same ranking gives the same bytes."""
    write_rows(rank_document(ranking), out)


def rank_document(ranking: TraceRanking) -> JsonObject:
    """The document as JSON values."""
    return {"schema": SCHEMA} | encode_members(ranking)


def render_text(
    ranking: TraceRanking, out: TextIO, *, width: int | None = None, color: bool | None = None
) -> None:
    """Write the table; `width` and `color` None mean what the stream and NO_COLOR say."""
    with open_console(out, width, color) as console:
        title = Text(count_of(len(ranking.traces), "trace"), style="bold")
        title.append(f" by {_TITLES[ranking.by]}", style="not bold")
        wrap_indented(console, title, 0)
        window = window_facts(ranking.window)
        if window:
            wrap_indented(console, Text(f"only {', '.join(window)}", style="bold"), 0)
        console.print()
        _print_table(console, ranking)
        print_more(console, len(ranking.traces) - TOP_TRACES, "more trace")
        if ranking.warnings:
            console.print()
        for warning in ranking.warnings[:TOP_WARNINGS]:
            wrap_indented(console, Text(visible(warning), style="yellow"), 0, "! ")
        print_more(console, len(ranking.warnings) - TOP_WARNINGS, "more warning")


def _print_table(console: Console, ranking: TraceRanking) -> None:
    wide = console.width >= _WIDE
    traces = ranking.traces[:TOP_TRACES]
    columns = _COLUMNS[ranking.by][: 4 if wide else 2]
    places = [_place(trace.scores, ranking.by, wide=wide) for trace in traces]
    names = [visible(trace.name) for trace in traces]
    room = console.width - len(str(len(traces))) - _NUMBER * len(columns) - 4
    place_room, name_room = _rooms(max(map(len, places)), max(map(len, names)), room)
    titles = [(title, True) for title, _ in columns]
    table = open_table(("", True), *titles, ("Where", False), ("Trace", False))
    for number, (trace, place, name) in enumerate(zip(traces, places, names, strict=True), start=1):
        cells = [format_duration(value(trace.scores)) for _, value in columns]
        table.add_row(
            str(number),
            Text(cells[0], style="bold"),
            *cells[1:],
            clip_middle(place, place_room),
            Text(clip_left(name, name_room), style="cyan"),
        )
    console.print(table)


def _place(scores: TraceScores, by: RankBy, *, wide: bool) -> str:
    """The kind of the pause, or the line; where there is room with its function."""
    if by is RankBy.PAUSE:
        return visible(scores.pause_kind)
    site = scores.assist_site if by is RankBy.ASSIST else scores.latency_site
    function, _, place = site.rpartition(" ")
    file, _, line = place.rpartition(":")
    shown = visible(place_of(file, int(line))) if line.isdecimal() else visible(place)
    return f"{visible(short_function(function))} {shown}" if wide and function else shown


def _rooms(place: int, name: int, room: int) -> tuple[int, int]:
    """Columns for the place and for the trace's name, as wide as they need where that fits."""
    room = max(room, 2 * _LEAST_PLACE)
    if place + name <= room:
        return place, name
    if name <= room - _LEAST_PLACE:
        return room - name, name
    half = min(place, room // 2)
    return half, room - half
