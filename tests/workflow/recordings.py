"""A small recording made in code: a module, its facts, and one artefact of each kind.

The program makes maps at two sites of `shop/index.go`: `build` fills an unsized map from a slice
(line 9), `seen` makes maps with room for 5,000 keys and puts a few in (line 17).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from growwork.formats.gctrace import GcTraceCycle, write_gctrace
from growwork.formats.gotrace import EventType, Frame, GenerationSource, TraceEvent, write_trace
from growwork.formats.heapdebug import HeapDebug, MemStats, ProfileTotals, write_heapdebug
from growwork.formats.heapdebug.types import COMMENTS, PCS, RECORDS
from growwork.goruntime import release_for
from growwork.gosource.serialise import write_facts
from growwork.gosource.types import (
    FillLoop,
    FillTier,
    GrowthLine,
    MapSite,
    Position,
    SiteKind,
    SourceFacts,
    SourceFile,
)
from growwork.store import ArtefactKind, NotRecorded, RecordingWriter, Target
from tests.analysis.heap_profiles import HeapWriter
from tests.formats.heap_inputs import Row, table

GO = """package shop

type Item struct{ ID, Name string }

// build indexes items by their ID.
func build(items []*Item) map[string]*Item {
	// Filled below.

	byID := make(map[string]*Item)
	for _, item := range items {
		byID[item.ID] = item
	}
	return byID
}

func seen(ids []string) int {
	known := make(map[string]bool, 5000)
	for _, id := range ids {
		known[id] = true
	}
	return len(known)
}
"""
FILE = "shop/index.go"
MIB = 1 << 20
MS = 1_000_000
RELEASE = release_for("1.26")


def site(marker: str, kind: SiteKind, function: str, elem: tuple[str, int, bool]) -> MapSite:
    """The site at a text of the file."""
    offset = GO.index(marker)
    end = offset + len(marker)
    before = GO[:offset]
    sized = kind is SiteKind.MAKE_SIZED
    return MapSite(
        position=Position(FILE, before.count("\n") + 1, offset - before.rfind("\n")),
        function=f"example.com/shop.{function}",
        package="example.com/shop",
        kind=kind,
        key_type="string",
        elem_type=elem[0],
        key_bytes=16,
        elem_bytes=elem[1],
        has_pointers=True,
        offset=offset,
        end_offset=end,
        hint="5000" if sized else None,
        hint_value=5000 if sized else None,
        hint_offset=end - 5 if sized else end - 1,
        hint_end=end - 1,
        generated=False,
        owner="local",
        key_align=8,
        elem_align=elem[1],
        fills=(FillLoop(Position(FILE, 10, 2), FillTier.T2, "len(items)", True, ""),)
        if not sized
        else (),
        wrappable=True,
    )


BUILD = site("make(map[string]*Item)", SiteKind.MAKE, "build", ("*Item", 8, True))
SEEN = site("make(map[string]bool, 5000)", SiteKind.MAKE_SIZED, "seen", ("bool", 1, False))


def facts(root: Path, content: str = GO) -> SourceFacts:
    """The facts that sitefacts would find."""
    lines = (
        GrowthLine(Position(FILE, 11, 3), BUILD.function, "assign", (BUILD.position,), ""),
        GrowthLine(Position(FILE, 19, 3), SEEN.function, "assign", (SEEN.position,), ""),
    )
    file = SourceFile(
        FILE,
        hashlib.sha256(content.encode()).hexdigest(),
        f"{root}/{FILE}",
        f"example.com/{FILE}",
        generated=False,
        package="example.com/shop",
    )
    return SourceFacts(
        module="example.com",
        root=str(root),
        go_version="go1.26.8",
        goos="linux",
        goarch="amd64",
        sites=(BUILD, SEEN),
        growth_lines=lines,
        delete_lines=(),
        files=(file,),
        warnings=(),
    )


def write_module(root: Path) -> None:
    """The source tree."""
    (root / "shop").mkdir(parents=True)
    (root / "go.mod").write_text("module example.com\n\ngo 1.21\n", encoding="utf-8")
    (root / FILE).write_text(GO, encoding="utf-8")


def heap_text() -> tuple[bytes, bytes]:
    """The text profile, everything counted, and the symbols of its program counters."""
    writer = HeapWriter(RELEASE)
    writer.fill(BUILD, [400] * 300, line=11)
    writer.fill(SEEN, [20] * 100, line=19, hint=5000)
    counters: dict[tuple[str, str, int], int] = {}
    records: list[Row] = []
    pcs: list[Row] = []
    comments: list[Row] = []
    for stack_id, ((stack, size), count) in enumerate(sorted(writer.objects.items())):
        records.append((stack_id, count, count * size, count, count * size))
        for depth, frame in enumerate(stack):
            pc = counters.setdefault(frame, 0x1000 * (len(counters) + 1))
            pcs.append((stack_id, depth, pc))
            if not frame[0].startswith(("runtime.", "internal/")):
                comments.append((stack_id, len(comments), pc - 1, frame[0], 0, *frame[1:]))
    total = sum(size * count for (_, size), count in writer.objects.items())
    text = HeapDebug(
        rate=1,
        totals=ProfileTotals(0, 0, 0, 0),
        records=table(RECORDS, records),
        pcs=table(PCS, pcs),
        comments=table(COMMENTS, comments),
        memstats=_memstats(2 * total),
    )
    names = "".join(f"{pc:#x} {frame[0]}\n" for frame, pc in counters.items())
    return write_heapdebug(text), f"num_symbols: 1\n{names}".encode()


def _memstats(total: int) -> MemStats:
    zeros = dict.fromkeys(
        (
            "mallocs",
            "frees",
            "heap_alloc_bytes",
            "heap_sys_bytes",
            "heap_idle_bytes",
            "heap_inuse_bytes",
            "heap_released_bytes",
            "heap_objects",
            "stack_inuse_bytes",
            "next_gc_bytes",
            "last_gc_ns",
            "gc_cycles",
            "forced_gc_cycles",
        ),
        0,
    )
    values = (("TotalAlloc", str(total)), ("Mallocs", "0"))
    return MemStats(
        total_alloc_bytes=total, gc_cpu_fraction=0.0, max_rss_bytes=None, values=values, **zeros
    )


GROWING = (
    Frame(1, "runtime.gcAssistAlloc", "/go/src/runtime/mgcmark.go", 500),
    Frame(2, "internal/runtime/maps.(*table).grow", "/go/src/internal/runtime/maps/table.go", 1228),
    Frame(3, "runtime.mapassign_faststr", "/go/src/runtime/map.go", 60),
    Frame(4, "example.com/shop.build", "/elsewhere/shop/index.go", 11),
)


def trace_events(cycles: int = 4) -> Iterable[TraceEvent]:
    """One goroutine on one thread: per cycle a sweep termination, assists, a live heap."""
    yield TraceEvent(1000, EventType.PROC_STATUS, 1, (0, 1))
    yield TraceEvent(1001, EventType.GO_STATUS, 1, (7, 1, 2))
    yield TraceEvent(1002, EventType.HEAP_GOAL, 1, (40 * MIB,))
    for number in range(cycles):
        at = (10 + 37 * number + number * number) * MS
        yield TraceEvent(at, EventType.HEAP_ALLOC, 1, ((30 + number) * MIB,))
        yield TraceEvent(
            at + 1000, EventType.STW_BEGIN, 1, stack=GROWING, text="GC sweep termination"
        )
        yield TraceEvent(at + 2000, EventType.GC_BEGIN, 1, (number * 2 + 1,), stack=GROWING)
        yield TraceEvent(at + 3000, EventType.STW_END, 1)
        for assist in range(8):
            begin = at + 10_000 + assist * 700_000
            yield TraceEvent(begin, EventType.GC_MARK_ASSIST_BEGIN, 1, stack=GROWING)
            yield TraceEvent(begin + MS // 2, EventType.GC_MARK_ASSIST_END, 1)
        yield TraceEvent(at + 6 * MS, EventType.HEAP_ALLOC, 1, ((20 + number) * MIB,))
        yield TraceEvent(at + 6 * MS + 1000, EventType.GC_END, 1, (number * 2 + 2,))


def gc_log(cycles: int = 4) -> bytes:
    """The lines the runtime would print for the same cycles, 5 ms after its start."""
    return write_gctrace(
        GcTraceCycle(
            number=number + 1,
            at_ns=(15 + 37 * number + number * number) * MS,
            cpu_percent=5,
            sweep_termination_ns=2000,
            mark_ns=6 * MS,
            mark_termination_ns=1000,
            sweep_termination_cpu_ns=4000,
            assist_cpu_ns=(number + 1) * MS,
            background_cpu_ns=3 * MS,
            idle_cpu_ns=0,
            mark_termination_cpu_ns=2000,
            heap_start_bytes=(30 + number) * MIB,
            heap_end_bytes=(33 + number) * MIB,
            heap_live_bytes=(20 + number) * MIB,
            goal_bytes=40 * MIB,
            stacks_bytes=0,
            globals_bytes=0,
            procs=2,
        )
        for number in range(cycles)
    )


def artefacts(root: Path) -> dict[ArtefactKind, bytes]:
    """One file of each kind that a diagnosis reads."""
    text, symbols = heap_text()
    watched = [{"nth": n, "max": 20, "last": 20, "alive": False} for n in range(1, 65)]
    lengths = {"site": 1, "made": 100, "maps": watched}
    status = {
        "errors": [],
        "go_version": "go1.26.8",
        "gomaxprocs": 2,
        "mem_profile_rate": 1,
        "maps_not_observed": 0,
    }
    trace = write_trace([GenerationSource(1, tuple(trace_events()))])
    return {
        ArtefactKind.TRACE: trace,
        ArtefactKind.HEAP_TEXT: text,
        ArtefactKind.SYMBOLS: symbols,
        ArtefactKind.GCTRACE: gc_log(),
        ArtefactKind.LENGTHS: json.dumps(lengths).encode() + b"\n",
        ArtefactKind.SITES: write_facts(facts(root)).encode(),
        ArtefactKind.COLLECTOR: json.dumps(status).encode(),
    }


GO_RUN = Target("go run", ("go", "run", "./cmd/my shop"), "/src", exit_code=0)
ENDPOINT = Target("url", ("http://127.0.0.1:6060/debug/pprof",), "")


def write_recording(
    folder: Path,
    files: dict[ArtefactKind, bytes],
    *,
    go_version: str | None = "go1.26.8",
    not_recorded: tuple[NotRecorded, ...] = (),
    target: Target = GO_RUN,
) -> Path:
    """A finished recording of these files."""
    writer = RecordingWriter.create(
        folder,
        target=target,
        started="2026-01-02T03:04:05Z",
        go_version=go_version,
        collection="collector",
    )
    for kind, data in files.items():
        writer.add(kind, data)
    writer.finish(
        duration_ns=2_000 * MS,
        target=target,
        go_version=go_version,
        not_recorded=not_recorded,
        warnings=(),
    )
    return folder
