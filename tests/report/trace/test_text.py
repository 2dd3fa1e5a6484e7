"""`growwork trace` on the terminal: goldens, and what must hold at any width."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TextIO

import pytest
from rich.cells import cell_len

from growwork.analysis.trace.comparison_types import Verdict
from growwork.analysis.trace.ranking import RankBy
from growwork.report.escaping import clip_middle, visible
from growwork.report.trace import comparison_text as trace_comparison_text
from growwork.report.trace import rank as trace_rank
from growwork.report.trace import text as trace_text
from growwork.report.trace.wording import percent, round_duration, shown_frames, spike_title
from tests.conftest import CheckGolden
from tests.report.trace.sample import (
    HOSTILE,
    bare_analysis,
    frames,
    full_analysis,
    full_comparison,
    full_ranking,
)


def _analysis(out: TextIO, width: int) -> None:
    trace_text.render_text(full_analysis(), out, width=width, color=False)


def _bare(out: TextIO, width: int) -> None:
    trace_text.render_text(bare_analysis(), out, width=width, color=False)


def _ranking(by: RankBy) -> Callable[[TextIO, int], None]:
    return lambda out, width: trace_rank.render_text(
        full_ranking(by), out, width=width, color=False
    )


def _comparison(out: TextIO, width: int) -> None:
    trace_comparison_text.render_text(full_comparison(), out, width=width, color=False)


RENDERERS: dict[str, Callable[[TextIO, int], None]] = {
    "trace": _analysis,
    "trace_bare": _bare,
    "trace_rank_pause": _ranking(RankBy.PAUSE),
    "trace_rank_assist": _ranking(RankBy.ASSIST),
    "trace_rank_latency": _ranking(RankBy.LATENCY),
    "trace_comparison": _comparison,
}


def _render(name: str, width: int) -> str:
    out = io.StringIO()
    RENDERERS[name](out, width)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 124])
@pytest.mark.parametrize("name", RENDERERS)
def test_golden(name: str, width: int, check_golden: CheckGolden) -> None:
    check_golden(f"report/{name}_{width}.txt", _render(name, width))


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120, 132])
@pytest.mark.parametrize("name", RENDERERS)
def test_no_line_is_wider_than_the_screen(name: str, width: int) -> None:
    assert [line for line in _render(name, width).splitlines() if cell_len(line) > width] == []


@pytest.mark.parametrize("name", RENDERERS)
def test_nothing_a_terminal_obeys_comes_out(name: str) -> None:
    text = _render(name, 124)

    assert (
        re.findall(r"[^\n\x20-\x7e\u00a0-\u2027\u202f-\u205f\u2070-\ud7ff\uf900-\uffff]", text)
        == []
    )
    assert "\u202e" not in text


@pytest.mark.parametrize("width", [80, 100])
def test_numbers_are_never_cut(width: int) -> None:
    """A name may end in an ellipsis, a number or a heading may not."""
    cut = re.findall(r"\S*\d…|…\d\S* (?:[num]?s|%)", _render("trace", width))

    assert [word for word in cut if "x" not in word and "/" not in word] == []


def test_the_answer_comes_first() -> None:
    lines = _render("trace", 80).splitlines()

    start = next(number for number, line in enumerate(lines) if line.startswith(" 1  "))
    assert start < 10
    assert lines[start] == " 1  52.0 ms at 4.10 s  the world was stopped (worst of 41)"
    assert lines[start + 1].startswith("    52.0 ms ████████ GC mark termination stopped the world")


def test_a_stack_is_told_once_and_not_where_the_sentence_names_its_line() -> None:
    text = _render("trace", 80)

    stopped = text[text.index(" 1  52.0 ms") : text.index(" 2  48.0 ms")]
    assist = text[text.index(" 3  17.2 ms") : text.index(" 4  8.39 ms")]
    assert "catalog.Load catalog/load.go:40" in stopped  # the spike's own stack is always told
    assert "pricing/scan.go:18" not in stopped
    assert "metrics.Collect metrics/collect.go:12" in stopped
    assert "and 1 more" in stopped
    assert assist.count("catalog.(*Index).Add") == 1


def test_limits_and_warnings_are_shown() -> None:
    text = " ".join(_render("trace", 80).split())

    for sentence in (*full_analysis().limits, *full_analysis().warnings):
        assert sentence in text


def test_many_warnings_are_counted() -> None:
    analysis = replace(bare_analysis(), warnings=tuple(f"generation {n}" for n in range(30)))
    out = io.StringIO()
    trace_text.render_text(analysis, out, width=80, color=False)

    assert "! generation 7\n" in out.getvalue()
    assert "! generation 8\n" not in out.getvalue()
    assert "… 22 more warnings" in out.getvalue()


def test_colour_only_where_it_is_wanted() -> None:
    out = io.StringIO()
    trace_text.render_text(full_analysis(), out, width=80, color=True)

    assert "\x1b[" in out.getvalue()
    assert "\x1b[" not in _render("trace", 80)


def test_the_window_is_shown() -> None:
    assert "only from 1.5 ms to the end, goroutine 7, region checkout" in _render("trace_bare", 80)


def test_a_ranking_is_worst_first_and_keeps_what_was_not_read() -> None:
    text = _render("trace_rank_latency", 124)
    rows = [line for line in text.splitlines() if re.match(r" ?\d+  ", line)]

    assert rows[0].startswith(" 1  ")
    assert "shop-11.trace" in rows[0]
    assert "shop-07.trace" in rows[-1]  # the one in which nothing happened
    assert "! not read: fleet/old.trace: format go 1.19 is too old" in text


def test_a_comparison_says_what_moved_and_what_did_not() -> None:
    text = " ".join(_render("trace_comparison", 124).split())

    assert "mark assist is shorter: in 92 % of pairs (90 %: 89–95 %), by 17.0 µs" in text
    assert "mark assist per second is less:" in text
    assert "pause: GC mark termination 412 / 380" in text
    assert text.count("not moved") == 2
    assert "none after" in text


def test_nothing_moved_is_an_answer() -> None:
    full = full_comparison()
    calm = replace(
        full, quantities=tuple(q for q in full.quantities if q.verdict is Verdict.NOT_MOVED)
    )
    out = io.StringIO()
    trace_comparison_text.render_text(calm, out, width=80, color=False)

    assert "Nothing moved, of 2 quantities." in out.getvalue()


def test_visible() -> None:
    assert visible("main.(*T).f µ→ 名") == "main.(*T).f µ→ 名"
    assert visible("a\x1b[2J\r\n\t\x00\x7f\x9b") == r"a\x1b[2J\r\n\t\x00\x7f\x9b"
    assert visible("a\u202eb\u2028c\ud800\U000e0001") == r"a\u202eb\u2028c\ud800\U000e0001"
    assert len(visible(HOSTILE)) < 450
    assert visible("x" * 401).startswith("x" * 199)


def test_clip_middle_keeps_both_ends() -> None:
    assert clip_middle("abcdefghij", 10) == "abcdefghij"
    assert clip_middle("abcdefghij", 5) == "ab…ij"
    assert clip_middle("abcdefghij", 4) == "ab…j"
    assert clip_middle("abcdefghij", 1) == "…"


def test_percent_and_round_durations() -> None:
    shares = (0, 0.00001, 0.0004, 0.081, 0.55, 1.0)
    assert [percent(share) for share in shares] == [
        "0 %", "< 0.01 %", "0.04 %", "8.1 %", "55 %", "100 %",
    ]  # fmt: skip
    assert [round_duration(ns) for ns in (10_000, 1_500_000, 100, 1_000_000_000)] == [
        "10 µs", "1.5 ms", "100 ns", "1 s",
    ]  # fmt: skip


def test_the_frame_that_is_shown_is_the_one_to_act_on() -> None:
    lock = frames(("sync.runtime_SemacquireMutex", "runtime/sema.go", 95),
                  ("sync.(*Mutex).Lock", "sync/mutex.go", 46), ("main.f", "main.go", 3),
                  ("main.main", "main.go", 9))  # fmt: skip
    worker = frames(
        ("runtime.gopark", "runtime/proc.go", 1), ("runtime.bgsweep", "runtime/x.go", 2)
    )

    assert [one.function for one in shown_frames(lock, 2)] == ["main.f", "main.main"]
    assert [one.function for one in shown_frames(lock[:2], 2)] == [one.function for one in lock[:2]]
    assert shown_frames(worker, 1) == worker[:1]
    assert shown_frames(frames(("", "", 0)) + lock[2:3], 2) == lock[2:3]
    assert shown_frames(frames(("", "", 0)), 2) == ()


def test_every_kind_of_spike_has_words() -> None:
    titles = [spike_title(spike) for spike in full_analysis().spikes]

    assert titles[1] == "goroutine 2104 was runnable, and nothing ran it (11 more alike)"
    assert titles[5] == "goroutine 9 waited for a GC it had forced"
    unknown = replace(full_analysis().spikes[1], kind="new\x1bkind", affected=1)
    assert spike_title(unknown) == r"goroutine 2104: new\x1bkind"
