"""An incident with everything that is needed to explain it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from growwork.analysis.trace.assist_bursts import Bursts
from growwork.analysis.trace.columns import Column
from growwork.analysis.trace.gc_cycles import forcing_frame
from growwork.analysis.trace.incidents import Incident
from growwork.analysis.trace.intervals import overlap
from growwork.analysis.trace.spike_wording import at_line
from growwork.analysis.trace.types import SpikeCause
from growwork.analysis.trace.whole_trace import WholeTrace

__all__ = ["IncidentContext"]


@dataclass(frozen=True, slots=True)
class IncidentContext:
    """One incident in its trace; `parts` are the incidents that are told with it."""

    trace: WholeTrace
    bursts: Bursts
    incident: Incident
    parts: Sequence[Incident]

    def cause(
        self, kind: str, text: str, overlap_ns: int, goroutine: int = -1, stack_id: int = 0
    ) -> SpikeCause:
        """A cause with the frames of its stack."""
        return SpikeCause(kind, text, overlap_ns, goroutine, self.trace.stacks.frames(stack_id))

    def overlap(self, start: Column, end: Column) -> Column:
        """By how much each interval overlaps the incident."""
        return overlap(start, end, self.incident.start, self.incident.end)

    def at(self, stack_id: int, before: str = " at ") -> str:
        """The line of a stack in words, nothing for no stack."""
        return at_line(self.trace.sites, stack_id, before)

    def forced_by(self, stack_id: int) -> str:
        """` by runtime.GC at main.go:50 (main.force)`."""
        frame = forcing_frame(self.trace.stacks.frames(stack_id))
        name = f" by {frame.function}" if frame else ""
        return f"{name}{self.at(stack_id)}"
