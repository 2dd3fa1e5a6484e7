from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import pytest

from growwork.capture.overlay import collector_files, write_overlay
from growwork.capture.packages import GoPackage
from growwork.core.errors import ToolError, UsageError

GOROOT = Path("/opt/go")
SHOP = GoPackage(Path("/src/cmd/shop"), "main", "example.com/shop/cmd/shop", False, False)


def replaced(path: Path) -> dict[str, str]:
    document = json.loads(path.read_text())
    assert list(document) == ["Replace"]
    return dict(document["Replace"])


def test_the_collector_becomes_a_package_of_the_standard_library(tmp_path: Path) -> None:
    overlay = write_overlay(tmp_path, goroot=GOROOT)
    names = {Path(path).name for path in replaced(overlay.path)}
    assert all(path.startswith("/opt/go/src/growwork/probe/") for path in replaced(overlay.path))
    assert {"probe.go", "observe.go", "exithook_go121.go", "exithook_go123.go"} <= names
    assert "exithook_module.go" not in names  # would define the same thing again


def test_its_files_are_old_enough_for_the_package_index(tmp_path: Path) -> None:
    dates = set()
    for facts in (b"[1]", b"[2]"):
        overlay = write_overlay(tmp_path, goroot=GOROOT, embedded_facts=facts)
        dates |= {Path(path).stat().st_mtime for path in replaced(overlay.path).values()}
    assert max(dates) < 600_000_000
    assert len(dates) == len(collector_files()) + 1  # other content, another date


def test_a_main_package_imports_it(tmp_path: Path) -> None:
    overlay = write_overlay(tmp_path, goroot=GOROOT, mains=[SHOP])
    added = Path("/src/cmd/shop/growwork_probe.go")
    assert overlay.added == (added,)
    text = Path(replaced(overlay.path)[str(added)]).read_text()
    assert text == 'package main\n\nimport _ "growwork/probe"\n'


@pytest.mark.parametrize(("internal", "name"), [(True, "cart"), (False, "cart_test")])
def test_a_test_file_joins_the_tests_there_are(tmp_path: Path, internal: bool, name: str) -> None:
    package = GoPackage(Path("/src/cart"), "cart", "example.com/cart", internal, not internal)
    overlay = write_overlay(tmp_path, goroot=GOROOT, tests=[package])
    text = Path(replaced(overlay.path)["/src/cart/growwork_probe_test.go"]).read_text()
    assert text.startswith(f"package {name}\n")


def test_sources_are_replaced(tmp_path: Path) -> None:
    sources = {Path("/src/b.go"): b"package b\n", Path("/src/a.go"): b"package a\n"}
    overlay = write_overlay(tmp_path, goroot=GOROOT, sources=sources)
    for path, content in sources.items():
        assert Path(replaced(overlay.path)[str(path)]).read_bytes() == content


def test_facts_travel_in_the_binary(tmp_path: Path) -> None:
    overlay = write_overlay(tmp_path, goroot=GOROOT, embedded_facts=b'{"sites": []}')
    text = Path(replaced(overlay.path)["/opt/go/src/growwork/probe/facts.go"]).read_text()
    packed = text.split('embeddedFacts = "')[1].split('"')[0]
    assert gzip.decompress(base64.b64decode(packed)) == b'{"sites": []}'


def test_the_users_own_overlay_is_kept(tmp_path: Path) -> None:
    base = tmp_path / "theirs.json"
    base.write_text(json.dumps({"Replace": {"/src/gen.go": "/tmp/gen.go"}}))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    overlay = write_overlay(scratch, goroot=GOROOT, mains=[SHOP], base=base)
    assert replaced(overlay.path)["/src/gen.go"] == "/tmp/gen.go"
    with pytest.raises(UsageError, match=r"already replaces /src/gen\.go"):
        write_overlay(scratch, goroot=GOROOT, sources={Path("/src/gen.go"): b""}, base=base)


def test_a_foreign_overlay_file_is_a_clear_line(tmp_path: Path) -> None:
    base = tmp_path / "theirs.json"
    base.write_text("[]")
    with pytest.raises(UsageError, match=r"theirs\.json is no overlay"):
        write_overlay(tmp_path, goroot=GOROOT, base=base)


def test_a_goroot_with_the_package_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "src/growwork/probe").mkdir(parents=True)
    with pytest.raises(ToolError, match="pristine"):
        write_overlay(tmp_path, goroot=tmp_path)


def test_every_collector_file_is_shipped() -> None:
    assert all(file.is_file() for file in collector_files())
