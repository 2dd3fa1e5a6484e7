"""Record the traces of this folder, and what Go's reader makes of them."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

from tests.gotoolchains import go_environment
from tests.oracle.oracle import HERE as ORACLE
from tests.oracle.oracle import go_reader_events

FOLDER = Path(__file__).parent
TOOLCHAINS = ("go1.23.9", "go1.24.11", "go1.26.8", "go1.27.3")


def main() -> None:
    """Write one trace per toolchain and `expected.json`."""
    expected = {}
    with tempfile.TemporaryDirectory() as scratch:
        for version in TOOLCHAINS:
            program = _build(version, Path(scratch, version))
            trace = Path(scratch, f"{version}.trace")
            subprocess.run([program, "-o", trace, "-seconds", "0.1", "-rest", "15ms"], check=True)
            events = go_reader_events(trace)
            digest = hashlib.sha256(events.tobytes()).hexdigest()
            expected[version] = {"events": len(events), "sha256": digest}
            packed = gzip.compress(trace.read_bytes(), compresslevel=9, mtime=0)
            (FOLDER / f"{version}.trace.gz").write_bytes(packed)
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")


def _build(version: str, output: Path) -> Path:
    env = go_environment(version)
    if env is None:
        raise SystemExit(f"toolchain {version} is not on this machine")
    # The file names in the stacks are to say nothing of the machine.
    command: list[str | Path] = ["go", "build", "-trimpath", "-o", output, "."]
    subprocess.run(command, cwd=ORACLE / "testprog", env=env, check=True)
    return output


if __name__ == "__main__":
    main()
