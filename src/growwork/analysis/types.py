"""Typed results of the analyses; every field carries its unit in its name.

These are the nouns that rules and renderers speak of. A result weaker than it looks says so in
its `warnings`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a trace is analysed without loading what knows Go source
    from growwork.gosource.types import GrowthLine, MapSite

__all__ = [
    "Assist",
    "AssistSite",
    "AssistSummary",
    "CapacityLevel",
    "Estimate",
    "GcCycle",
    "HeapPoint",
    "Pause",
    "SiteAllocations",
    "SiteAssists",
    "SiteCapacities",
    "SiteLengths",
    "StackFrame",
    "TraceInfo",
]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 90 % interval; `low == high == value` when it was counted."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class StackFrame:
    """One logical frame, leaf first in a stack; inlined frames are frames."""

    function: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class CapacityLevel:
    """One step of a site's growth chain."""

    slots: int
    array_bytes: int  # bytes of the arrays a map gains on reaching this level
    sampled: int  # raw profile samples of these arrays
    allocated: float  # estimated number of arrays of this level
    final: float  # estimated number of maps that ended at this level


@dataclass(frozen=True, slots=True)
class SiteAllocations:
    """What the heap profile says was allocated for the maps of one site."""

    array_bytes: float  # all bucket or group arrays
    array_count: float
    growth_bytes: float  # the arrays made by growth (not the first, not presized)
    growth_count: float
    garbage_bytes: float  # arrays that growth replaced
    presized_bytes: float  # arrays made by make(map, hint) itself
    presized_slots: int | None  # capacity that make() gave, None when not seen or not unique
    same_size_growths: float  # classic only: doublings that did not double (overflow pressure)


@dataclass(frozen=True, slots=True)
class SiteCapacities:
    """The final-size distribution of the maps of one site, in slots."""

    site: MapSite
    growth_lines: tuple[GrowthLine, ...]
    sampled_arrays: int  # K, the number of profile samples behind it
    maps: Estimate
    levels: tuple[CapacityLevel, ...]
    p50: int
    p90: int
    p95: int
    p99: int
    max: int
    p95_interval: tuple[int, int]
    allocations: SiteAllocations
    source: str  # `heapdebug` or `pprof`
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteLengths:
    """Map lengths observed at one site by the collector: exact lengths of a sample of maps."""

    site: MapSite
    maps: int  # maps observed
    made: int  # maps made at the site while recording, observed or not
    p50: int
    p95: int
    max: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pause:
    """One stop-the-world pause, as the trace recorded it."""

    kind: str  # the runtime's own reason
    start_ns: int
    stopping_ns: int | None  # until every P had stopped; None where the trace cannot tell
    duration_ns: int
    goroutine: int
    frames: tuple[StackFrame, ...]


@dataclass(frozen=True, slots=True)
class GcCycle:
    """One GC cycle between its first event and the end of marking."""

    number: int  # from 1 in this recording
    start_ns: int
    mark_end_ns: int
    heap_start_bytes: int
    heap_goal_bytes: int
    heap_live_bytes: int | None
    assist_ns: int  # wall time of assists within the cycle
    assist_cpu_ns: int | None  # from gctrace where the cycle could be matched
    background_cpu_ns: int | None  # dedicated + fractional, gctrace
    idle_cpu_ns: int | None
    forced: bool
    triggered_by: tuple[StackFrame, ...]  # who crossed the trigger, not who caused the cycle


@dataclass(frozen=True, slots=True)
class Assist:
    """One mark assist of one goroutine."""

    start_ns: int
    duration_ns: int  # wall time from begin to end
    running_ns: int  # without the parts in which the goroutine was off its thread
    goroutine: int
    klass: str  # `map-growth`, `map-other` or `other`
    frames: tuple[StackFrame, ...]
    in_cycle: int | None  # GcCycle.number


@dataclass(frozen=True, slots=True)
class AssistSite:
    """Mark assist paid on one source line: who paid, not who ran up the debt."""

    function: str
    file: str
    line: int
    klass: str
    count: int
    total_ns: int
    max_ns: int


@dataclass(frozen=True, slots=True)
class AssistSummary:
    """All mark assist of a trace."""

    count: int
    total_ns: int
    max_ns: int
    map_growth_ns: int
    map_other_ns: int
    by_site: tuple[AssistSite, ...]  # most time first


@dataclass(frozen=True, slots=True)
class SiteAssists:
    """Mark assist joined to one map site through its growth lines.

    Growth here is growth beyond the first bucket or group: allocating that one is no growth a
    hint could avoid.
    """

    site: MapSite
    count: int
    total_ns: int
    max_ns: int
    growth_ns: int  # the part inside growth
    cycles: tuple[int, ...]  # GcCycle.number of the cycles growth paid in
    worst: Assist | None  # the longest one inside growth
    growth_count: int = 0  # assists inside growth


@dataclass(frozen=True, slots=True)
class HeapPoint:
    """Heap size against goal at one moment of the trace."""

    time_ns: int
    heap_bytes: int
    goal_bytes: int | None


@dataclass(frozen=True, slots=True)
class TraceInfo:
    """What a trace file is."""

    format: str  # header, such as `go 1.26 trace`
    duration_ns: int
    events: int
    generations: int
    complete: bool
