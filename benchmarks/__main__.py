"""`make bench`: run every benchmark and rewrite RESULTS.md."""

from __future__ import annotations

import datetime
import subprocess
from pathlib import Path

from benchmarks import diagnose, startup
from benchmarks.harness import describe_machine
from growwork import __version__

RESULTS = Path(__file__).with_name("RESULTS.md")
BENCHMARKS = (startup, diagnose)


def main() -> None:
    """Measure, print and write."""
    go = subprocess.run(
        ["go", "version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    parts = [
        (
            "# Results\n\nRatios are taken pair by pair within one run; absolute times hold for "
            "this machine only. Peak memory below 20 MiB is that of the measuring process.\n"
        ),
        f"growwork {__version__}, {go}, {today}.\n{describe_machine()}.\n",
    ]
    for benchmark in BENCHMARKS:
        print(f"{benchmark.TITLE} …", flush=True)
        part = f"## {benchmark.TITLE}\n\n{benchmark.__doc__}\n\n{benchmark.measure()}\n"
        print(part)
        parts.append(part)
    RESULTS.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
