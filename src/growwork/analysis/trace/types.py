"""Typed results of a trace's own analyses; every field carries its unit in its name.

Times called `start_ns` count from the trace's first event. A share is a fraction of one.
"""

from __future__ import annotations

from dataclasses import dataclass

from growwork.analysis.types import AssistSummary, GcCycle, Pause, StackFrame, TraceInfo

__all__ = [
    "AllocationDuringMark",
    "CpuMapShare",
    "CpuSite",
    "GcWork",
    "GoroutineState",
    "Latency",
    "LatencySite",
    "MmuPoint",
    "PauseKind",
    "Quantiles",
    "Spike",
    "SpikeCause",
    "TraceAnalysis",
    "TraceCycle",
    "TracePause",
    "TraceWindow",
]


@dataclass(frozen=True, slots=True)
class TraceWindow:
    """The part of a trace that was asked for; None stands for no limit."""

    from_ns: int | None = None  # since the trace's first event
    to_ns: int | None = None
    goroutine: int | None = None
    region: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self == TraceWindow()


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Durations at some ranks; from a histogram they are upper bounds, at most 1/8 too high."""

    p50_ns: int
    p90_ns: int
    p99_ns: int
    p999_ns: int
    max_ns: int


@dataclass(frozen=True, slots=True)
class TracePause(Pause):
    """A pause with the goroutine that gave up its P last, if any had to."""

    stopped_last: int  # -1 when no P had to stop, or when it ran no goroutine
    stopped_last_frames: tuple[StackFrame, ...]  # where it stopped


@dataclass(frozen=True, slots=True)
class TraceCycle(GcCycle):
    """A GC cycle with its phases, and the P time that its work took."""

    sweep_termination_ns: int  # the pause that begins the cycle; 0 when it was not seen
    mark_ns: int  # between the two pauses
    mark_termination_ns: int  # the pause that ends marking
    procs_ns: int  # P time there was: GOMAXPROCS over the cycle
    dedicated_ns: int
    fractional_ns: int
    idle_ns: int
    assist_running_ns: int
    allocated_bytes: int  # rises of the heap within the cycle


@dataclass(frozen=True, slots=True)
class PauseKind:
    """All stop-the-world pauses of one kind."""

    kind: str
    count: int
    total_ns: int
    max_ns: int
    stopping_total_ns: int
    stopping_max_ns: int


@dataclass(frozen=True, slots=True)
class GcWork:
    """P time the GC took of the Ps that were there, as shares of `procs_ns`."""

    procs_ns: int  # integral of GOMAXPROCS over the trace
    cycle_ns: int  # wall time in GC cycles
    dedicated_ns: int
    fractional_ns: int
    idle_ns: int  # workers on Ps that had nothing else to do
    assist_ns: int  # running time of assists
    sweep_ns: int  # sweeping by allocating goroutines and the background sweeper
    stw_ns: int  # wall time of GC pauses times the Ps stopped
    swept_bytes: int
    reclaimed_bytes: int
    worker_preemptions: int  # mark workers that were stopped before they were done


@dataclass(frozen=True, slots=True)
class MmuPoint:
    """Minimum mutator utilisation: over every window of this length, the mutator had this much."""

    window_ns: int
    utilization: float


class GoroutineState:
    """Names of goroutine states, as the trace numbers them."""

    RUNNABLE = 1
    RUNNING = 2
    SYSCALL = 3
    WAITING = 4


@dataclass(frozen=True, slots=True)
class LatencySite:
    """Time spent in one state behind one stack."""

    count: int
    total_ns: int
    max_ns: int
    frames: tuple[StackFrame, ...]


@dataclass(frozen=True, slots=True)
class Latency:
    """Time all goroutines together spent in one kind of waiting."""

    kind: str  # `runnable`, `assist wait`, `sweep`, `syscall`, `lock`, `channel`, `network`, …
    count: int
    total_ns: int
    quantiles: Quantiles
    sites: tuple[LatencySite, ...]  # most time first, a few


@dataclass(frozen=True, slots=True)
class CpuSite:
    """CPU samples of map code on one line of user code."""

    function: str
    file: str
    line: int
    operation: str  # `growth`, `assign`, `access`, `delete`, `iterate`, `make`, `clear`, `other`
    samples: int


@dataclass(frozen=True, slots=True)
class CpuMapShare:
    """What the CPU samples of the trace say about maps."""

    samples: int
    map_samples: int
    growth_samples: int
    assist_in_map_samples: int  # mark work paid inside map code
    marking_samples: int  # background marking, which has no map identity
    by_site: tuple[CpuSite, ...]


@dataclass(frozen=True, slots=True)
class AllocationDuringMark:
    """How much of the heap allocation happened while the GC was marking."""

    allocated_bytes: int  # rises of the heap between its readings
    during_mark_bytes: int
    cycle_share: float  # of the wall time that was GC cycle


@dataclass(frozen=True, slots=True)
class SpikeCause:
    """Something that overlapped a spike, with the part of it that it covers."""

    # `assist`, `growth` (assist or samples in a map growth), `stw`, `stopping`, `forced gc`,
    # `runnable`, `long run`, `run`, `worker preempted`, `gc wait`
    kind: str
    text: str  # one sentence that names who
    overlap_ns: int
    goroutine: int  # -1 for none
    frames: tuple[StackFrame, ...]


@dataclass(frozen=True, slots=True)
class Spike:
    """One of the worst intervals of the trace, and what overlapped it.

    The first cause is the spike itself: its overlap is the time the goroutine lost, which is
    less than the duration where an interval is made of many short losses.
    """

    kind: str  # the mechanism: `assist`, `stw`, `runnable`, `forced gc`, `long run`, `gc wait`
    start_ns: int
    duration_ns: int
    goroutine: int  # the one that lost most, -1 for all
    affected: int  # goroutines that lost time in the same way at the same time
    causes: tuple[SpikeCause, ...]  # the spike itself, then most overlap first
    frames: tuple[StackFrame, ...]
    occurrences: int = 1  # of this kind on this line, among the longest; this is the worst


@dataclass(frozen=True, slots=True)
class TraceAnalysis:
    """Everything `growwork trace` says about one file."""

    name: str
    info: TraceInfo
    go_version: str  # what the header allows, narrower when a frame names the toolchain
    window: TraceWindow
    pauses: tuple[TracePause, ...]
    pause_kinds: tuple[PauseKind, ...]
    gc_cycles: tuple[TraceCycle, ...]
    gc_work: GcWork
    assists: AssistSummary
    assist_quantiles: Quantiles
    latencies: tuple[Latency, ...]  # most time first
    mmu: tuple[MmuPoint, ...]  # shortest window first
    cpu: CpuMapShare | None  # None without CPU samples in the trace
    allocation: AllocationDuringMark
    spikes: tuple[Spike, ...]  # most time lost first
    limits: tuple[str, ...]  # what a trace can never say
    warnings: tuple[str, ...]  # what this one says less well than it looks
