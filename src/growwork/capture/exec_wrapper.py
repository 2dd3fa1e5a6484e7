"""What `go test -exec` runs: `… growwork.capture.exec_wrapper FOLDER RATE LIMIT SKIP BINARY …`.

`go test` merges the stderr of a test binary into its own report, so the runtime's GC lines have
to be taken out before that, and the environment of the go command must not be that of the test.
This process stays in the process group of `go test` and is a thin shell around the test binary.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from growwork.capture.stderr import pump_stderr
from growwork.capture.target import CollectorSettings, copy_binary, target_environment
from growwork.formats.gctrace import GcTraceSplitter

__all__ = ["main", "wrapper_command"]

_FORWARDED = (signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)


def wrapper_command(settings: CollectorSettings) -> str:
    """The value of -exec for these settings; the go command splits it like a shell."""
    words = [
        sys.executable,
        "-P",  # the test runs in its package's folder: nothing there may be imported
        "-m",
        "growwork.capture.exec_wrapper",
        str(settings.folder),
        str(settings.rate_bytes),
        str(settings.trace_limit_bytes),
        ",".join(settings.skip) or "none",
    ]
    return " ".join(f"'{word}'" if " " in word else word for word in words)


def main(argv: Sequence[str]) -> int:
    """Run one test binary; returns its exit status."""
    folder, rate, limit, skip, *command = argv
    settings = CollectorSettings(Path(folder), int(rate), int(limit), tuple(skip.split(",")))
    if not (settings.folder / "binary").exists():
        copy_binary(Path(command[0]), settings.folder / "binary", ours=True)
    child = subprocess.Popen(
        command, env=target_environment(os.environ, settings), stderr=subprocess.PIPE
    )
    # SIGINT comes to the whole group, the test binary included; this process has to outlive it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in _FORWARDED:
        signal.signal(number, lambda received, _frame: child.send_signal(received))
    assert child.stderr is not None
    with (settings.folder / "gctrace.txt").open("ab") as gctrace:
        pump_stderr(
            child.stderr.fileno(), GcTraceSplitter(), lambda data: os.write(2, data), gctrace.write
        )
    code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
