"""What overlapped a spike, each in one sentence.

Overlap is all that is claimed. Where the trace itself names who (who stopped last, who asked
for a GC cycle), the sentence does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from growwork.analysis.trace.gc_cycles import forces_cycle
from growwork.analysis.trace.incident_context import IncidentContext
from growwork.analysis.trace.incidents import (
    ASSIST,
    ASSIST_WAIT,
    FORCED_GC,
    GC_WAIT,
    GROWTH,
    LONG_RUN,
    LONG_RUN_NS,
    RUNNABLE,
    STW,
)
from growwork.analysis.trace.mark_workers import IDLE
from growwork.analysis.trace.spike_wording import goroutine, goroutines, span, times
from growwork.analysis.trace.types import GoroutineState, SpikeCause
from growwork.formats.gotrace import EventType

__all__ = ["overlapping_causes"]

_OCCUPANTS = 3  # runs named that lasted while a goroutine was runnable
_SAMPLE_NS = 10_000_000  # of CPU time that a sample stands for (runtime/pprof: 100 per second)
_NOISE = 0.02  # of the time lost; what overlaps by less is not worth a sentence


def overlapping_causes(context: IncidentContext) -> tuple[SpikeCause, ...]:
    """Everything that overlapped the incident, most overlap first."""
    found = [cause for rule in _RULES[context.incident.kind] for cause in rule(context)]
    least = _NOISE * context.incident.lost
    kept = [cause for cause in found if cause.overlap_ns >= least]
    return tuple(sorted(kept, key=lambda one: (-one.overlap_ns, one.kind, one.text)))


def _stopping(context: IncidentContext) -> Iterator[SpikeCause]:
    """How long it took to stop the world for this pause, and who stopped last."""
    pauses, place = context.trace.pauses, context.incident.place
    stopping = int(pauses.stopping[place])
    who, stack = int(pauses.ranges.arg1[place]), int(pauses.ranges.extra_stack_id[place])
    if stopping > 0:
        last = f"; {goroutine(who)} stopped last{context.at(stack)}" if who >= 0 else ""
        text = f"stopping the world took {span(stopping)} of it{last}"
        yield context.cause("stopping", text, stopping, who, stack)


def _held_up(context: IncidentContext) -> Iterator[SpikeCause]:
    """Pauses that had to wait for this run to end."""
    pauses = context.trace.pauses
    for part in context.parts:
        if part.kind == STW:
            stopping = int(pauses.stopping[part.place])
            asked = int(pauses.ranges.g[part.place])
            text = (
                f"{pauses.kinds[part.place]}, asked for by {goroutine(asked)}"
                f"{context.at(part.stack_id)}, needed {span(stopping)} to stop the world: "
                f"{goroutine(context.incident.goroutine)} stopped last"
            )
            yield context.cause("stopping", text, stopping, asked, part.stack_id)


def _pauses(context: IncidentContext) -> Iterator[SpikeCause]:
    pauses = context.trace.pauses
    shared = context.overlap(pauses.start, pauses.ranges.end)
    if context.incident.kind == LONG_RUN:  # those that waited for its end have their own sentence
        shared[[part.place for part in context.parts if part.kind == STW]] = 0
    count = int(np.count_nonzero(shared))
    if count:
        worst = int(np.argmax(shared))
        longest = f", longest for {pauses.kinds[worst]}" if count > 1 else ""
        what = "the world was stopped" if count > 1 else f"{pauses.kinds[worst]} stopped the world"
        often = f" {times(count)}" if count > 1 else ""
        text = f"{what}{often} for {span(int(shared.sum()))} of it{longest}"
        stack = int(pauses.ranges.stack_id[worst])
        yield context.cause("stw", text, int(shared.sum()), int(pauses.ranges.g[worst]), stack)


def _forced_cycle(context: IncidentContext) -> Iterator[SpikeCause]:
    """A cycle that overlaps, if the program asked for it."""
    cycles = context.trace.cycles.ranges
    shared = context.overlap(cycles.start, cycles.end)
    rows = np.flatnonzero(shared)
    forced = context.trace.sites.has(cycles.stack_id[rows], forces_cycle)
    for row in rows[forced].tolist():
        who, stack = int(cycles.g[row]), int(cycles.stack_id[row])
        text = f"{goroutine(who)} had asked for the GC cycle{context.forced_by(stack)}"
        yield context.cause(FORCED_GC, text, int(shared[row]), who, stack)


def _preempted_workers(context: IncidentContext) -> Iterator[SpikeCause]:
    """Mark workers that were stopped in it before they were done."""
    runs, texts = context.trace.workers.longest, context.trace.texts
    shared = context.overlap(runs.start, runs.end)
    stopped = (runs.arg0 == EventType.GO_STOP) & (shared > 0) & (runs.end <= context.incident.end)
    rows = [row for row in np.flatnonzero(stopped).tolist() if texts[runs.text_id[row]] != IDLE]
    if rows:
        worst = rows[int(np.argmax(shared[rows]))]
        label = texts[runs.text_id[worst]].removeprefix("GC ").strip("()")
        text = f"a {label} mark worker was preempted in it {times(len(rows))}"
        who, stack = int(runs.g[worst]), int(runs.extra_stack_id[worst])
        yield context.cause("worker preempted", text, int(shared[rows].sum()), who, stack)


def _mark_workers(context: IncidentContext) -> Iterator[SpikeCause]:
    runs = context.trace.workers.longest
    shared = context.overlap(runs.start, runs.end)
    if shared.any():
        count = len(np.unique(runs.g[shared > 0]))
        workers = "a mark worker" if count == 1 else f"{count} mark workers"
        text = f"{workers} ran for {span(int(shared.sum()))} of P time in it"
        yield context.cause("mark workers", text, min(int(shared.sum()), context.incident.duration))


def _growth_samples(context: IncidentContext) -> Iterator[SpikeCause]:
    """CPU samples of the goroutine that were taken while a map grew."""
    samples, incident = context.trace.samples, context.incident
    mine = np.flatnonzero(
        (samples.g == incident.goroutine)
        & (samples.time >= incident.start)
        & (samples.time <= incident.end)
    )
    growing = mine[context.trace.sites.is_growth(samples.stack_id[mine])]
    if len(growing):
        stacks, counts = np.unique(samples.stack_id[growing], return_counts=True)
        stack = int(stacks[np.argmax(counts)])
        text = (
            f"{len(growing)} of {len(mine)} CPU samples of {goroutine(incident.goroutine)} in it "
            f"were taken in a map growth{context.at(stack)}"
        )
        part = min(incident.duration * len(growing) // len(mine), len(growing) * _SAMPLE_NS)
        yield context.cause(GROWTH, text, part, incident.goroutine, stack)


def _stopped_in_growth(context: IncidentContext) -> Iterator[SpikeCause]:
    incident = context.incident
    if context.trace.sites.is_growth(np.array([incident.stack_id]))[0]:
        text = f"it stopped in a map growth{context.at(incident.stack_id)}"
        yield context.cause(GROWTH, text, incident.duration, incident.goroutine, incident.stack_id)


def _own_assists(context: IncidentContext) -> Iterator[SpikeCause]:
    bursts, who = context.bursts, context.incident.goroutine
    shared = np.where(bursts.g == who, context.overlap(bursts.start, bursts.end), 0)
    if shared.any():
        worst = int(np.argmax(shared))
        kind = GROWTH if bursts.is_growth[worst] else ASSIST
        paid = int(np.minimum(shared, bursts.lost).sum())
        stack = int(bursts.stack_id[worst])
        what = " in a map growth" if bursts.is_growth[worst] else ""
        text = f"{goroutine(who)} paid {span(paid)} of mark assist{what}{context.at(stack)}"
        yield context.cause(kind, text, paid, who, stack)


def _assists_of_others(context: IncidentContext) -> Iterator[SpikeCause]:
    bursts, who = context.bursts, context.incident.goroutine
    shared = context.overlap(bursts.start, bursts.end)
    shared = np.where(bursts.g == who, 0, np.minimum(shared, bursts.lost))
    payers = len(np.unique(bursts.g[shared > 0]))
    if payers:
        worst = int(np.argmax(shared))
        most, stack = int(bursts.g[worst]), int(bursts.stack_id[worst])
        what = " in a map growth" if bursts.is_growth[worst] else ""
        paid = f"{span(int(shared[worst]))} of mark assist{what}{context.at(stack)}"
        others = f"{goroutines(payers)} paid assists meanwhile, {goroutine(most)} most: "
        text = f"{others}{paid}" if payers > 1 else f"{goroutine(most)} paid {paid} meanwhile"
        kind = GROWTH if bursts.is_growth[worst] else ASSIST
        yield context.cause(kind, text, int(shared[worst]), most, stack)


def _occupants(context: IncidentContext) -> Iterator[SpikeCause]:
    """The longest runs that went on meanwhile: they had the Ps."""
    runs = context.trace.longest.of(GoroutineState.RUNNING)
    workers = np.isin(runs.g, context.trace.workers.goroutines)  # they have their own sentence
    shared = np.where(workers, 0, context.overlap(runs.start, runs.end))
    for row in np.argsort(-shared, kind="stable")[:_OCCUPANTS].tolist():
        who, stack = int(runs.g[row]), int(runs.end_stack_id[row])
        if shared[row] and who != context.incident.goroutine:
            length = int(runs.duration[row])
            part = "" if shared[row] == length else f" of {span(length)}"
            text = (
                f"{goroutine(who)} ran {span(int(shared[row]))}{part} without a stop in it"
                f"{context.at(stack, ', until ')}"
            )
            kind = LONG_RUN if length >= LONG_RUN_NS else "run"
            yield context.cause(kind, text, int(shared[row]), who, stack)


def _long_runs(context: IncidentContext) -> Iterator[SpikeCause]:
    yield from (cause for cause in _occupants(context) if cause.kind == LONG_RUN)


def _own_waits(context: IncidentContext) -> Iterator[SpikeCause]:
    """What kept the goroutine off its thread within an assist."""
    spans, who = context.trace.longest, context.incident.goroutine
    shared = np.where(spans.g == who, context.overlap(spans.start, spans.end), 0)
    reasons = [place for place, text in enumerate(context.trace.texts) if text == ASSIST_WAIT]
    for kind, text, rows in (
        (GC_WAIT, "waited for background marking", np.isin(spans.reason_id, reasons)),
        (RUNNABLE, "was runnable and not running", spans.state == GoroutineState.RUNNABLE),
    ):
        lost = int(shared[rows].sum())
        if lost:
            yield context.cause(kind, f"{goroutine(who)} {text} for {span(lost)} of it", lost, who)


def _runnable_meanwhile(context: IncidentContext) -> Iterator[SpikeCause]:
    spans, who = context.trace.longest.of(GoroutineState.RUNNABLE), context.incident.goroutine
    shared = np.where(spans.g == who, 0, context.overlap(spans.start, spans.end))
    most = (2 * shared >= spans.duration) & (shared > 0)
    if most.any():
        shared = np.where(most, shared, 0)
        worst = int(np.argmax(shared))
        count, g = len(np.unique(spans.g[most])), int(spans.g[worst])
        text = (
            f"{goroutine(g)} was runnable for {span(int(shared[worst]))} of it"
            if count == 1
            else f"{goroutines(count)} were runnable meanwhile, {goroutine(g)} for "
            f"{span(int(shared[worst]))} of it"
        )
        yield context.cause(RUNNABLE, text, int(shared[worst]), g, int(spans.stack_id[worst]))


_Rule = Callable[[IncidentContext], Iterator[SpikeCause]]
_IN_ASSIST = (_own_waits, _pauses, _forced_cycle, _preempted_workers, _growth_samples)

# Which sentences each way of losing time is looked at for.
_RULES: dict[str, tuple[_Rule, ...]] = {
    ASSIST: (*_IN_ASSIST, _long_runs, _assists_of_others),
    GROWTH: (*_IN_ASSIST, _long_runs, _assists_of_others, _runnable_meanwhile),
    FORCED_GC: (_pauses, _preempted_workers, _assists_of_others, _long_runs, _runnable_meanwhile),
    GC_WAIT: (_pauses, _forced_cycle, _preempted_workers, _long_runs),
    LONG_RUN: (
        _held_up,
        _pauses,
        _stopped_in_growth,
        _growth_samples,
        _own_assists,
        _long_runs,
        _runnable_meanwhile,
    ),
    RUNNABLE: (_occupants, _pauses, _forced_cycle, _mark_workers, _preempted_workers),
    STW: (_stopping, _forced_cycle, _long_runs, _runnable_meanwhile),
}
