"""Traces against a baseline: which durations and rates moved, by distributions, not by maxima.

What is independent decides what is significant. With three traces or more on each side the
traces are: the runs vary, and the interval shows how much. With fewer, stretches of time within
the traces are; that covers slow seconds but no slow run, and a warning says so.

A quantity has moved when two things hold: Holm's adjusted p-value is at most `ALPHA`, so that
the chance of even one false move is below it, and the whole interval of the probability of
superiority lies outside `NEGLIGIBLE` (Vargha and Delaney's bound of a small effect), because with
a million latencies any two runs differ significantly in something.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from growwork.analysis.trace_comparison_types import Quantity, Side, TraceComparison, Verdict
from growwork.core.statistics import ALPHA, INTERVAL
from growwork.core.two_samples import Sample, adjust_holm, compare_samples

if TYPE_CHECKING:
    from growwork.analysis.trace_columns import Column
    from growwork.analysis.trace_scores import TraceSamples
    from growwork.analysis.trace_types import TraceWindow

__all__ = ["NEGLIGIBLE", "TraceSide", "compare_traces"]

NEGLIGIBLE = (0.44, 0.56)
_LEAST_TRACES = 3  # on each side, to take traces for the units
_LEAST_VALUES = 5
_FEW_VALUES = 20
_BLOCKS = 24  # stretches of time per trace
_BLOCK_VALUES = 8  # values a stretch should have, unless there are too few for that


@dataclass(frozen=True, slots=True)
class TraceSide:
    """The traces of one side and what they hold."""

    names: tuple[str, ...]
    samples: tuple[TraceSamples, ...]


@dataclass(frozen=True, slots=True)
class _Values:
    """One quantity in one trace, in order of time; counts are None where each value is one."""

    values: Column
    counts: Column | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a quantity is found in a trace."""

    name: str
    unit: str
    of: Callable[[TraceSamples], _Values]
    is_event: bool = True


def compare_traces(before: TraceSide, after: TraceSide, window: TraceWindow) -> TraceComparison:
    """Compare all quantities that either side has; each side has at least one trace."""
    by_trace = min(len(before.samples), len(after.samples)) >= _LEAST_TRACES
    found = [
        _compare(source, before.samples, after.samples, by_trace=by_trace)
        for source in _sources((*before.samples, *after.samples))
    ]
    return TraceComparison(
        before=before.names,
        after=after.names,
        window=window,
        alpha=ALPHA,
        interval=INTERVAL,
        negligible=NEGLIGIBLE,
        unit_of_chance="traces" if by_trace else "stretches of time",
        quantities=_judge(found),
        warnings=_warnings(found, before, after, by_trace=by_trace),
    )


def _sources(samples: Sequence[TraceSamples]) -> list[_Source]:
    kinds = sorted({kind for one in samples for kind in one.pauses_by_kind})
    states = sorted({state for one in samples for state in one.histograms})
    return [
        *(_Source(f"pause: {kind}", "ns", _pauses(kind)) for kind in kinds),
        _Source("time to stop the world", "ns", lambda one: _Values(one.stopping)),
        _Source("GC cycle", "ns", lambda one: _Values(one.cycles)),
        _Source("mark assist", "ns", lambda one: _Values(one.assists)),
        _Source("mark assist in map growth", "ns", lambda one: _Values(one.assist_growth)),
        _Source("mark assist per second", "ns", _assist_rate, is_event=False),
        *(_Source(f"latency: {state}", "ns", _latencies(state)) for state in states),
    ]


def _pauses(kind: str) -> Callable[[TraceSamples], _Values]:
    return lambda one: _Values(one.pauses_by_kind.get(kind, _NONE))


def _latencies(state: str) -> Callable[[TraceSamples], _Values]:
    return lambda one: _Values(*one.histograms.get(state, (_NONE, _NONE)))


def _assist_rate(one: TraceSamples) -> _Values:
    return _Values(one.assist_ns_per_second)


_NONE: Column = np.zeros(0, dtype=np.int64)


def _compare(
    source: _Source,
    before: Sequence[TraceSamples],
    after: Sequence[TraceSamples],
    *,
    by_trace: bool,
) -> Quantity:
    first = _sample([source.of(one) for one in before], by_trace=by_trace)
    second = _sample([source.of(one) for one in after], by_trace=by_trace)
    quantity = Quantity(
        name=source.name,
        unit=source.unit,
        before=_side(first, before if source.is_event else ()),
        after=_side(second, after if source.is_event else ()),
        superiority=None,
        low=None,
        high=None,
        shift=None,
        p_value=None,
        p_adjusted=None,
        verdict=Verdict.NOT_TESTED,
        note=_why_not(first, second, by_trace=by_trace),
    )
    if quantity.note:
        return quantity
    result = compare_samples(first, second)
    return replace(
        quantity,
        superiority=result.superiority,
        low=result.low,
        high=result.high,
        shift=result.shift,
        p_value=result.p_value,
    )


def _sample(traces: Sequence[_Values], *, by_trace: bool) -> Sample:
    """All values of a side with their clusters; a trace without values is none.

    A histogram has lost the order of its values, so it knows no stretches of time.
    """
    values, counts, clusters = [_NONE], [_NONE], [_NONE]
    number = 0
    for trace in traces:
        size = len(trace.values)
        if not size:
            continue
        blocks = 1 if by_trace else _blocks(size)
        values.append(trace.values)
        counts.append(np.ones(size, np.int64) if trace.counts is None else trace.counts)
        clusters.append(number + np.arange(size) * blocks // size)
        number += blocks
    in_time = by_trace or all(trace.counts is None for trace in traces)
    return Sample(
        np.concatenate(values).astype(np.float64),
        np.concatenate(counts).astype(np.float64),
        np.concatenate(clusters).astype(np.intp) if in_time else None,
    )


def _blocks(size: int) -> int:
    blocks = min(_BLOCKS, size // _BLOCK_VALUES)
    return blocks if blocks >= _BLOCK_VALUES else min(size, _BLOCKS)


def _side(sample: Sample, traces: Sequence[TraceSamples]) -> Side:
    if not sample.size:
        return Side(0, None, None, None, None, None)
    order = np.argsort(sample.values, kind="stable")
    ends = np.cumsum(sample.counts[order])
    ranks = np.ceil(np.asarray([0.5, 0.9, 0.99, 1.0]) * ends[-1])
    p50, p90, p99, greatest = sample.values[order][np.searchsorted(ends, ranks)].tolist()
    seconds = sum(one.duration_ns for one in traces) / 1e9
    return Side(sample.size, sample.size / seconds if seconds else None, p50, p90, p99, greatest)


def _why_not(first: Sample, second: Sample, *, by_trace: bool) -> str:
    if not first.size or not second.size:
        return "none before" if second.size else "none after" if first.size else "none"
    if min(first.size, second.size) < _LEAST_VALUES:
        return f"fewer than {_LEAST_VALUES} values"
    if by_trace and min(first.cluster_count, second.cluster_count) < _LEAST_TRACES:
        return f"in fewer than {_LEAST_TRACES} traces"
    return ""


def _judge(found: Sequence[Quantity]) -> tuple[Quantity, ...]:
    tested = [one for one in found if one.p_value is not None]
    adjusted = dict(
        zip(
            (one.name for one in tested),
            adjust_holm([one.p_value for one in tested if one.p_value is not None]),
            strict=True,
        )
    )
    return tuple(
        replace(one, p_adjusted=adjusted[one.name], verdict=_verdict(one, adjusted[one.name]))
        if one.name in adjusted
        else one
        for one in found
    )


def _verdict(one: Quantity, p_adjusted: float) -> Verdict:
    low, high = NEGLIGIBLE
    if p_adjusted <= ALPHA and one.low is not None and one.low > high:
        return Verdict.UP
    if p_adjusted <= ALPHA and one.high is not None and one.high < low:
        return Verdict.DOWN
    return Verdict.NOT_MOVED


def _warnings(
    found: Sequence[Quantity], before: TraceSide, after: TraceSide, *, by_trace: bool
) -> tuple[str, ...]:
    warnings: list[str] = []
    if not by_trace:
        warnings.append(
            f"{len(before.names)} against {len(after.names)} traces: how much one run differs "
            f"from the next is not in the intervals; {_LEAST_TRACES} or more of each show it"
        )
    few = [
        one.name
        for one in found
        if one.p_value is not None and min(one.before.count, one.after.count) < _FEW_VALUES
    ]
    if few:
        warnings.append(
            f"fewer than {_FEW_VALUES} values, so only a large change can show: {'; '.join(few)}"
        )
    return tuple(warnings)
