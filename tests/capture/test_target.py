from __future__ import annotations

import stat
from pathlib import Path

from growwork.capture.overlay import collector_files
from growwork.capture.target import (
    CollectorSettings,
    copy_binary,
    has_collector,
    is_go_binary,
    target_environment,
)


def settings(folder: Path) -> CollectorSettings:
    return CollectorSettings(folder, rate_bytes=65536, trace_limit_bytes=1 << 20, skip=("cpu",))


def test_the_collector_is_told_by_the_environment(tmp_path: Path) -> None:
    env = target_environment({"HOME": "/h", "GODEBUG": "x=1"}, settings(tmp_path))
    assert env["GODEBUG"] == "x=1,gctrace=1,memprofilerate=65536"
    assert env["GROWWORK_GODEBUG"] == "x=1"
    assert env["GROWWORK_RECORDING"] == str(tmp_path)
    assert env["GROWWORK_SKIP"] == "cpu"
    assert env["HOME"] == "/h"


def test_without_a_collector_only_the_gc_log_is_asked_for() -> None:
    env = target_environment({"HOME": "/h"}, None)
    assert env == {"HOME": "/h", "GODEBUG": "gctrace=1"}


def test_the_marker_is_the_collectors_own(tmp_path: Path) -> None:
    source = b"".join(file.read_bytes() for file in collector_files())
    binary = tmp_path / "binary"
    binary.write_bytes(b"\x7fELF" + source)
    assert has_collector(binary)
    binary.write_bytes(b"\x7fELF\xff Go buildinf:")
    assert not has_collector(binary)
    assert is_go_binary(binary)
    binary.write_bytes(b"")
    assert not has_collector(binary)


def test_a_copied_binary_is_safe_from_the_next_build(tmp_path: Path) -> None:
    binary = tmp_path / "shop"
    binary.write_bytes(b"first")
    copy_binary(binary, tmp_path / "theirs", ours=False)
    copy_binary(binary, tmp_path / "linked", ours=True)
    binary.write_bytes(b"second")
    assert (tmp_path / "theirs").read_bytes() == b"first"
    assert (tmp_path / "linked").samefile(binary)
    assert (tmp_path / "theirs").stat().st_mode & stat.S_IXUSR
