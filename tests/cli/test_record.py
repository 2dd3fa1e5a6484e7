from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from growwork.cli.app import run
from tests.capture.test_pprof_http import pprof


def growwork(*argv: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    return run(["record", *argv], out, err), out.getvalue(), err.getvalue()


def test_a_live_endpoint_becomes_a_recording(tmp_path: Path) -> None:
    folder = tmp_path / "REC"
    with pprof().serve() as url:
        code, out, err = growwork("-o", str(folder), "--url", url, "--seconds", "1")
    assert (code, out) == (0, f"{folder}\n")
    assert f"growwork diagnose {folder}" in err
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["target"]["command"] == [f"{url}/debug/pprof"]
    assert manifest["collection"] == "endpoint"
    kinds = {artefact["kind"] for artefact in manifest["artefacts"]}
    assert {"trace", "cpu", "heap", "heap-debug1", "heap-before", "symbols"} <= kinds
    missing = {item["kind"]: item["reason"] for item in manifest["not_recorded"]}
    assert "endpoint does not give" in missing["gctrace"]


def test_an_unreachable_endpoint_is_one_line_and_no_folder(tmp_path: Path) -> None:
    with pprof().serve() as url:
        pass
    code, out, err = growwork("-o", str(tmp_path / "REC"), "--url", url)
    assert (code, out) == (3, "")
    assert err.startswith(f"growwork: cannot reach {url}/debug/pprof")
    assert err.count("\n") == 1
    assert not (tmp_path / "REC").exists()


def test_a_recording_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("")
    code, _, err = growwork("-o", str(tmp_path), "--", "true")
    assert code == 2
    assert "is not empty (it has notes)" in err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ((), "give either a command or --url"),
        (("--url", "http://h:1", "--", "true"), "give either a command or --url"),
        (("--rate", "lots", "--", "true"), "is not a size"),
        (("--seconds", "0", "--", "true"), "seconds"),
        (("--", "./no-such-program"), "./no-such-program is not an executable program"),
    ],
)
def test_a_wrong_command_line_exits_2(argv: tuple[str, ...], message: str) -> None:
    code, out, err = growwork(*argv)
    assert (code, out) == (2, "")
    assert message in err


def test_a_foreign_program_is_run_and_warned_about(tmp_path: Path) -> None:
    program = shutil.which("true")
    assert program is not None
    code, out, err = growwork("-o", str(tmp_path / "REC"), "--", program)
    assert (code, out) == (0, f"{tmp_path / 'REC'}\n")
    assert "warning: true is not a Go binary" in err


def test_the_status_of_a_program_that_failed_late_is_a_note(tmp_path: Path) -> None:
    code, _, err = growwork(
        "-o", str(tmp_path / "REC"), "--", "sh", "-c", "sleep 1.1; echo oops >&2; exit 9"
    )
    assert code == 0
    assert "oops\n" in err
    assert "note: the program failed with status 9" in err


def test_ctrl_c_ends_the_program_and_completes_the_recording(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    folder = tmp_path / "REC"
    script = f"trap 'exit 5' INT; : > {ready}; while :; do sleep 0.05; done"
    process = subprocess.Popen(
        [sys.executable, "-m", "growwork", "record", "-o", str(folder), "--", "sh", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 30
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert out.decode().strip() == str(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["complete"]
    assert manifest["target"]["exit_code"] == 5
