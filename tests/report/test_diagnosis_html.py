"""The HTML page as text: self-contained, escaped, well-formed, the same every time."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from growwork.analysis.comparison import Comparison
from growwork.report.diagnosis_html import render_html
from growwork.report.gotokens import tokenise_lines
from growwork.report.html_charts import PLOT_BOTTOM, WIDTH, lay_out_distribution
from growwork.report.html_lanes import LANE, SPAN
from growwork.report.html_timeline import lay_out_timeline
from growwork.rules.types import Diagnosis
from tests.report.sample import bare_diagnosis, capacities, full_comparison, full_diagnosis

VOID = {"meta", "link", "input", "br", "hr", "img"}


class Outline(HTMLParser):
    """What a parser sees: elements, their nesting, identifiers, text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if name == "href" and value]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        opened = self._open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _render(diagnosis: Diagnosis, comparison: Comparison | None = None) -> str:
    out = io.StringIO()
    render_html(diagnosis, out, comparison)
    return out.getvalue()


@pytest.fixture(scope="module")
def page() -> str:
    return _render(full_diagnosis(), full_comparison())


@pytest.fixture(scope="module")
def outline(page: str) -> Outline:
    return Outline(page)


def test_same_input_gives_same_bytes(page: str) -> None:
    assert _render(full_diagnosis(), full_comparison()) == page


def test_identifiers_are_unique_and_links_lead_somewhere(outline: Outline) -> None:
    assert len(outline.ids) == len(set(outline.ids))
    inside = [link[1:] for link in outline.links if link.startswith("#")]
    assert set(inside) <= set(outline.ids)
    assert len(inside) >= 7


def test_nothing_is_loaded_from_elsewhere(page: str, outline: Outline) -> None:
    assert not re.search(r"https?://|@import|url\(", page)
    loading = {"src", "srcset", "poster", "action", "formaction"}
    assert not [name for name, _ in outline.attributes if name in loading]
    assert [link for link in outline.links if not link.startswith("#")] == ["data:,"]


def test_source_and_type_names_are_escaped(page: str, outline: Outline) -> None:
    # Our script and the data block of the timeline: nothing that came with the input.
    assert outline.tags.count("script") == 2
    assert "img" not in outline.tags
    assert "<i>to</i>" not in page
    assert not [name for name, _ in outline.attributes if name.startswith("on")]
    shown = "".join(outline.text)
    for number in (1, 2, 3, 4, 5):
        assert f"alert({number})" in shown, "hostile text is shown, as text"
        assert f"<script>alert({number})" not in page


def test_policy_names_our_script_by_its_hash(page: str) -> None:
    match = re.search(r"<script>(.*?)</script>", page, re.DOTALL)
    assert match
    digest = base64.b64encode(hashlib.sha256(match[1].encode()).digest()).decode()

    assert f"script-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page


def test_findings_are_ranked_with_excerpt_and_diff(page: str) -> None:
    titles = re.findall(r'<span class="rule">(GW\d+)</span> ([^<]+)', page)
    assert [rule for rule, _ in titles] == [f.rule for f in full_diagnosis().findings]
    assert page.count('class="line marked"') == 4
    assert '<span class="add">+\tm := make(map[string]*Product, len(ps))\n</span>' in page


def test_every_warning_and_limit_is_shown(outline: Outline) -> None:
    shown = "".join(outline.text)
    diagnosis = full_diagnosis()
    weak = [*diagnosis.warnings, *(w for f in diagnosis.findings for w in f.warnings)]
    for words in [*weak, *(limit.reason for limit in diagnosis.limits)]:
        assert words.replace("`", "") in shown


def test_comparison_shows_what_did_not_move(page: str) -> None:
    section = page.partition('<section id="comparison">')[2].partition("</section>")[0]
    assert section.count("not moved") == 5
    assert "−28.2 %" in section


def test_a_diagnosis_without_data_has_no_empty_sections() -> None:
    bare = Outline(_render(bare_diagnosis()))

    assert {"findings", "limits", "recording"} <= set(bare.ids)
    assert not {"sites", "timeline", "gc", "comparison"} & set(bare.ids)


@pytest.mark.parametrize("missing", ["heap", "pauses", "longest_assists", "gc_cycles"])
def test_a_recording_may_lack_any_series(missing: str) -> None:
    changed: Diagnosis = replace(full_diagnosis(), **{missing: ()})  # type: ignore[arg-type]

    assert "timeline" in Outline(_render(changed)).ids


def test_a_recording_may_lack_the_assist_summary() -> None:
    shown = _render(replace(full_diagnosis(), assists=None))

    assert "Mark assist by source line" not in shown
    assert Outline(shown).ids


def test_distribution_stays_inside_its_frame() -> None:
    for site in capacities():
        chart = lay_out_distribution(site)
        assert chart is not None
        for bar in chart.bars:
            assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
            assert 0 < bar.y <= PLOT_BOTTOM
        assert sum(bool(bar.label) for bar in chart.bars) >= 1


def test_tallest_bar_is_the_commonest_size() -> None:
    site = capacities()[1]
    chart = lay_out_distribution(site)
    assert chart is not None

    tallest = max(chart.bars, key=lambda bar: bar.height)
    assert tallest.tip == "372 maps ended at 4,096 slots"
    assert [mark.label for mark in chart.marks] == ["P50 = P95"]


def test_a_site_without_final_sizes_has_no_chart() -> None:
    site = capacities()[1]
    empty = replace(site, levels=tuple(replace(level, final=0.0) for level in site.levels))

    assert lay_out_distribution(empty) is None


def test_timeline_stays_inside_its_frame() -> None:
    timeline = lay_out_timeline(full_diagnosis())
    assert timeline is not None
    for mark in (*timeline.bands, *(mark for lane in timeline.lanes for mark in lane.marks)):
        assert 0 <= mark.x <= mark.x + mark.width <= SPAN + 0.01
        assert 0 < mark.height <= LANE
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", timeline.heap_path)]
    assert len(heights) == len(full_diagnosis().heap)
    assert all(0 <= y <= LANE for y in heights)
    assert 3 <= len(timeline.heap_ticks) <= 7
    assert 3 <= len(timeline.time_ticks) <= 7


def test_longest_assist_is_the_tallest_mark_and_says_who_paid() -> None:
    timeline = lay_out_timeline(full_diagnosis())
    assert timeline is not None
    lane = timeline.lanes[0]

    assert lane.marks[0].height == LANE
    assert lane.marks[0].tip.startswith("8.88 ms of mark assist in other map code\nat ")
    assert "goroutine 202" in lane.marks[0].tip


def test_without_single_assists_the_cycles_stand_in() -> None:
    timeline = lay_out_timeline(replace(full_diagnosis(), longest_assists=()))
    assert timeline is not None

    assert timeline.lanes[0].name == "Mark assist"
    assert timeline.lanes[0].remark.startswith("by GC cycle")


def test_a_single_moment_can_be_drawn() -> None:
    full = full_diagnosis(1)
    moment = replace(full, pauses=(), longest_assists=(), gc_cycles=(), heap=full.heap[:1])

    assert lay_out_timeline(moment) is not None


def test_tokens_are_the_source() -> None:
    lines = ["", "func f() { // x", '\ts := "a\tb" + `c', "d`", "}", ""]

    rows = tokenise_lines(lines)

    text = ["".join(token.text for token in row) for row in rows]
    assert text == [line.expandtabs(4) for line in lines]
    assert rows[1][0].text == "func"
    assert rows[1][0].klass == "k"
    assert rows[1][-1].klass == "c"
