"""Real traces in the formats of other tools."""

from __future__ import annotations

import gzip
import io
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from growwork.analysis.trace.types import TraceWindow
from growwork.core.errors import FormatError, UsageError
from growwork.formats.gotrace import EventType, ScanOptions, TraceReader, TraceScanner
from growwork.formats.pprof import Profile, read_profile
from growwork.store.trace.batch_columns import integers_of
from growwork.store.trace.tables import TABLES
from growwork.workflow.trace_export import (
    ProfileKind,
    export_parquet,
    export_perfetto,
    export_pprof,
)
from tests.formats.perfetto_reader import read_perfetto
from tests.gotoolchains import require_go
from tests.store.scans import RUNNABLE, RUNNING

DATA = Path(__file__).parents[1] / "data" / "gotrace"
TRACES = sorted(DATA.glob("*.trace.gz"))
WHOLE = TraceWindow()
E = EventType


@pytest.fixture(params=TRACES, ids=lambda path: path.name.removesuffix(".trace.gz"))
def trace(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "a.trace"
    path.write_bytes(gzip.decompress(request.param.read_bytes()))
    return path


def profile_of(trace: Path, kind: ProfileKind, window: TraceWindow = WHOLE) -> Profile:
    out = io.BytesIO()
    assert export_pprof(trace, window, kind, out) == ()
    return read_profile(out.getvalue())


def by_stack(profile: Profile, value: str) -> Counter[tuple[str, ...]]:
    """A value summed by stack, which is its functions and lines."""
    frames: dict[int, list[str]] = {}
    for row in profile.frames.select(["stack_id", "function", "line"]).to_pylist():
        frames.setdefault(row["stack_id"], []).append(f"{row['function']}:{row['line']}")
    sums: Counter[tuple[str, ...]] = Counter()
    for row in profile.samples.select(["stack_id", value]).to_pylist():
        sums[tuple(frames.get(row["stack_id"], ()))] += row[value]
    return sums


UNNAMED = (":0",)  # a stack of one frame that has no symbol: `go tool trace` writes no frame


def without_unnamed(sums: Counter[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    """The same with the time of such a stack at no stack."""
    return sums - Counter({UNNAMED: sums[UNNAMED]}) + Counter({(): sums[UNNAMED]})


def of_go(trace: Path, kind: str) -> Profile:
    """What `go tool trace` makes of it."""
    env = require_go("go1.27.3")
    command = ["go", "tool", "trace", f"-pprof={kind}", str(trace)]
    return read_profile(subprocess.run(command, env=env, capture_output=True, check=True).stdout)


def first_waits(trace: Path) -> Counter[tuple[str, ...]]:
    """By stack, the time goroutines were runnable before they first ran in the trace.

    `go tool trace` counts a goroutine from its first run on, so these are not in its profiles.
    """
    scanner = TraceScanner(trace.read_bytes(), options=ScanOptions(spans=True))
    spans = [part.spans for part in scanner]
    names = ("g", "state", "cause", "start", "end", "stack_id")
    g, states, causes, start, end, stack = (
        np.concatenate([integers_of(part, name) for part in spans]) for name in names
    )
    first: dict[int, int] = {}
    for row in np.flatnonzero(states == RUNNING).tolist():
        first[int(g[row])] = min(int(start[row]), first.get(int(g[row]), 1 << 62))
    frames: dict[int, list[str]] = {}
    for frame in scanner.frames().to_pylist():
        frames.setdefault(frame["stack_id"], []).append(f"{frame['function']}:{frame['line']}")
    sums: Counter[tuple[str, ...]] = Counter()
    for row in np.flatnonzero(states == RUNNABLE).tolist():
        known = causes[row] not in (E.GO_STATUS, E.GO_STATUS_STACK)
        if known and end[row] <= first.get(int(g[row]), 1 << 62):
            sums[tuple(frames.get(int(stack[row]), ()))] += int(end[row] - start[row])
    return sums


@pytest.mark.needs_go
def test_latency_is_that_of_go_tool_trace_and_the_first_waits_it_leaves_out(trace: Path) -> None:
    ours = by_stack(profile_of(trace, ProfileKind.LATENCY), "delay")
    theirs = by_stack(of_go(trace, "sched"), "delay")
    assert theirs.total() > 0
    assert without_unnamed(ours) == theirs + without_unnamed(first_waits(trace))


@pytest.mark.needs_go
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ProfileKind.SYSCALL, "syscall"),
        (ProfileKind.BLOCK, "sync"),
        (ProfileKind.NETWORK, "net"),
    ],
)
def test_waits_and_syscalls_are_those_of_go_tool_trace(
    trace: Path, kind: ProfileKind, name: str
) -> None:
    """A goroutine that blocks has run, so there is nothing that it leaves out."""
    ours, theirs = profile_of(trace, kind), of_go(trace, name)
    assert without_unnamed(by_stack(ours, "delay")) == by_stack(theirs, "delay")


def pairs(
    trace: Path, begin: EventType, end: EventType, subject: str = "g"
) -> list[tuple[int, int]]:
    """Ranges of a goroutine or P that begin and end in the trace, from its events."""
    opened: dict[int, int] = {}
    found = []
    for generation in TraceReader(trace.read_bytes(), event_types=frozenset({begin, end})):
        rows = generation.events.select(["time", "type", subject]).to_pylist()
        for row in rows:
            if row["type"] == begin:
                opened[row[subject]] = row["time"]
            elif row[subject] in opened:
                found.append((opened.pop(row[subject]), row["time"]))
    return sorted(found)


def test_pauses_and_assists_are_those_of_the_events(trace: Path) -> None:
    for kind, value, begin, end in (
        (ProfileKind.STW, "pause", E.STW_BEGIN, E.STW_END),
        (ProfileKind.ASSIST, "assist", E.GC_MARK_ASSIST_BEGIN, E.GC_MARK_ASSIST_END),
    ):
        profile = profile_of(trace, kind)
        ranges = pairs(trace, begin, end)
        count = profile.value_columns[0]
        assert ranges
        assert sum(profile.samples.column(count).to_pylist()) == len(ranges)
        assert by_stack(profile, value).total() == sum(stop - start for start, stop in ranges)
        assert {row["key"] for row in profile.labels.to_pylist()} == {
            "class" if kind is ProfileKind.ASSIST else "kind"
        }


@pytest.mark.needs_go
def test_every_profile_opens_in_go_tool_pprof(trace: Path, tmp_path: Path) -> None:
    env = require_go("go1.27.3")
    for kind in ProfileKind:
        path = tmp_path / f"{kind.value}.pb.gz"
        with path.open("wb") as out:
            export_pprof(trace, WHOLE, kind, out)
        command = ["go", "tool", "pprof", "-top", str(path)]
        top = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
        assert "Showing nodes accounting for" in top


def test_a_window_takes_its_part_of_each_pause(trace: Path) -> None:
    """Windows side by side add up to the whole."""
    whole = by_stack(profile_of(trace, ProfileKind.STW), "pause").total()
    middle = TraceReader(trace.read_bytes())
    last = [int(integers_of(part.events, "time")[-1]) for part in middle if len(part.events)][-1]
    origin = TraceScanner(trace.read_bytes()).origin_ns
    cut = (last - origin) // 2
    parts = (TraceWindow(to_ns=cut), TraceWindow(from_ns=cut))
    sums = [by_stack(profile_of(trace, ProfileKind.STW, part), "pause").total() for part in parts]
    assert sum(sums) == whole
    assert all(sums)


def test_perfetto_has_every_range_of_the_trace(trace: Path) -> None:
    out = io.BytesIO()
    assert export_perfetto(trace, WHOLE, out) == ()
    perfetto = read_perfetto(out.getvalue())
    pauses = [one for one in perfetto.on("Go program / Stop the world") if one.depth == 0]
    assert [(one.start, one.end) for one in pauses] == pairs(trace, E.STW_BEGIN, E.STW_END)
    assists = [one for one in perfetto.slices if one.name.startswith("mark assist")]
    assert sorted((one.start, one.end) for one in assists) == pairs(
        trace, E.GC_MARK_ASSIST_BEGIN, E.GC_MARK_ASSIST_END
    )
    assert all(one.track.startswith("Go program / Goroutines / G") for one in assists)
    sweeps = [one for one in perfetto.slices if one.name == "sweep"]
    assert sorted((one.start, one.end) for one in sweeps) == pairs(
        trace, E.GC_SWEEP_BEGIN, E.GC_SWEEP_END, "p"
    )
    assert {"GC cycle", "runtime.gcBgMarkWorker"} <= {one.name for one in perfetto.slices}
    # A worker's label stands inside the run of its goroutine.
    workers = [one for one in perfetto.slices if one.name.startswith("GC (")]
    assert {one.depth for one in workers} == {1}
    samples = TraceReader(trace.read_bytes(), event_types=frozenset({E.CPU_SAMPLE}))
    times = [int(time) for part in samples for time in integers_of(part.events, "time")]
    assert sorted(one.start for one in perfetto.instants) == times
    assert all(one.stack for one in perfetto.instants)
    assert perfetto.counters["Go program / Heap"]
    assert (perfetto.clocks != []) == (trace.read_bytes()[:7] >= b"go 1.25")


def test_runs_on_ps_do_not_overlap_and_cover_what_goroutines_ran(trace: Path) -> None:
    out = io.BytesIO()
    export_perfetto(trace, WHOLE, out)
    perfetto = read_perfetto(out.getvalue())
    ps = [name for name in perfetto.tracks if name.rpartition(" / ")[2][1:].isdigit()]
    ps = [name for name in ps if " / P" in name]
    assert ps
    runs = [one for name in ps for one in perfetto.on(name)]
    assert {one.depth for one in runs} <= {0, 1}
    total = sum(one.end - one.start for one in runs if one.depth == 0)
    scanner = TraceScanner(trace.read_bytes(), options=ScanOptions(spans=True))
    expected = 0
    for generation in scanner:
        state, p, start, end = (
            integers_of(generation.spans, name) for name in ("state", "p", "start", "end")
        )
        expected += int((end - start)[(state == RUNNING) & (p >= 0)].sum())
    assert total == expected


def test_parquet_has_every_table_and_the_same_totals(trace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    assert export_parquet(trace, WHOLE, folder) == ()
    tables = {name: pq.read_table(folder / f"{name}.parquet") for name in TABLES}
    for name, table in tables.items():
        assert table.schema.equals(TABLES[name].schema, check_metadata=True)
    assert {name for name, table in tables.items() if not len(table)} <= {"sweeps", "cpu_samples"}
    pauses = pairs(trace, E.STW_BEGIN, E.STW_END)
    assert sum(tables["pauses"].column("duration").to_pylist()) == sum(b - a for a, b in pauses)
    blocks = tables["goroutine_blocks"].to_pylist()
    runnable = [row for row in blocks if row["state"] == "runnable"]
    known = [row["duration"] for row in runnable if not row["reason"].startswith("GoStatus")]
    latency = profile_of(trace, ProfileKind.LATENCY)
    assert sum(known) == by_stack(latency, "delay").total()
    cycles = tables["gc_cycles"].to_pylist()
    for cycle in (row for row in cycles if not row["partial"]):
        assert cycle["start"] <= cycle["mark_start"] <= cycle["mark_end"] <= cycle["end"]
        assert cycle["heap_live"] > 0
    stacks = set(tables["frames"].column("stack_id").to_pylist())
    for name in ("pauses", "assists", "cpu_samples", "goroutine_blocks"):
        assert set(tables[name].column("stack_id").to_pylist()) - {0} <= stacks


def test_a_trace_that_is_cut_short_is_exported_with_a_warning(trace: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.trace"
    cut.write_bytes(trace.read_bytes()[:-5000])
    out = io.BytesIO()
    (warning, *_) = export_perfetto(cut, WHOLE, out)
    assert str(cut) in warning
    read_perfetto(out.getvalue())
    (warning, *_) = export_parquet(cut, WHOLE, tmp_path / "tables")
    (row,) = pq.read_table(tmp_path / "tables" / "traces.parquet").to_pylist()
    assert not row["complete"]


@pytest.mark.parametrize("content", [b"", b"not a trace at all, but long enough"])
def test_what_is_no_trace_is_a_format_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="x"):
        export_perfetto(path, WHOLE, io.BytesIO())


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        export_pprof(tmp_path / "none", WHOLE, ProfileKind.STW, io.BytesIO())


def test_a_folder_without_a_trace_says_so(tmp_path: Path) -> None:
    (tmp_path / "gctrace.txt").write_text("")
    with pytest.raises(UsageError, match="has no execution trace"):
        export_perfetto(tmp_path, WHOLE, io.BytesIO())


@pytest.mark.parametrize(
    "window",
    [
        TraceWindow(from_ns=20_000_000, to_ns=60_000_000),
        TraceWindow(from_ns=33_000_001),
        TraceWindow(goroutine=1),
        TraceWindow(region="outer"),
        TraceWindow(from_ns=10_000_000, to_ns=50_000_000, region="outer"),
        TraceWindow(from_ns=1 << 50),
    ],
    ids=str,
)
def test_a_window_of_a_trace_is_a_perfetto_trace_that_holds_together(
    trace: Path, window: TraceWindow
) -> None:
    out = io.BytesIO()
    export_perfetto(trace, window, out)
    perfetto = read_perfetto(out.getvalue())
    origin = TraceScanner(trace.read_bytes()).origin_ns
    for one in perfetto.slices:
        assert one.start <= one.end
        # Ranges of a goroutine that began before may begin a few ns before the window.
        assert window.from_ns is None or one.start >= origin + window.from_ns - 10
        assert window.to_ns is None or one.end <= origin + window.to_ns
    runs = [one for one in perfetto.slices if one.track.startswith("Go program / Ps / P")]
    if window.goroutine is not None:
        runs = [one for one in runs if not one.name.startswith(("GC (", "sweep"))]
        assert {dict(one.arguments)["goroutine"] for one in runs} <= {window.goroutine}
    assert bool(runs) == (window.from_ns != 1 << 50)
