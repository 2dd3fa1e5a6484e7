"""The HTML page in headless Chromium: quiet console, no requests, no sideways scrolling."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from growwork.report.diagnosis_html import render_html
from tests.report.browser import Page, find_chromium, open_browser
from tests.report.sample import bare_diagnosis, full_comparison, full_diagnosis

pytestmark = [
    pytest.mark.needs_chromium,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "full.html"
    with path.open("w", encoding="utf-8") as out:
        render_html(full_diagnosis(), out, full_comparison())
    return path


@pytest.fixture(scope="module")
def bare_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "bare.html"
    with path.open("w", encoding="utf-8") as out:
        render_html(bare_diagnosis(), out)
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    binary = find_chromium()
    assert binary
    with open_browser(binary, tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def page(browser: Page) -> Page:
    browser.problems.clear()
    browser.requests.clear()
    return browser


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 768, 375])
def test_opens_quietly_and_fits(page: Page, report: Path, width: int, dark: bool) -> None:
    page.open(report, width, dark=dark)
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")

    assert page.problems == []
    assert page.requests == [report.as_uri()]
    scroll, client = _widths(page)
    assert client == width
    assert scroll <= client


def test_bare_page_opens_quietly_and_fits(page: Page, bare_report: Path) -> None:
    page.open(bare_report, 375)

    assert page.problems == []
    assert page.requests == [bare_report.as_uri()]
    scroll, client = _widths(page)
    assert scroll <= client


def test_hostile_names_run_nothing(page: Page, report: Path) -> None:
    page.open(report, 1280)

    # A script that came with the input would have been refused, loudly, or would be in the page.
    assert page.problems == []
    assert page.evaluate("document.scripts.length") == 2


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_has_contrast(page: Page, report: Path, dark: bool) -> None:
    """Every text reaches 4.5:1 against the background it stands on (WCAG AA)."""
    page.open(report, 1280, dark=dark)
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")

    assert page.evaluate(_POOR_CONTRAST) == []


def test_findings_filter_and_sort(page: Page, report: Path) -> None:
    page.open(report, 1280)

    def shown() -> object:
        return page.evaluate(
            "[...document.querySelectorAll('.finding:not([hidden])')].map(f => f.dataset.rank)"
        )

    _choose(page, "severity", "red")
    assert shown() == ["1", "2"]
    _choose(page, "severity", "")
    _choose(page, "order", "assist")
    assert shown() == ["2", "1", "3", "4", "5", "6", "7"]
    page.evaluate("search.value = 'churn.go'; search.dispatchEvent(new Event('input'))")
    assert shown() == ["4"]
    page.evaluate("search.value = 'no such thing'; search.dispatchEvent(new Event('input'))")
    assert page.evaluate("document.getElementById('nomatch').hidden") is False
    assert page.problems == []


def test_tables_sort_by_value(page: Page, report: Path) -> None:
    page.open(report, 1280)
    page.evaluate("document.querySelector('#sites th:nth-child(3) button').click()")

    first = page.evaluate("document.querySelector('#sites tbody tr').cells[2].textContent")
    assert first == "4.02 k"  # by value: 4.02 k before 412


def test_timeline_zooms_and_reads_values(page: Page, report: Path) -> None:
    page.open(report, 1280)
    page.evaluate("document.querySelector('[data-zoom=in]').click()")
    assert page.evaluate("document.querySelector('.plot svg').getAttribute('viewBox')") == (
        "2500 0 5000 100"
    )
    page.evaluate("document.querySelector('[data-zoom=reset]').click()")
    page.evaluate("document.getElementById('timeline').scrollIntoView()")
    x, y = _middle(page, ".plot svg")
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    assert "heap" in str(page.evaluate("document.getElementById('reading').textContent"))
    assert page.problems == []


def test_works_without_scripts(page: Page, report: Path) -> None:
    page.open(report, 375, scripts=False)

    scroll, client = _widths(page)
    assert scroll <= client
    # Controls that need a script are not shown; the first findings are open.
    assert page.evaluate("document.querySelector('.needs-script').hidden") is True
    assert page.evaluate("document.querySelector('.finding').open") is True


def _widths(page: Page) -> tuple[int, int]:
    root = "document.documentElement"
    found = page.evaluate(f"[{root}.scrollWidth, {root}.clientWidth]")
    assert isinstance(found, list)
    return found[0], found[1]


def _choose(page: Page, control: str, value: str) -> None:
    page.evaluate(
        f"document.getElementById('{control}').value = '{value}';"
        f"document.getElementById('{control}').dispatchEvent(new Event('change'))"
    )


def _middle(page: Page, selector: str) -> tuple[float, float]:
    found = page.evaluate(
        f"(() => {{ const box = document.querySelector('{selector}').getBoundingClientRect();"
        " return [box.left + box.width / 2, box.top + box.height / 2]; })()"
    )
    assert isinstance(found, list)
    return found[0], found[1]


_POOR_CONTRAST = """
(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  function ground(element) {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0.99) return color;
    }
    return [255, 255, 255];
  }
  const poor = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !parent.checkVisibility()) continue;
    if (parent.closest("script, style, title, option, #tip, .skip")) continue;
    const style = getComputedStyle(parent);
    const ink = light(parse(parent.closest("svg") ? style.fill : style.color));
    const paper = light(ground(parent));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (ratio < 4.5) poor.add(`${parent.tagName}.${parent.className}: ${ratio.toFixed(2)}`);
  }
  return [...poor];
})()
"""
