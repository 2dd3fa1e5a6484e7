"""The JSON document: its schema, its stable shapes, its bytes."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import jsonschema
import pytest
from referencing import Registry, Resource

from growwork.analysis.comparison import Comparison
from growwork.core.errors import UsageError
from growwork.report import comparison_json, diagnosis_json
from growwork.report.encoding import encode
from growwork.report.schemas import load_schema, load_schemas, schema_names
from growwork.rules.types import Cost, Diagnosis, Measure
from tests.conftest import CheckGolden
from tests.report.sample import bare_diagnosis, full_comparison, full_diagnosis

SITE_MEMBERS = ["file", "line", "function", "kind", "key_type", "elem_type"]
FINDING_MEMBERS = {
    "rule", "severity", "site", "cost", "advice", "edit", "confidence", "warnings",
}  # fmt: skip


def _render(diagnosis: Diagnosis, comparison: Comparison | None = None) -> str:
    out = io.StringIO()
    diagnosis_json.render_json(diagnosis, out, comparison)
    return out.getvalue()


def _validator(name: str) -> jsonschema.Draft202012Validator:
    resources = [Resource.from_contents(schema) for schema in load_schemas()]
    registry = Registry().with_resources([(r.id() or "", r) for r in resources])
    return jsonschema.Draft202012Validator(load_schema(name), registry=registry)


def test_schemas_are_schemas() -> None:
    assert {"diagnosis", "comparison"} <= set(schema_names())
    for schema in load_schemas():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_unknown_schema_names_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"no schema 'nope'; there are comparison, diagnosis"):
        load_schema("nope")


@pytest.mark.parametrize(
    ("diagnosis", "comparison"),
    [
        pytest.param(full_diagnosis(), full_comparison(), id="full"),
        pytest.param(full_diagnosis(), None, id="without-comparison"),
        pytest.param(bare_diagnosis(), None, id="bare"),
    ],
)
def test_document_matches_its_schema(diagnosis: Diagnosis, comparison: Comparison | None) -> None:
    document = json.loads(_render(diagnosis, comparison))

    _validator("diagnosis").validate(document)
    assert document["schema"] == "growwork/diagnosis/1"


@pytest.mark.parametrize("broken", ["findings", "pauses", "recording", "warnings", "schema"])
def test_schema_rejects_a_document_without_a_member(broken: str) -> None:
    document = json.loads(_render(full_diagnosis()))
    del document[broken]

    with pytest.raises(jsonschema.ValidationError):
        _validator("diagnosis").validate(document)


def test_schema_rejects_an_unknown_severity() -> None:
    document = json.loads(_render(full_diagnosis()))
    document["findings"][0]["severity"] = "purple"

    with pytest.raises(jsonschema.ValidationError):
        _validator("diagnosis").validate(document)


def test_every_member_the_schema_knows_is_required_of_us() -> None:
    """A field that a result loses, or that is renamed, must not vanish silently."""
    document = json.loads(_render(full_diagnosis(), full_comparison()))
    schema = load_schema("diagnosis")

    assert set(document) == set(schema["properties"])  # type: ignore[arg-type]


def test_stable_shapes() -> None:
    document = json.loads(_render(full_diagnosis()))

    for finding in document["findings"]:
        assert finding.keys() >= FINDING_MEMBERS
        assert list(finding["site"])[:6] == SITE_MEMBERS
    first = document["findings"][0]
    assert first["rule"] == "GW101"
    assert first["site"]["file"] == "internal/catalog/index.go"
    assert first["site"]["line"] == 41
    assert first["cost"]["pause_ns"] is None
    assert first["edit"]["offset"] == 41 * 40
    sizes = document["capacities"][1]
    assert sizes["capacity"]["p95"] == 4096
    assert sizes["growth_garbage_bytes"] == sizes["allocations"]["garbage_bytes"]
    assert document["assists"]["by_site"][0]["class"] == "map-growth"


def test_findings_keep_their_order() -> None:
    diagnosis = full_diagnosis()

    document = json.loads(_render(diagnosis))

    assert [f["title"] for f in document["findings"]] == [f.title for f in diagnosis.findings]


def test_same_input_gives_same_bytes() -> None:
    assert _render(full_diagnosis()) == _render(full_diagnosis())


def test_document_is_ascii() -> None:
    assert _render(full_diagnosis(), full_comparison()).isascii()


def test_a_number_that_is_not_finite_is_null() -> None:
    diagnosis = full_diagnosis()
    cost = Cost(bytes=Measure(float("inf"), "heap profile", float("nan"), 1e300))
    changed = replace(diagnosis, findings=(replace(diagnosis.findings[0], cost=cost),))

    document = json.loads(_render(changed))

    measure = document["findings"][0]["cost"]["bytes"]
    assert measure == {"value": None, "source": "heap profile", "low": None, "high": int(1e300)}


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="set has no JSON form"):
        encode({1})


def test_golden_bare(check_golden: CheckGolden) -> None:
    check_golden("report/diagnosis_bare.json", _render(bare_diagnosis()))


def test_golden_finding(check_golden: CheckGolden) -> None:
    """One finding, its site and one cycle: the document's shapes, in a file of readable size."""
    full = full_diagnosis(1)
    small = replace(
        full,
        findings=full.findings[:1],
        capacities=full.capacities[2:3],
        lengths=full.lengths[:1],
        heap=full.heap[:2],
        pauses=full.pauses[:1],
        assists=replace(full.assists, by_site=full.assists.by_site[:1]) if full.assists else None,
    )

    check_golden("report/diagnosis_one_finding.json", _render(small))


def test_comparison_matches_its_schema(check_golden: CheckGolden) -> None:
    out = io.StringIO()
    comparison_json.render_json(full_comparison(), out)

    _validator("comparison").validate(json.loads(out.getvalue()))
    check_golden("report/comparison.json", out.getvalue())
