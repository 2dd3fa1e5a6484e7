"""A diagnosis as a busy service gives it, with every odd value a renderer has to bear.

Built by plain arithmetic, so it is the same on every run: all kinds of finding, long names,
many sites, fields that were not measured, a truncated trace, names that look like markup.
"""

from __future__ import annotations

import math
from dataclasses import replace

from growwork.analysis.comparison import Comparison, SiteComparison, compare
from growwork.analysis.types import (
    Assist,
    AssistSite,
    AssistSummary,
    CapacityLevel,
    Estimate,
    GcCycle,
    HeapPoint,
    Pause,
    SiteAllocations,
    SiteCapacities,
    SiteLengths,
    StackFrame,
    TraceInfo,
)
from growwork.gosource.types import GrowthLine, MapSite, Position, SiteKind
from growwork.rules.types import (
    Advice,
    Confidence,
    Cost,
    Diagnosis,
    Edit,
    Excerpt,
    Finding,
    Limit,
    Measure,
    RecordingInfo,
    Severity,
)

MODULE = "example.com/storefront"
MILLISECOND = 1_000_000
MIB = 1 << 20


def site(
    file: str,
    line: int,
    function: str,
    key: str,
    elem: str,
    *,
    kind: SiteKind = SiteKind.MAKE,
    hint: str | None = None,
) -> MapSite:
    """One map site; offsets are made up from the line."""
    package = f"{MODULE}/{file.rpartition('/')[0]}"
    end = line * 40 + 17
    return MapSite(
        position=Position(file, line, 10),
        function=f"{package}.{function}",
        package=package,
        kind=kind,
        key_type=key,
        elem_type=elem,
        key_bytes=16 if key == "string" else 8,
        elem_bytes=None if elem == "V" else 8,
        has_pointers=None if elem == "V" else True,
        offset=line * 40,
        end_offset=end,
        hint=hint,
        hint_value=int(hint) if hint and hint.isdigit() else None,
        hint_offset=end - 1,
        hint_end=end - 1 + (len(hint) if hint else 0),
        generated=False,
        owner="local",
    )


INDEX = site("internal/catalog/index.go", 41, "(*Catalog).BuildIndex", "string", "*Product")
TAGS = site("internal/catalog/tags.go", 23, "CountTags", "string", "int")
PRICES = site(
    "internal/pricing/table.go",
    18,
    "NewTable",
    "pricing.Key",
    "pricing.Amount",
    kind=SiteKind.MAKE_SIZED,
    hint="1000000",
)
CACHE = site("internal/session/cache.go", 57, "NewCache", "string", "*session.Session")
CARTS = site("internal/cart/churn.go", 88, "(*Reservations).Hold", "cart.ReservationID", "int64")
GENERIC = site(
    "internal/collections/groupby_with_a_rather_long_file_name.go",
    112,
    "GroupBy[go.shape.struct { example.com/storefront/internal/catalog.ID string }]",
    "struct{ Tenant string; Région catalog.Region; SKU [16]byte }",
    "map[string][]*catalog.ProductVariantWithLocalisedNames",
    kind=SiteKind.LITERAL_EMPTY,
)
HOSTILE = site(
    "internal/<script>/x.go", 7, "f[<b>]", "string", "struct{ a <script>alert(1)</script> }"
)


def growth(where: MapSite, line: int, *, unknown: str = "") -> GrowthLine:
    """A growth line of one site, in the file of the site."""
    return GrowthLine(
        Position(where.position.file, line, 3), where.function, "assign", (where.position,), unknown
    )


def excerpt(where: MapSite, *lines: str) -> Excerpt:
    """Source around a site; the site is the third line."""
    return Excerpt(where.position.file, where.position.line - 2, lines, where.position.line)


def edit_of(where: MapSite, old: str, new: str) -> tuple[Edit, str]:
    """An edit of the site's line and its diff."""
    file = where.position.file
    edit = Edit(file, where.offset, where.end_offset, old, new, "0f" * 32)
    line = where.position.line
    diff = f"--- a/{file}\n+++ b/{file}\n@@ -{line},1 +{line},1 @@\n-\tm := {old}\n+\tm := {new}\n"
    return edit, diff


def findings() -> tuple[Finding, ...]:
    """One finding of every kind, most costly first, and a few that strain the layout."""
    edit, diff = edit_of(INDEX, "make(map[string]*Product)", "make(map[string]*Product, len(ps))")
    index = Finding(
        rule="GW101",
        title="Map grows to a size that is known when it is made",
        severity=Severity.RED,
        confidence=Confidence.HIGH,
        site=INDEX,
        growth_lines=(growth(INDEX, 44),),
        cost=Cost(
            bytes=Measure(312.4 * MIB, "heap profile", 298.1 * MIB, 327.0 * MIB),
            allocs=Measure(48_210, "heap profile", 46_020, 50_400),
            assist_ns=Measure(38.2 * MILLISECOND, "trace"),
        ),
        advice=Advice(
            "Reserve len(ps) entries when the map is made: the loop on line 43 inserts one entry "
            "per product.",
            capacity=3600,
            expression="len(ps)",
        ),
        evidence=(
            "412 maps grew to 4,096 slots in 9 steps each; 1,871 profile samples.",
            "Growth threw away 156 MiB of smaller arrays, half of what these maps allocated.",
            "The loop `for _, p := range ps` bounds the keys exactly (tier T1).",
        ),
        edit=edit,
        excerpt=excerpt(
            INDEX,
            "// BuildIndex maps every SKU to its product.",
            "func (c *Catalog) BuildIndex(ps []*Product) map[string]*Product {",
            "\tm := make(map[string]*Product)",
            "\tfor _, p := range ps {",
            '\t\tm[p.SKU] = p // "last one wins"',
            "\t}",
        ),
        diff=diff,
    )
    edit, diff = edit_of(CACHE, "make(map[string]*Session)", "make(map[string]*Session, 52000)")
    cache = Finding(
        rule="GW103",
        title="Growth paid mark assist on the request path",
        severity=Severity.RED,
        confidence=Confidence.MEDIUM,
        site=CACHE,
        growth_lines=(growth(CACHE, 91), growth(CACHE, 133)),
        cost=Cost(
            bytes=Measure(24.1 * MIB, "heap profile", 17.8 * MIB, 31.9 * MIB),
            allocs=Measure(84, "heap profile", 61, 113),
            assist_ns=Measure(61.7 * MILLISECOND, "trace"),
            pause_ns=Measure(0.21 * MILLISECOND, "trace"),
        ),
        advice=Advice("Reserve 52,000 entries, or shard the cache by session prefix.", 52_000),
        evidence=(
            "23 assists in 6 GC cycles were paid inside growth of this map; the longest 18.0 ms.",
            "A stack says who paid the assist, not who ran up the debt.",
        ),
        warnings=("Only 38 profile samples: the size interval is wide.",),
        edit=edit,
        excerpt=excerpt(
            CACHE,
            "func NewCache(ttl time.Duration) *Cache {",
            "\treturn &Cache{",
            "\t\tentries: make(map[string]*Session),",
            "\t\tttl:     ttl,",
            "\t}",
        ),
        diff=diff,
    )
    churn = Finding(
        rule="GW104",
        title="Churn at constant length keeps growing the map",
        severity=Severity.YELLOW,
        confidence=Confidence.MEDIUM,
        site=CARTS,
        growth_lines=(growth(CARTS, 95),),
        cost=Cost(bytes=Measure(9.6 * MIB, "heap profile", 7.2 * MIB, 12.5 * MIB)),
        advice=Advice(
            "Entries are deleted as fast as they are added, yet the map reached 8,192 slots for "
            "at most 900 entries. Rebuild it when it empties, or move to Go 1.26, which prunes "
            "tombstones."
        ),
        evidence=("Length stayed between 870 and 900 while capacity went from 1,024 to 8,192.",),
    )
    edit, diff = edit_of(PRICES, "make(map[Key]Amount, 1000000)", "make(map[Key]Amount, 1800)")
    prices = Finding(
        rule="GW102",
        title="Size hint is far larger than any map made here",
        severity=Severity.YELLOW,
        confidence=Confidence.HIGH,
        site=PRICES,
        growth_lines=(),
        cost=Cost(bytes=Measure(36.0 * MIB, "heap profile", 36.0 * MIB, 36.0 * MIB)),
        advice=Advice("Lower the hint to 1,800 entries (P95 of observed lengths).", 1800),
        evidence=("64 maps observed: length P50 1,730, P95 1,790, max 1,800, against 1,000,000.",),
        edit=edit,
        diff=diff,
    )
    tags = Finding(
        rule="GW101",
        title="Map grows to the same size class every time",
        severity=Severity.YELLOW,
        confidence=Confidence.LOW,
        site=TAGS,
        growth_lines=(growth(TAGS, 27, unknown="reached through reflect"),),
        cost=Cost(
            bytes=Measure(3.1 * MIB, "heap profile", 1.4 * MIB, 6.9 * MIB),
            allocs=Measure(1210, "heap profile", 540, 2700),
        ),
        advice=Advice("Reserve 200 entries: 95 % of these maps end at 256 slots.", 200),
        evidence=("Final capacity P50 256, P95 256 slots (interval 256 to 512).",),
        warnings=(
            "11 profile samples: treat the numbers as an order of magnitude.",
            "The insertion is conditional, so `len(products)` is only an upper bound.",
        ),
        excerpt=excerpt(TAGS, "", "\t// one pass", "\tcounts := make(map[string]int)", ""),
    )
    generic = Finding(
        rule="GW101",
        title="Map grows to the same size class every time",
        severity=Severity.GREEN,
        confidence=Confidence.LOW,
        site=GENERIC,
        growth_lines=(growth(GENERIC, 118),),
        cost=Cost(),
        advice=Advice("Reserve 24 entries.", 24),
        evidence=(),
    )
    hostile = replace(
        generic,
        site=HOSTILE,
        rule="GW101",
        title="Map grows <i>to</i> the same size & class [bold]every[/bold] time",
        advice=Advice("Reserve 24 entries </style><script>alert(2)</script>."),
        evidence=("seen <img src=x onerror=alert(3)>",),
        excerpt=excerpt(
            HOSTILE, "// </pre>", "", "m := map[string]T{} // <script>alert(4)</script>"
        ),
        diff="--- a/x\n+++ b/x\n@@ -1 +1 @@\n-</code><script>alert(5)</script>\n+ok\n",
    )
    return index, cache, prices, churn, tags, generic, hostile


def capacities() -> tuple[SiteCapacities, ...]:
    """The final sizes of the named sites and of forty more."""
    named = (
        _capacities(PRICES, 64, {1 << 20: 64.0}, 64, presized=1 << 20),
        _capacities(INDEX, 412, {2048: 31.0, 4096: 372.0, 8192: 9.0}, 1871),
        _capacities(CACHE, 1, {65536: 1.0}, 38),
        _capacities(CARTS, 3, {1024: 0.4, 4096: 0.8, 8192: 1.8}, 31),
        _capacities(TAGS, 4020, {16: 210, 32: 300, 64: 350, 128: 700, 256: 2360, 512: 100}, 11),
        _capacities(HOSTILE, 12, {16: 2.0, 32: 10.0}, 9),
    )
    others = tuple(_other(number) for number in range(40))
    return named + others


def _other(number: int) -> SiteCapacities:
    where = site(
        f"internal/feature{number % 7}/handler.go", 20 + 3 * number, f"Handle{number}", "int64", "V"
    )
    peak = 4 + number % 6
    finals = {1 << k: 40.0 / (1 + (k - peak) ** 2) for k in range(3, 12)}
    return _capacities(where, 400 - 9 * number, finals, 60 - number)


def _capacities(
    where: MapSite,
    maps: int,
    finals: dict[int, float],
    samples: int,
    presized: int | None = None,
) -> SiteCapacities:
    top = max(finals)
    steps = [1 << k for k in range(3, top.bit_length()) if 1 << k <= top]
    slots = [top] if presized else steps
    levels = tuple(
        CapacityLevel(
            size,
            size * 24,
            samples // (index + 1),
            sum(count for slot, count in finals.items() if slot >= size),
            finals.get(size, 0.0),
        )
        for index, size in enumerate(slots)
    )
    array_bytes = sum(level.array_bytes * level.allocated for level in levels)
    kept = sum(level.array_bytes * level.final for level in levels)
    ordered = sorted(finals)
    p95 = _quantile(finals, 0.95)
    spread = 0.0 if presized else maps * 0.35 / math.sqrt(max(samples, 1))
    return SiteCapacities(
        site=where,
        growth_lines=() if presized else (growth(where, where.position.line + 3),),
        sampled_arrays=samples,
        maps=Estimate(float(maps), maps - spread, maps + spread),
        levels=levels,
        p50=_quantile(finals, 0.5),
        p90=_quantile(finals, 0.9),
        p95=p95,
        p99=_quantile(finals, 0.99),
        max=ordered[-1],
        p95_interval=(ordered[max(0, ordered.index(p95) - 1)], ordered[-1]),
        allocations=SiteAllocations(
            array_bytes=array_bytes,
            array_count=sum(level.allocated for level in levels),
            growth_bytes=0.0 if presized else array_bytes * 0.94,
            growth_count=0.0 if presized else sum(level.allocated for level in levels[1:]),
            garbage_bytes=0.0 if presized else array_bytes - kept,
            presized_bytes=array_bytes if presized else 0.0,
            presized_slots=presized,
            same_size_growths=0.0,
        ),
        source="heapdebug",
        warnings=("fewer than 30 samples: the interval is wide",) if samples < 30 else (),
    )


def _quantile(finals: dict[int, float], q: float) -> int:
    """The smallest class that holds the q-quantile."""
    seen, total = 0.0, sum(finals.values())
    for size in sorted(finals):
        seen += finals[size]
        if seen >= q * total:
            return size
    return max(finals)


def lengths() -> tuple[SiteLengths, ...]:
    """Lengths the collector saw: the over-sized site and the churning one."""
    return (
        SiteLengths(PRICES, 64, 64, 1730, 1790, 1800),
        SiteLengths(CARTS, 3, 3, 880, 900, 900, ("read while the map was in use",)),
    )


_RUNTIME = (
    StackFrame("runtime.mallocgc", "/usr/local/go/src/runtime/malloc.go", 1067),
    StackFrame(
        "internal/runtime/maps.(*table).grow",
        "/usr/local/go/src/internal/runtime/maps/table.go",
        991,
    ),
)
_CACHE_PUT = StackFrame(
    f"{MODULE}/internal/session.(*Cache).Put", "/src/storefront/internal/session/cache.go", 91
)
_DECODE = StackFrame(
    "encoding/json.(*decodeState).object", "/usr/local/go/src/encoding/json/decode.go", 688
)


def gc_cycles(count: int = 60) -> tuple[GcCycle, ...]:
    """GC cycles every half second; a third of them know their CPU split from gctrace."""
    return tuple(
        GcCycle(
            number=number + 1,
            start_ns=number * 500 * MILLISECOND + 180 * MILLISECOND,
            mark_end_ns=number * 500 * MILLISECOND + (205 + 9 * (number % 5)) * MILLISECOND,
            heap_start_bytes=(60 + number % 9) * MIB,
            heap_goal_bytes=(66 + number % 9) * MIB,
            heap_live_bytes=None if number % 3 else (33 + number % 9) * MIB,
            assist_ns=(number * number % 11) * MILLISECOND,
            assist_cpu_ns=None if number % 3 else (number * number % 7) * MILLISECOND,
            background_cpu_ns=None if number % 3 else 11 * MILLISECOND,
            idle_cpu_ns=None if number % 3 else 2 * MILLISECOND,
            forced=number == 17,
            triggered_by=(*_RUNTIME, _CACHE_PUT) if number % 4 == 0 else (),
        )
        for number in range(count)
    )


def pauses(cycles: tuple[GcCycle, ...]) -> tuple[Pause, ...]:
    """Two pauses per cycle and one of another kind."""
    marks = [
        Pause(
            "GC sweep termination",
            cycle.start_ns,
            8_000 + 100 * cycle.number,
            41_000 + 977 * cycle.number,
            7,
            (),
        )
        for cycle in cycles
    ] + [
        Pause(
            "GC mark termination",
            cycle.mark_end_ns,
            None,
            90_000 + (1_900_000 if cycle.number == 23 else 311 * cycle.number),
            7,
            (),
        )
        for cycle in cycles
    ]
    other = Pause("read mem stats", 3_000 * MILLISECOND, 4_000, 21_000, 1, (_DECODE,))
    return tuple(sorted([*marks, other], key=lambda pause: (pause.start_ns, pause.kind)))


def heap(cycles: tuple[GcCycle, ...]) -> tuple[HeapPoint, ...]:
    """A saw tooth: the heap climbs to each cycle and falls after it."""
    points: list[HeapPoint] = []
    start = 0
    live = 4 * MIB
    for cycle in cycles:
        steps = 12
        for step in range(steps):
            share = step / steps
            points.append(
                HeapPoint(
                    start + int((cycle.start_ns - start) * share),
                    int(live + (cycle.heap_start_bytes - live) * share),
                    cycle.heap_goal_bytes if points else None,
                )
            )
        points.append(HeapPoint(cycle.mark_end_ns, cycle.heap_goal_bytes, cycle.heap_goal_bytes))
        start, live = cycle.mark_end_ns, (33 + cycle.number % 9) * MIB
    return tuple(points)


def assists(cycles: tuple[GcCycle, ...]) -> tuple[Assist, ...]:
    """A few assists per cycle, some of them long."""
    found = []
    for cycle in cycles:
        for step in range(cycle.number % 5):
            duration = (40_000 + 350_000 * step) * (12 if cycle.number == 23 else 1)
            user = _CACHE_PUT if step % 2 else _DECODE
            found.append(
                Assist(
                    start_ns=cycle.start_ns + step * 4 * MILLISECOND,
                    duration_ns=duration,
                    running_ns=duration // 2,
                    goroutine=200 + step,
                    klass=("other", "map-growth", "map-other")[step % 3],
                    frames=(*_RUNTIME, user) if step % 3 == 1 else (user,),
                    in_cycle=cycle.number,
                )
            )
    return tuple(found)


def assist_summary() -> AssistSummary:
    """Assist by line: the lines of the findings, the standard library, and others."""
    lines = [
        AssistSite(
            _CACHE_PUT.function, _CACHE_PUT.file, 91, "map-growth", 214, 61_700_000, 18_012_000
        ),
        AssistSite(
            INDEX.function, INDEX.position.file, 44, "map-growth", 131, 38_200_000, 4_100_000
        ),
        AssistSite(
            _DECODE.function, _DECODE.file, _DECODE.line, "other", 402, 22_900_000, 1_200_000
        ),
        AssistSite(TAGS.function, TAGS.position.file, 27, "map-other", 12, 400_000, 90_000),
    ]
    lines += [
        AssistSite(
            f"{MODULE}/internal/feature{number % 7}.(*Handler).Serve{number}",
            f"internal/feature{number % 7}/handler.go",
            31 + number,
            "other",
            9,
            300_000 - 9_000 * number,
            70_000,
        )
        for number in range(28)
    ]
    return AssistSummary(
        count=sum(line.count for line in lines),
        total_ns=sum(line.total_ns for line in lines),
        max_ns=18_012_000,
        map_growth_ns=99_900_000,
        map_other_ns=400_000,
        by_site=tuple(lines),
    )


def full_diagnosis(cycle_count: int = 60) -> Diagnosis:
    """Everything at once."""
    cycles = gc_cycles(cycle_count)
    return Diagnosis(
        recording=RecordingInfo(
            name="storefront-rec",
            target="go run ./cmd/storefront -seed 7 -seconds 30 -data 'été.json'",
            go_version="go1.26.8",
            duration_ns=30_120_000_000,
            gomaxprocs=2,
            exit_code=0,
            mem_profile_rate=16_384,
            artefacts=(
                "trace.out",
                "heap.debug1.txt",
                "heap.pprof",
                "gctrace.txt",
                "metrics.jsonl",
            ),
        ),
        module=MODULE,
        findings=findings(),
        capacities=capacities(),
        lengths=lengths(),
        trace=TraceInfo("go 1.26 trace", 30_100_000_000, 2_481_337, 31, complete=False),
        pauses=pauses(cycles),
        gc_cycles=cycles,
        assists=assist_summary(),
        heap=heap(cycles),
        limits=(
            Limit(
                "Map lengths below capacity",
                "A heap profile shows the arrays a map allocated, not how full they were.",
                "Record with `go build` so that the collector can read lengths.",
            ),
            Limit(
                "Who ran up the assist debt",
                "A trace names the goroutine that paid; the debt is the process's.",
                "Read the allocations next to the assist table.",
            ),
        ),
        warnings=(
            "trace.out ends in the middle of generation 31; the last 0.4 s are missing.",
            "3 of 19 growth lines could not be joined to a site: reached through reflect.",
        ),
        longest_assists=assists(cycles),
    )


def bare_diagnosis() -> Diagnosis:
    """A recording of a plain binary: nothing but a GC log, and nothing found."""
    return Diagnosis(
        recording=RecordingInfo(
            name="rec",
            target="./server",
            go_version="",
            duration_ns=0,
            gomaxprocs=None,
            exit_code=None,
            mem_profile_rate=None,
            artefacts=("gctrace.txt",),
        ),
        module=None,
        findings=(),
        capacities=(),
        lengths=(),
        trace=None,
        pauses=(),
        gc_cycles=(),
        assists=None,
        heap=(),
        limits=(
            Limit(
                "Map sites",
                "A plain binary was run without the collector.",
                "Record `go run` or `go build` instead of the binary.",
            ),
        ),
        warnings=(),
    )


def full_comparison() -> Comparison:
    """Five pairs: some metrics halve, one does not move, one was zero."""
    jitter = (0.98, 1.0, 1.01, 0.995, 1.02)

    def scaled(value: float) -> list[float]:
        return [value * factor for factor in jitter]

    return Comparison(
        title="storefront, 4 edits applied",
        pairs=5,
        order="before, after, after, before, …",
        totals=(
            compare("bytes allocated", "B", scaled(912 * MIB), scaled(655 * MIB)[::-1]),
            compare("allocations", "count", scaled(4_120_000), scaled(4_070_000)),
            compare("map growths", "count", scaled(51_200), scaled(8_300)),
            compare(
                "mark assist",
                "ns",
                [123e6, 140e6, 98e6, 160e6, 131e6],
                [30e6, 145e6, 61e6, 40e6, 22e6],
            ),
            compare("GC CPU", "ns", scaled(1.42e9), scaled(1.11e9)),
            compare("peak heap", "B", scaled(74 * MIB), scaled(74 * MIB)[::-1]),
        ),
        sites=(
            SiteComparison(
                INDEX,
                "GW101",
                True,
                (
                    compare("bytes allocated", "B", scaled(312 * MIB), scaled(156 * MIB)),
                    compare("map growths", "count", scaled(3_700), [0.0] * 5),
                ),
            ),
            SiteComparison(
                CACHE,
                "GW103",
                True,
                (
                    compare("bytes allocated", "B", scaled(24 * MIB), scaled(12.5 * MIB)),
                    compare("mark assist", "ns", [61e6, 70e6, 20e6, 55e6, 0.0], [0.0] * 5),
                ),
            ),
            SiteComparison(
                CARTS,
                "GW104",
                False,
                (
                    compare("bytes allocated", "B", scaled(9.6 * MIB), scaled(9.6 * MIB)[::-1]),
                    compare("map growths", "count", [0.0] * 5, [0.0] * 5),
                ),
            ),
        ),
        environment=(("go", "go1.26.8 linux/amd64"), ("CPUs", "2"), ("GOGC", "100")),
        warnings=("load average was 4.1 on 2 CPUs during the runs",),
    )
