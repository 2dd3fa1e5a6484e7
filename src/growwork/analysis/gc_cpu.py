"""How much CPU the garbage collector took, from a CPU profile.

The runtime's own `/cpu/classes/gc` counters are wall time on a P: on a busy machine they count
the time in which the operating system ran something else. A CPU profile does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import compute

from growwork.formats.pprof import Profile

__all__ = ["GcCpu", "gc_cpu"]

# A sample belongs to the GC when one of these is on its stack (runtime/mgc.go, mgcmark.go,
# mgcsweep.go): background marking, assists, starting and ending a cycle, sweeping.
_GC_ROOTS = frozenset(
    {
        "runtime.gcBgMarkWorker",
        "runtime.gcAssistAlloc",
        "runtime.gcStart",
        "runtime.gcMarkDone",
        "runtime.gcMarkTermination",
        "runtime.bgsweep",
        "runtime.deductSweepCredit",
        "runtime.sweepone",
    }
)
_CPU = "cpu"


@dataclass(frozen=True, slots=True)
class GcCpu:
    """CPU time of a program and the part that was garbage collection."""

    total_ns: int
    gc_ns: int
    samples: int


def gc_cpu(profiles: Iterable[Profile]) -> GcCpu:
    """Add up the segments of one CPU profile."""
    total = gc = samples = 0
    for profile in profiles:
        column = _cpu_column(profile)
        if column is None or not len(profile.samples):
            continue
        spent = profile.samples.column(column)
        stacks = profile.samples.column("stack_id")
        in_gc = compute.is_in(stacks, value_set=_stacks_with(profile.frames, _GC_ROOTS))
        total += compute.sum(spent).as_py()
        gc += compute.sum(spent.filter(in_gc)).as_py() or 0
        samples += len(stacks)
    return GcCpu(total, gc, samples)


def _cpu_column(profile: Profile) -> str | None:
    types = (kind.type for kind in profile.sample_types)
    columns = zip(types, profile.value_columns, strict=True)
    return next((column for kind, column in columns if kind == _CPU), None)


def _stacks_with(frames: pa.Table, functions: frozenset[str]) -> pa.Array:
    of_gc = compute.is_in(frames.column("function"), value_set=pa.array(sorted(functions)))
    return frames.filter(of_gc).column("stack_id").unique()
