"""The P time of a trace, and what the GC took of it."""

from __future__ import annotations

import numpy as np

from growwork.analysis.trace.mark_workers import DEDICATED, FRACTIONAL, IDLE
from growwork.analysis.trace.types import AllocationDuringMark, GcWork
from growwork.analysis.trace.whole_trace import WholeTrace

__all__ = ["allocation_during_mark", "gc_work"]

_GC_PAUSE = "GC "  # the pauses of a cycle; others stop the world too


def gc_work(trace: WholeTrace) -> GcWork:
    """The sums over all cycles, also over what lies outside finished ones."""
    kinds = {label: trace.workers.runs(label, trace.texts) for label in (DEDICATED, FRACTIONAL)}
    sweeps = trace.sweeps
    bounds = np.array([[trace.start_ns], [trace.end_ns]], dtype=np.int64)
    return GcWork(
        procs_ns=int(trace.procs.within(*bounds)[0]),
        cycle_ns=_cycle_ns(trace),
        dedicated_ns=kinds[DEDICATED].total_ns,
        fractional_ns=kinds[FRACTIONAL].total_ns,
        idle_ns=trace.workers.runs(IDLE, trace.texts).total_ns,
        assist_ns=int(trace.assists.running.sum()),
        sweep_ns=sweeps.total_ns,
        stw_ns=_stw_ns(trace),
        swept_bytes=sweeps.swept_bytes,
        reclaimed_bytes=sweeps.reclaimed_bytes,
        worker_preemptions=sum(one.preemptions for one in kinds.values()),
    )


def allocation_during_mark(trace: WholeTrace) -> AllocationDuringMark:
    """How much of the allocation happened in GC cycles."""
    length = trace.end_ns - trace.start_ns
    return AllocationDuringMark(
        allocated_bytes=trace.allocated_bytes,
        during_mark_bytes=int(trace.cycles.allocated.sum()),
        cycle_share=_cycle_ns(trace) / length if length > 0 else 0.0,
    )


def _cycle_ns(trace: WholeTrace) -> int:
    cycles = trace.cycles.ranges
    return int((cycles.end - cycles.start).sum())


def _stw_ns(trace: WholeTrace) -> int:
    pauses = trace.pauses
    of_gc = np.array([kind.startswith(_GC_PAUSE) for kind in pauses.kinds], dtype=np.bool_)
    return int((pauses.duration * trace.procs.at(pauses.start))[of_gc].sum())
