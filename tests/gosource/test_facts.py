"""Running the helper: modules, workspaces, tags, and what is said about bad input."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from growwork.core.errors import ToolError, UsageError
from growwork.gosource import analyse_module
from growwork.gosource.helper import helper_binary
from growwork.gosource.toolchain import Toolchain, run_go, run_tool
from tests.gosource.modules import analyse, toolchain, write_module

pytestmark = pytest.mark.needs_go

RELEASES = ("1.21.13", "1.23.9", "1.24.11", "1.27.3")
MAP = "package m\n\nvar m = make(map[int]int) //: site\n"


def test_a_folder_without_a_module(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is not in a Go module.*; name the module's folder"):
        analyse_module(toolchain(), tmp_path)
    with pytest.raises(UsageError, match=r"nowhere is not a folder"):
        analyse_module(toolchain(), tmp_path / "nowhere")


def test_patterns_that_match_nothing(tmp_path: Path) -> None:
    write_module(tmp_path, {"m.go": MAP})
    with pytest.raises(UsageError, match=r"\./nothing matches no Go source in .*"):
        analyse_module(toolchain(), tmp_path, ["./nothing"])


def test_a_toolchain_that_is_too_old(tmp_path: Path) -> None:
    old = toolchain("1.21.13")
    write_module(tmp_path, {"m.go": MAP}, language="1.23.5")
    with pytest.raises(ToolError, match=r"wants Go 1\.23\.5 or newer, .* is Go 1\.21"):
        analyse_module(old, tmp_path)


@pytest.mark.slow  # a helper is compiled for each release
@pytest.mark.parametrize("release", RELEASES)
def test_every_release_finds_the_same(tmp_path: Path, release: str) -> None:
    files = {
        "m.go": MAP + "\nfunc f(list []int) {\n\tfor i := range list {\n\t\tm[i] = 1\n\t}\n}\n"
    }
    got = analyse(tmp_path, files, go=release)
    (line,) = got.facts.growth_lines
    assert got.facts.go_version == f"go{release}"
    assert line.sites == (got.site("site").position,)


NAMED = """package main

import (
	"fmt"
	"path/filepath"
	"runtime"
)

// size prints where it is called from; every map below is made on the line of such a call.
func size() int {
	pc, file, line, _ := runtime.Caller(1)
	fmt.Println(runtime.FuncForPC(pc).Name(), filepath.Base(file), line)
	return 9
}

type plain struct{ m map[int]int }

func (p plain) value()    { p.m = make(map[int]int, size()) }
func (p *plain) pointer() { p.m = make(map[int]int, size()) }

type box[K comparable, V any] struct{ m map[K]V }

func (b *box[K, V]) fill() { b.m = make(map[K]V, size()) }

func generic[K comparable]() map[K]bool { return make(map[K]bool, size()) }

func init() { _ = make(map[int]int, size()) }

func init() { _ = make(map[int]string, size()) }

var global = make(map[int]int, size())

var closure = func() map[int]int { return make(map[int]int, size()) }

func main() {
	plain{}.value()
	new(plain).pointer()
	new(box[string, int]).fill()
	generic[int]()
	closure()
	func() {
		defer func() { _ = make(map[int]int, size()) }()
		go func() {}()
		func() {
			_ = make(map[int]int, size())
			func() { _ = make(map[int]int, size()) }()
		}()
	}()
	for i := 0; i < 1; i++ {
		func() { _ = make(map[int]int, size()) }()
	}
	_ = make(map[int]int,
		size())
}
"""


@pytest.mark.parametrize(
    "release", [None, *(pytest.param(release, marks=pytest.mark.slow) for release in RELEASES)]
)
def test_functions_are_named_as_the_runtime_names_them(tmp_path: Path, release: str | None) -> None:
    got = analyse(tmp_path, {"main.go": NAMED}, go=release)
    # Inlining renames closures; a profile has their lines then, which is what joins use.
    ran = run_go(toolchain(release), ["run", "-gcflags=-l", "."], cwd=tmp_path)
    printed = {tuple(line.split(" ")) for line in ran.stdout.decode().splitlines()}
    lines = {(site.function, "main.go", str(site.position.line)) for site in got.facts.sites}
    assert len(printed) == 13
    last = max(printed, key=lambda line: int(line[2]))  # a call over two lines: its own, not make's
    assert printed - {last} == lines - {(last[0], last[1], str(int(last[2]) - 1))}


def test_packages_that_do_not_compile_are_warned_about(tmp_path: Path) -> None:
    got = analyse(
        tmp_path,
        {
            "m.go": MAP,
            "bad/bad.go": 'package bad\n\nimport "example.com/none"\n\n'
            "func f() {\n\tm := make(map[int]none.T) //: bad\n\tm[1] = 2\n}\n",
        },
    )
    assert got.site("site").key_bytes == 8
    assert got.site("bad").elem_bytes is None
    assert any("example.com/none" in warning for warning in got.facts.warnings)


def test_workspaces(tmp_path: Path) -> None:
    (tmp_path / "go.work").write_text("go 1.21\n\nuse (\n\t./a\n\t./b\n)\n", encoding="utf-8")
    for name in ("a", "b"):
        write_module(tmp_path / name, {"m.go": MAP})
        (tmp_path / name / "go.mod").write_text(f"module example.com/{name}\n\ngo 1.21\n")
    both = analyse_module(toolchain(), tmp_path)
    assert both.module == "example.com/a, example.com/b"
    assert [str(site.position) for site in both.sites] == ["a/m.go:3:9", "b/m.go:3:9"]
    one = analyse_module(toolchain(), tmp_path / "a")
    assert (one.module, len(one.sites)) == ("example.com/a", 1)


def test_modules_below_are_named(tmp_path: Path) -> None:
    write_module(tmp_path, {"m.go": MAP})
    write_module(tmp_path / "tools" / "gen", {"m.go": MAP})
    facts = analyse_module(toolchain(), tmp_path)
    assert len(facts.sites) == 1
    assert facts.warnings == ("not analysed, because it is a module of its own: tools/gen",)


def test_tags_and_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_module(
        tmp_path,
        {
            "m.go": MAP,
            "tagged.go": "//go:build extra\n\npackage m\n\nvar x = map[int]int{}\n",
            "m_386.go": "package m\n\nvar y = map[*int]string{}\n",
        },
    )
    assert len(analyse_module(toolchain(), tmp_path).sites) == 1
    assert len(analyse_module(toolchain(), tmp_path, tags=["extra"]).sites) == 2
    monkeypatch.setenv("GOARCH", "386")
    facts = analyse_module(toolchain(), tmp_path)
    assert facts.goarch == "386"
    assert {(s.key_type, s.key_bytes, s.elem_bytes) for s in facts.sites} == {
        ("int", 4, 4),
        ("*int", 4, 8),
    }


def test_an_overlay_replaces_and_adds_files(tmp_path: Path) -> None:
    root = tmp_path / "module"
    write_module(root, {"m.go": MAP, "old/old.go": "package old\n"})
    replaced, added = tmp_path / "a.go", tmp_path / "b.go"
    replaced.write_text("package m\n\nvar m = make(map[int]int, 50)\n", encoding="utf-8")
    added.write_text("package new\n\nvar m = map[int]string{}\n", encoding="utf-8")
    overlay = tmp_path / "overlay.json"
    contents = {str(root / "m.go"): str(replaced), str(root / "new/new.go"): str(added)}
    overlay.write_text(json.dumps({"Replace": contents}), encoding="utf-8")
    facts = analyse_module(toolchain(), root, overlay=overlay)
    assert [(s.position.file, s.hint) for s in facts.sites] == [
        ("m.go", "50"),
        ("new/new.go", None),
    ]
    by_name = {file.path: file for file in facts.files}
    assert by_name["m.go"].sha256 == hashlib.sha256(replaced.read_bytes()).hexdigest()
    assert by_name["m.go"].compiled_path == str(root / "m.go")


def test_test_files(tmp_path: Path) -> None:
    files = {
        "m.go": "package m\n\nfunc put(m map[int]int) { m[1] = 2 } //: growth\n",
        "m_test.go": 'package m\n\nimport "testing"\n\nfunc TestX(t *testing.T) {\n'
        "\tput(make(map[int]int)) //: inside\n}\n",
        "x_test.go": 'package m_test\n\nimport (\n\t"testing"\n\n\t_ "example.com/m"\n)\n\n'
        "func TestY(t *testing.T) {\n\tm := make(map[int]int) //: outside\n\tm[1] = 2\n}\n",
    }
    without = analyse(tmp_path / "a", files)
    assert without.facts.sites == ()
    tests = analyse(tmp_path / "b", files, tests=True)
    assert tests.joined("growth") == {"inside"}
    assert tests.site("outside").function == "example.com/m_test.TestY"
    assert [file.path for file in tests.facts.files] == ["m.go", "m_test.go", "x_test.go"]


def test_the_helper_is_built_once(tmp_path: Path) -> None:
    first = helper_binary(toolchain(), cache=tmp_path)
    stamp = first.stat().st_mtime_ns
    assert helper_binary(toolchain(), cache=tmp_path) == first
    assert first.stat().st_mtime_ns == stamp
    assert [path.name for path in first.parent.iterdir()] == [first.name]


def test_the_helper_ignores_the_target_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOS", "windows")
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    binary = helper_binary(toolchain(), cache=tmp_path)
    assert run_tool([str(binary), "-h"], cwd=tmp_path, check=False).stderr.startswith(b"Usage")


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ToolError, match=r"cannot write the cache folder .*; set GROWWORK_CACHE"):
        helper_binary(toolchain(), cache=tmp_path / "file")


def test_a_failing_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"`.*go nonsense` failed with exit status 2: .*unknown"):
        run_go(toolchain(), ["nonsense"], cwd=tmp_path)
    absent = Toolchain(tmp_path / "go", tmp_path, toolchain().version)
    with pytest.raises(ToolError, match=r"cannot run `.*/go version`: No such file"):
        run_go(absent, ["version"], cwd=tmp_path)
    with pytest.raises(ToolError, match=r"did not finish within 0 s"):
        run_tool(["sleep", "5"], cwd=tmp_path, timeout_s=0.1)
