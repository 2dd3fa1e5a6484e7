"""What a scan has collected of a whole trace: the input of the analyses made at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from growwork.analysis.assists import AssistColumns
from growwork.analysis.cpu_samples import SampleColumns
from growwork.analysis.gc_cycles import CycleColumns
from growwork.analysis.mark_workers import WorkerScan
from growwork.analysis.pauses import PauseColumns
from growwork.analysis.procs import ProcsTimeline
from growwork.analysis.span_columns import SpanColumns
from growwork.analysis.stack_sites import StackSites
from growwork.analysis.sweeps import SweepScan
from growwork.analysis.trace_columns import StackTable

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
