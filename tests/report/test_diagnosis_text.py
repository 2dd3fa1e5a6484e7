"""The terminal report: golden at two widths, and what must hold at any."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len

from growwork.report import comparison_text
from growwork.report.diagnosis_text import render_text
from growwork.rules.types import Diagnosis
from tests.conftest import CheckGolden
from tests.report.sample import bare_diagnosis, full_comparison, full_diagnosis

ESCAPE = "\x1b["


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def _render(diagnosis: Diagnosis, width: int = 100, *, color: bool | None = False) -> str:
    out = io.StringIO()
    render_text(diagnosis, out, width=width, color=color)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 124])
def test_golden(width: int, check_golden: CheckGolden) -> None:
    check_golden(f"report/diagnosis_{width}.txt", _render(full_diagnosis(), width))


def test_golden_bare(check_golden: CheckGolden) -> None:
    check_golden("report/diagnosis_bare.txt", _render(bare_diagnosis(), 80))


@pytest.mark.parametrize("width", [60, 80, 100, 132])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    lines = _render(full_diagnosis(), width).splitlines()

    assert max(cell_len(line) for line in lines) <= width


def test_no_line_ends_in_blanks() -> None:
    assert not re.search(r"[ \t]\n", _render(full_diagnosis()))


def test_a_pipe_gets_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")  # read by rich; our own rule decides

    assert ESCAPE not in _render(full_diagnosis(), color=None)


def test_a_terminal_gets_colour_unless_told_not_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = Terminal()
    render_text(full_diagnosis(), coloured)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    render_text(full_diagnosis(), plain)

    assert ESCAPE in coloured.getvalue()
    assert ESCAPE not in plain.getvalue()


def test_colour_changes_nothing_but_colour() -> None:
    coloured = re.sub(r"\x1b\[[0-9;]*m", "", _render(full_diagnosis(), color=True))

    assert [line.rstrip() for line in coloured.splitlines()] == _render(
        full_diagnosis()
    ).splitlines()


def test_names_are_not_read_as_markup() -> None:
    text = _render(full_diagnosis(), 132)

    assert "[bold]every[/bold]" in text
    assert "map[struct{ Tenant string" in text


def test_findings_beyond_the_top_are_counted() -> None:
    out = io.StringIO()
    render_text(full_diagnosis(), out, width=100, color=False, top=3)

    assert "… 4 more findings (--format json shows all)" in out.getvalue()
    assert "GW104" not in out.getvalue()


def test_an_ascii_stream_gets_question_marks_not_an_error() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    render_text(full_diagnosis(), out, width=80)
    out.flush()

    assert b"GW101 Map grows" in raw.getvalue()


def test_every_warning_and_limit_is_shown() -> None:
    diagnosis = full_diagnosis()
    text = " ".join(_render(diagnosis, 132).split())

    weak = [*diagnosis.warnings, *(w for f in diagnosis.findings for w in f.warnings)]
    for words in [*weak, *(limit.reason for limit in diagnosis.limits)]:
        assert words in text


@pytest.mark.parametrize("width", [80, 120])
def test_comparison_golden(width: int, check_golden: CheckGolden) -> None:
    out = io.StringIO()
    comparison_text.render_text(full_comparison(), out, width=width, color=False)

    check_golden(f"report/comparison_{width}.txt", out.getvalue())
    assert max(cell_len(line) for line in out.getvalue().splitlines()) <= width


def test_a_metric_that_did_not_move_says_so() -> None:
    out = io.StringIO()
    comparison_text.render_text(full_comparison(), out, width=120, color=False)
    rows = {line.split("  ")[1]: line for line in out.getvalue().splitlines() if "  " in line}

    assert "not moved" in rows["peak heap"]
    assert "−28.2 %" in out.getvalue()
