"""The three JSON documents of `growwork trace`: schemas, stable shapes, bytes."""

from __future__ import annotations

import io
import json

import jsonschema
import pytest
from referencing import Registry, Resource

from growwork.analysis.trace.types import TraceAnalysis
from growwork.report.encoding import encode_members
from growwork.report.schemas import load_schema, load_schemas
from growwork.report.trace import comparison_json as trace_comparison_json
from growwork.report.trace import json as trace_json
from growwork.report.trace import rank as trace_rank
from tests.conftest import CheckGolden
from tests.report.trace.sample import (
    bare_analysis,
    full_analysis,
    full_comparison,
    full_ranking,
)


def _render(analysis: TraceAnalysis) -> str:
    out = io.StringIO()
    trace_json.render_json(analysis, out)
    return out.getvalue()


def _rendered(name: str) -> str:
    out = io.StringIO()
    if name == "trace-rank":
        trace_rank.render_json(full_ranking(), out)
    elif name == "trace-comparison":
        trace_comparison_json.render_json(full_comparison(), out)
    else:
        trace_json.render_json(full_analysis(), out)
    return out.getvalue()


def _validator(name: str) -> jsonschema.Draft202012Validator:
    resources = [Resource.from_contents(schema) for schema in load_schemas()]
    registry = Registry().with_resources([(r.id() or "", r) for r in resources])
    return jsonschema.Draft202012Validator(load_schema(name), registry=registry)


DOCUMENTS = ("trace", "trace-rank", "trace-comparison")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_matches_its_schema(name: str) -> None:
    document = json.loads(_rendered(name))

    _validator(name).validate(document)
    assert document["schema"] == f"growwork/{name}/1"
    assert set(document) == set(load_schema(name)["properties"])  # type: ignore[arg-type]


def test_a_trace_without_anything_matches_too() -> None:
    _validator("trace").validate(json.loads(_render(bare_analysis())))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schema_rejects_what_lacks_a_member(name: str) -> None:
    document = json.loads(_rendered(name))
    for member in document:
        less = {key: value for key, value in document.items() if key != member}
        assert not _validator(name).is_valid(less), member


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("trace", ("spikes", 0, "duration_ns"), "long"),
        ("trace", ("mmu", 0, "utilization"), 1.5),
        ("trace", ("pauses", 0, "frames", 0, "line"), None),
        ("trace-rank", ("by",), "size"),
        ("trace-rank", ("traces", 0, "scores", "pause_max_ns"), -1),
        ("trace-comparison", ("quantities", 0, "verdict"), "perhaps"),
        ("trace-comparison", ("quantities", 0, "after", "count"), None),
    ],
)
def test_schema_rejects_a_wrong_value(
    name: str, path: tuple[str | int, ...], value: object
) -> None:
    document = json.loads(_rendered(name))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    assert not _validator(name).is_valid(document)


def test_shapes_that_scripts_rely_on() -> None:
    document = json.loads(_render(full_analysis()))

    assert list(document)[:2] == ["schema", "trace"]
    assert {"go_version", "duration_ns", "events", "generations"} <= set(document["trace"])
    pause = document["pauses"][100]
    assert (pause["kind"], pause["duration_ns"]) == ("GC mark termination", 52_000_000)
    assert {"start_ns", "stopping_ns", "frames"} <= set(pause)
    assert document["pauses"][6]["stopping_ns"] is None
    assists = document["assists"]
    assert (assists["count"], assists["map_growth_ns"]) == (9_412, 412_000_000)
    assert assists["by_site"][0] == {
        "function": "example.com/shop/internal/catalog.(*Index).Add",
        "file": "/src/shop/internal/catalog/index.go",
        "line": 91,
        "class": "map-growth",
        "count": 310,
        "total_ns": 399_000_000,
        "max_ns": 17_250_000,
    }
    spike = document["spikes"][0]
    assert {"start_ns", "duration_ns", "goroutine", "causes", "frames"} <= set(spike)
    assert spike["causes"][1]["goroutine"] == 33


def test_stacks_that_are_shared_are_written_whole() -> None:
    """Sharing them while encoding must not be seen in the document."""
    analysis = full_analysis()

    document = trace_json.trace_document(analysis)

    plain = encode_members(analysis)
    assert document["pauses"] == plain["pauses"]
    assert document["gc_cycles"] == plain["gc_cycles"]
    assert document["spikes"] == plain["spikes"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_bytes_are_stable_ascii_and_a_row_a_line(name: str) -> None:
    text = _rendered(name)

    assert text == _rendered(name)
    assert text.isascii()
    rows = [line.rstrip(",") for line in text.splitlines() if line.startswith("    {")]
    assert all(json.loads(row) for row in rows)
    assert len(rows) >= 2


def test_golden_bare(check_golden: CheckGolden) -> None:
    check_golden("report/trace_bare.json", _render(bare_analysis()))


def test_golden_comparison(check_golden: CheckGolden) -> None:
    check_golden("report/trace_comparison.json", _rendered("trace-comparison"))
