"""Everything `growwork` takes from an execution trace, in one pass over its generations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from growwork.analysis.trace.assists import AssistScan, build_assists, summarise_assists
from growwork.analysis.trace.columns import integers, range_columns
from growwork.analysis.trace.cpu_samples import SampleScan, map_share
from growwork.analysis.trace.cycle_phases import build_cycles
from growwork.analysis.trace.gc_cycles import CycleScan
from growwork.analysis.trace.gc_work import allocation_during_mark, gc_work
from growwork.analysis.trace.generation_times import GenerationTimes
from growwork.analysis.trace.go_version import go_version_of
from growwork.analysis.trace.heap_readings import HeapReadings, heap_columns
from growwork.analysis.trace.heap_timeline import HeapScan
from growwork.analysis.trace.latencies import build_latencies
from growwork.analysis.trace.limits import TRACE_LIMITS, trace_warnings
from growwork.analysis.trace.mark_workers import WorkerScan
from growwork.analysis.trace.mmu import MmuScan
from growwork.analysis.trace.pauses import PauseScan, build_pauses, pause_kinds
from growwork.analysis.trace.procs import ProcsTimeline
from growwork.analysis.trace.quantiles import quantiles_of
from growwork.analysis.trace.scan_end import ScanEnd
from growwork.analysis.trace.scores import TraceSamples, TraceScores, take_samples, take_scores
from growwork.analysis.trace.span_columns import span_columns
from growwork.analysis.trace.spikes import find_spikes
from growwork.analysis.trace.stack_sites import StackSites
from growwork.analysis.trace.sweeps import SweepScan
from growwork.analysis.trace.types import TraceAnalysis, TraceWindow
from growwork.analysis.trace.whole_trace import WholeTrace
from growwork.analysis.types import Assist, AssistSummary, GcCycle, HeapPoint, Pause
from growwork.formats.gotrace import EventType, ScannedGeneration

__all__ = [
    "WAIT_REASONS",
    "ScanEnd",
    "TraceResults",
    "TraceSamples",
    "TraceScan",
    "TraceScores",
]

# Waits that are no idleness: the goroutine would run, and the GC does not let it.
WAIT_REASONS = (
    "wait until GC ends",
    "GC mark assist wait for work",
    "GC weak to strong wait",
)

_WHOLE = TraceWindow()


@dataclass(frozen=True, slots=True)
class TraceResults:
    """What a diagnosis needs of a trace; times are nanoseconds since its first event."""

    start_ns: int  # of the first event, on the trace's own clock
    duration_ns: int
    pauses: tuple[Pause, ...]
    cycles: tuple[GcCycle, ...]
    assists: tuple[Assist, ...]
    summary: AssistSummary
    heap: tuple[HeapPoint, ...]


class TraceScan:
    """Feeds the generations of a scan to the analyses, and asks them for results at its end."""

    def __init__(self) -> None:
        self._assists = AssistScan()
        self._pauses = PauseScan()
        self._heap = HeapScan()
        self._readings = HeapReadings()
        self._cycles = CycleScan(self._readings)
        self._workers = WorkerScan()
        self._sweeps = SweepScan()
        self._procs = ProcsTimeline()
        self._mmu = MmuScan()
        self._samples = SampleScan()
        self._times = GenerationTimes()

    def add(self, generation: ScannedGeneration) -> None:
        """Take the tables of the next generation."""
        heap = heap_columns(generation.heap)
        self._heap.add(heap)
        self._readings.add(heap)
        ranges = range_columns(generation.ranges)
        cycles = ranges.of(EventType.GC_BEGIN)
        assists = ranges.of(EventType.GC_MARK_ASSIST_BEGIN)
        self._assists.add(assists)
        self._pauses.add(ranges.of(EventType.STW_BEGIN))
        self._cycles.add(cycles)
        self._workers.add(ranges.of(EventType.GO_LABEL), cycles)
        self._sweeps.add(ranges.of(EventType.GC_SWEEP_BEGIN))
        steps = (integers(generation.utilization, one) for one in ("time", "gc_procs", "procs"))
        time, gc_procs, procs = steps
        self._procs.add(time, procs)
        self._mmu.add(time, gc_procs, procs)
        self._samples.add(generation.samples)
        last = [times[-1:] for times in (ranges.end, time, heap.alloc_time)]
        self._times.add(np.concatenate(last), assists)

    def trace(self, end: ScanEnd, window: TraceWindow = _WHOLE) -> WholeTrace:
        """All that was collected, once every generation was added."""
        first, last = end.first_ns, end.last_ns
        return WholeTrace(
            origin_ns=first,
            last_ns=last,
            start_ns=first + (window.from_ns or 0),
            end_ns=last if window.to_ns is None else min(last, first + window.to_ns),
            assists=self._assists.columns(),
            pauses=self._pauses.columns(end.texts, last),
            cycles=self._cycles.columns(),
            workers=self._workers,
            sweeps=self._sweeps,
            procs=self._procs,
            samples=self._samples.columns(),
            longest=span_columns(end.longest),
            allocated_bytes=self._readings.allocated_bytes,
            stacks=end.stacks,
            sites=StackSites(end.stacks),
            texts=end.texts,
        )

    def analyse(self, name: str, window: TraceWindow, end: ScanEnd) -> TraceAnalysis:
        """Everything there is to say about the trace; `name` is how its user calls it."""
        trace = self.trace(end, window)
        cycles = build_cycles(trace)
        latencies = build_latencies(end.totals, end.histograms, self._sweeps, end.stacks, end.texts)
        return TraceAnalysis(
            name=name,
            info=end.info,
            go_version=go_version_of(end.header, end.stacks),
            window=window,
            pauses=build_pauses(trace.pauses, end.stacks, trace.origin_ns),
            pause_kinds=pause_kinds(trace.pauses),
            gc_cycles=cycles,
            gc_work=gc_work(trace),
            assists=summarise_assists(trace.assists, trace.sites),
            assist_quantiles=quantiles_of(trace.assists.duration),
            latencies=latencies,
            mmu=self._mmu.points(trace.end_ns),
            cpu=map_share(trace.samples, trace.sites),
            allocation=allocation_during_mark(trace),
            spikes=find_spikes(trace),
            limits=TRACE_LIMITS,
            warnings=(*end.warnings, *trace_warnings(trace, len(cycles), window)),
        )

    def samples(self, end: ScanEnd, window: TraceWindow = _WHOLE) -> TraceSamples:
        """What a comparison needs."""
        trace = self.trace(end, window)
        rates = self._times.assist_ns_per_second(trace.start_ns, trace.end_ns)
        return take_samples(trace, end, rates)

    def scores(self, end: ScanEnd, window: TraceWindow = _WHOLE) -> TraceScores:
        """What a ranking needs."""
        return take_scores(self.trace(end, window), end)

    def results(self, end: ScanEnd) -> TraceResults:
        """What a diagnosis needs."""
        trace = self.trace(end)
        cycles = build_cycles(trace)
        return TraceResults(
            start_ns=trace.origin_ns,
            duration_ns=trace.end_ns - trace.origin_ns,
            pauses=build_pauses(trace.pauses, end.stacks, trace.origin_ns),
            cycles=cycles,
            assists=build_assists(trace.assists, end.stacks, trace.sites, cycles, trace.origin_ns),
            summary=summarise_assists(trace.assists, trace.sites),
            heap=self._heap.points(trace.origin_ns),
        )
