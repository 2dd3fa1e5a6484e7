"""The main job on a real run: every planted case is found, no control map is reported.

One classic toolchain and one Swiss, recorded under the service's own load.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from growwork.gocode import module_dir
from growwork.rules.types import Diagnosis
from growwork.workflow.diagnose import diagnose
from growwork.workflow.record import RecordConsole, RecordOptions, record
from tests.e2e.storefront_cases import CASES, CONTROLS, ControlSite, PlantedCase, line_of
from tests.gotoolchains import require_go

CLASSIC = "1.23.9"
SOURCE = module_dir("storefront")

pytestmark = [pytest.mark.needs_go]


DIAGNOSES: dict[str | None, Diagnosis] = {}


@pytest.fixture(params=[CLASSIC, None], ids=["classic", "swiss"])
def diagnosis(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Diagnosis:
    release: str | None = request.param
    if release is not None:
        require_go(f"go{release}")
    # Kept here: a parametrized fixture of any scope is made again when tests change the parameter.
    if release not in DIAGNOSES:
        DIAGNOSES[release] = diagnose(recorded(release, tmp_path_factory))
    return DIAGNOSES[release]


def recorded(release: str | None, factory: pytest.TempPathFactory) -> Path:
    folder = factory.mktemp("storefront") / "recording"
    with (folder.parent / "stdout").open("wb") as stdout:
        record(
            RecordOptions(
                command=("go", "run", "./cmd/storefront"),
                output=folder,
                directory=SOURCE,
                go=release,
            ),
            RecordConsole(stdout=stdout.fileno(), stderr=lambda _: None),
        )
    return folder


def rules_by_place(diagnosis: Diagnosis) -> dict[tuple[str, int], set[str]]:
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for finding in diagnosis.findings:
        position = finding.site.position
        found[position.file, position.line].add(finding.rule)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_planted_case_is_found(diagnosis: Diagnosis, case: PlantedCase) -> None:
    rules = rules_by_place(diagnosis)[case.file, line_of(SOURCE, case)]
    assert case.required in rules
    assert rules <= case.rules


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_control_is_left_alone(diagnosis: Diagnosis, control: ControlSite) -> None:
    assert not rules_by_place(diagnosis)[control.file, line_of(SOURCE, control)]


def test_nothing_else_is_reported(diagnosis: Diagnosis) -> None:
    planted = {(case.file, line_of(SOURCE, case)) for case in CASES}
    assert set(rules_by_place(diagnosis)) <= planted


def test_the_known_size_is_an_expression_and_the_stable_one_a_constant(
    diagnosis: Diagnosis,
) -> None:
    edits = {
        (finding.site.position.file, finding.site.position.line): finding.edit
        for finding in diagnosis.findings
        if finding.rule == "GW101"
    }
    by_name = {case.name: edits.get((case.file, line_of(SOURCE, case))) for case in CASES}
    known = by_name["product index filled from a slice"]
    stable = by_name["facets of a stable number of values"]
    assert known is not None
    assert "len(list)" in known.new_text
    assert stable is not None
    assert stable.new_text.strip(", ").isdigit()


def test_the_source_is_untouched(diagnosis: Diagnosis) -> None:
    """Recording injects through an overlay: nothing of it is left in the tree."""
    assert diagnosis.findings
    left = [file for file in SOURCE.rglob("*") if "growworkprobe" in _text(file)]
    assert left == []


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.suffix == ".go" else ""
