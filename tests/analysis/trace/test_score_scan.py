"""The short scan of a ranking has the scores of the long one."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from growwork.analysis.trace.scan import TraceScan
from growwork.analysis.trace.score_scan import ScoreScan
from growwork.analysis.trace.types import TraceWindow
from growwork.store.trace.files import open_trace
from growwork.workflow.trace_pass import pass_over

TRACES = sorted((Path(__file__).parents[2] / "data" / "gotrace").glob("*.trace.gz"))


@pytest.mark.parametrize(
    "window", [TraceWindow(), TraceWindow(20_000_000, 70_000_000), TraceWindow(goroutine=1)]
)
@pytest.mark.parametrize("packed", TRACES, ids=lambda path: path.name.removesuffix(".trace.gz"))
def test_scores_are_the_same(packed: Path, window: TraceWindow, tmp_path: Path) -> None:
    path = tmp_path / "a.trace"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    short, long = ScoreScan(), TraceScan()

    short_end = pass_over(open_trace(path), window, short, threads=1)
    long_end = pass_over(open_trace(path), window, long)

    assert short.scores(short_end, window) == long.scores(long_end, window)
    assert short_end.events > 0
