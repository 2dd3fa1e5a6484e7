"""What a scan has collected of a whole trace: the input of the analyses made at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from growwork.analysis.trace.assists import AssistColumns
from growwork.analysis.trace.columns import StackTable
from growwork.analysis.trace.cpu_samples import SampleColumns
from growwork.analysis.trace.gc_cycles import CycleColumns
from growwork.analysis.trace.mark_workers import WorkerScan
from growwork.analysis.trace.pauses import PauseColumns
from growwork.analysis.trace.procs import ProcsTimeline
from growwork.analysis.trace.span_columns import SpanColumns
from growwork.analysis.trace.stack_sites import StackSites
from growwork.analysis.trace.sweeps import SweepScan

__all__ = ["WholeTrace"]


@dataclass(frozen=True, slots=True)
class WholeTrace:
    """Ranges as columns, sums, and the stacks to name them with; times are the trace's own."""

    origin_ns: int  # of the file's first event: results count from it
    last_ns: int  # of the file's last event
    start_ns: int  # of the part that was scanned
    end_ns: int
    assists: AssistColumns
    pauses: PauseColumns
    cycles: CycleColumns  # also one that was still open
    workers: WorkerScan
    sweeps: SweepScan
    procs: ProcsTimeline
    samples: SampleColumns
    longest: SpanColumns
    allocated_bytes: int
    stacks: StackTable
    sites: StackSites
    texts: Sequence[str]
