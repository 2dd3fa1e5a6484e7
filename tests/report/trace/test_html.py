"""The page of a trace: one file, nothing hostile in it, and its geometry."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from growwork.analysis.trace.types import TraceAnalysis
from growwork.report.html_timeline import lay_out_timeline
from growwork.report.trace.html import TOP_PAUSES, render_html
from tests.report.browser import Page, find_chromium, open_browser
from tests.report.trace.sample import bare_analysis, full_analysis


def _page(analysis: TraceAnalysis) -> str:
    out = io.StringIO()
    render_html(analysis, out)
    return out.getvalue()


def test_same_analysis_gives_same_bytes() -> None:
    assert _page(full_analysis()) == _page(full_analysis())


def test_page_needs_nothing_else() -> None:
    page = _page(full_analysis())

    assert re.findall(r"(?:src|href)=\"(?!#|data:,)[^\"]*", page) == []
    assert "url(" not in page
    assert "@import" not in page


def test_hostile_names_are_text() -> None:
    page = _page(full_analysis())

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not {"\x1b", "\x07", "\u202e"} & set(page)
    assert max(len(line) for line in page.splitlines()) < 20_000


def test_every_section_of_the_result_is_there() -> None:
    page = _page(full_analysis())

    for anchor in ("spikes", "timeline", "gc", "work", "latencies", "cpu", "limits"):
        assert f'<section id="{anchor}">' in page
        assert f'<a href="#{anchor}">' in page
    assert "goroutine 2104 was runnable, and nothing ran it (11 more alike)" in page
    assert page.count('class="finding spike"') == len(full_analysis().spikes)
    assert "1,204 of its bytes were not read" in page


def test_cycles_are_shown_with_their_phases_and_shares() -> None:
    page = _page(full_analysis())

    row = next(line for line in page.splitlines() if 'data-value="21">21 forced' in line)
    # The stops of cycle 21; then what dedicated, fractional and idle workers and assist had.
    assert re.findall(r">([^<>]+)</td>", row)[7:] == [
        "110 µs", "140 µs", "25 %", "3.2 %", "8.0 %", "6.4 %",
    ]  # fmt: skip


def test_an_empty_trace_has_no_empty_tables() -> None:
    page = _page(bare_analysis())

    assert "Nothing waited long enough to be listed." in page
    assert "<table" not in page
    for anchor in ("timeline", "work", "latencies", "cpu", "limits"):
        assert f'id="{anchor}"' not in page


def test_times_are_told_from_the_start_of_the_trace() -> None:
    """A window's first mark is not its zero: spikes say when they were in the trace."""
    full = full_analysis()
    late = replace(
        full, pauses=full.pauses[200:], gc_cycles=full.gc_cycles[30:], spikes=full.spikes[3:]
    )

    page = _page(late)

    assert 'data-start="8200000000"' in page
    assert 'data-origin="0"' in page
    assert re.search(r"GC cycle 31\nat 9\.00 s", page)


def test_time_ticks_lie_on_the_origin_of_the_trace() -> None:
    full = full_analysis()

    class Late:
        gc_cycles = ()
        heap = ()
        longest_assists = ()
        pauses = full.pauses[30:]  # from 1.23 s on

    timeline = lay_out_timeline(Late(), origin_ns=0)

    assert timeline is not None
    assert [tick.label for tick in timeline.time_ticks] == ["2.00 s", "4.00 s", "6.00 s", "8.00 s",
                                                            "10.0 s", "12.0 s"]  # fmt: skip
    first = timeline.time_ticks[0].at
    assert first == pytest.approx((2.0 - 1.23) / (12.259 - 1.23) * 100, abs=0.1)


def test_thousands_of_pauses_are_thinned_to_the_longest() -> None:
    page = _page(full_analysis(5000))

    assert page.count('<rect class="stw"') == TOP_PAUSES
    assert "52.0 ms stop-the-world: GC mark termination" in page


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("trace-pages")
    found = {"full": full_analysis(), "bare": bare_analysis()}
    for name, analysis in found.items():
        (folder / f"{name}.html").write_text(_page(analysis), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in found}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    binary = find_chromium()
    assert binary
    with open_browser(binary, tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.mark.needs_chromium
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("name", ["full", "bare"])
def test_opens_quietly_and_fits(
    browser: Page, pages: dict[str, Path], name: str, width: int, dark: bool
) -> None:
    browser.problems.clear()
    browser.requests.clear()
    browser.open(pages[name], width, dark=dark)
    browser.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")

    assert browser.problems == []
    assert browser.requests == [pages[name].as_uri()]
    assert browser.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.needs_chromium
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine")
def test_timeline_tells_times_from_the_start_of_the_trace(
    browser: Page, pages: dict[str, Path]
) -> None:
    browser.open(pages["full"], 1280)
    browser.evaluate("document.querySelector('[data-zoom=in]').click()")
    browser.evaluate("document.querySelector('[data-zoom=reset]').click()")

    ticks = browser.evaluate("[...document.querySelectorAll('.xtick')].map(t => t.textContent)")
    assert ticks == ["0", "5 s", "10 s"]
