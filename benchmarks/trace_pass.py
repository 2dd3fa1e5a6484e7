"""One pass over a trace by growwork's native reader, in a process of its own.

`python -m benchmarks.trace_pass FILE` prints JSON in the words of `exptrace`: the counterpart of
that program, so that both are pinned and timed in the same way.
"""

from __future__ import annotations

import argparse
import json
import mmap
import resource
import time
from pathlib import Path

from growwork import _native


def main() -> None:
    """Read one file and print what it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trace_pass")
    parser.add_argument("file", type=Path)
    parser.add_argument("--threads", type=int, choices=(1, 2), default=1)
    parser.add_argument("--hash", action="store_true", help="also hash the order of the events")
    parser.add_argument(
        "--decode-only", action="store_true", help="only decode the events, do not order them"
    )
    asked = parser.parse_args()
    digest: int | None = None
    with (
        asked.file.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        started, started_cpu = time.perf_counter(), time.process_time()
        if asked.decode_only:
            events = _native.gotrace_decode_only(data)
        else:
            events, digest = _native.gotrace_pass(data, asked.threads, asked.hash)
        wall_s, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    report: dict[str, float | int | None] = {
        "events": events,
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "peak_rss_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    if asked.hash:
        report["hash"] = digest
    print(json.dumps(report))


if __name__ == "__main__":
    main()
