"""The demo's own parts; the loop as a whole is run with a small load."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from growwork.analysis.comparison import Comparison
from growwork.cli import app
from growwork.workflow.demo import _with_answers

BARE = Comparison("t", 5, "before, after", (), (), (("toolchain", "go1.26.8"),), ())


def log(*digests: str) -> str:
    return "serving\n" + "".join(json.dumps({"digest": one}) + "\n" for one in digests)


def test_equal_answers_are_said() -> None:
    assert _with_answers(BARE, log("a", "a", "a")).environment[-1] == (
        "answers",
        "the same in all 3 runs",
    )


def test_different_answers_are_a_warning() -> None:
    result = _with_answers(BARE, log("a", "b"))
    assert result.environment == BARE.environment
    assert "different answers: digests a, b" in result.warnings[0]


def test_an_occupied_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    out, err = io.StringIO(), io.StringIO()
    assert app.run(["demo", "-o", str(tmp_path)], out, err) == 2
    assert "is not empty" in err.getvalue()
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.needs_go
def test_the_whole_loop_ends_with_a_comparison(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    out, err = io.StringIO(), io.StringIO()
    code = app.run(["demo", "-o", str(folder), "--", "-requests", "2500"], out, err)
    assert code == 0, err.getvalue()
    text = out.getvalue()
    assert "GW101" in text
    assert "Before and after" in text
    comparison = json.loads((folder / "comparison.json").read_text())
    assert comparison["pairs"] == 5
    assert {"name": "answers", "value": "the same in all 11 runs"} in comparison["environment"]
    totals = {metric["name"]: metric for metric in comparison["totals"]}
    # Every run allocates the same within a per cent, so the edits must show here.
    assert totals["map array bytes"]["moved"]
    assert totals["map array bytes"]["ratio_high"] < 0.9
    assert (folder / "report.html").read_text().count("<html") == 1
    assert json.loads((folder / "diagnosis.json").read_text())["findings"]
