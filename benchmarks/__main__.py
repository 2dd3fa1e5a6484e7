"""`make bench`: run every benchmark and rewrite RESULTS.md.

`python -m benchmarks NAME…` runs only these and prints what it would write.
"""

from __future__ import annotations

import argparse
import datetime
import subprocess
from pathlib import Path

from benchmarks import diagnose, startup, trace_command, trace_rank, trace_reader
from benchmarks.harness import describe_machine
from growwork import __version__

RESULTS = Path(__file__).with_name("RESULTS.md")
BENCHMARKS = (startup, diagnose, trace_reader, trace_command, trace_rank)


def main() -> None:
    """Measure, print and write."""
    by_name = {benchmark.__name__.rpartition(".")[2]: benchmark for benchmark in BENCHMARKS}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(by_name))
    names = parser.parse_args().names
    if unknown := [name for name in names if name not in by_name]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(by_name)}")
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
    print(parts[-1])
    for benchmark in [by_name[name] for name in names] or BENCHMARKS:
        print(f"{benchmark.TITLE} …", flush=True)
        part = f"## {benchmark.TITLE}\n\n{benchmark.__doc__}\n\n{benchmark.measure()}\n"
        print(part)
        parts.append(part)
    if not names:
        RESULTS.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
