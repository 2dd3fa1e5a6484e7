"""Traces against a baseline: which durations and rates moved, by distributions, not by maxima.

What is independent decides what is significant. With three traces or more on each side the
traces are: the runs vary, and the interval shows how much. With fewer, stretches of time within
the traces are; that covers slow seconds but no slow run, and a warning says so.

A quantity has moved when two things hold: Holm's adjusted p-value is at most `ALPHA`, so that
the chance of even one false move is below it, and the whole interval of the probability of
superiority lies outside what counts as no effect, because with a million latencies any two runs
differ significantly in something. Vargha and Delaney (2000) call 0.56 a small effect and 0.64 a
medium one. The first is the bound where traces are compared with traces; the second where the
runs behind them may differ by chance, and nothing in the traces says by how much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from growwork.analysis.trace.comparison_types import Quantity, Side, TraceComparison, Verdict
from growwork.analysis.trace.quantities import NONE, Source, TraceSide, Values, sources_of
from growwork.core.statistics import ALPHA, INTERVAL
from growwork.core.two_samples import Sample, adjust_holm, compare_samples

if TYPE_CHECKING:
    import numpy.typing as npt

    from growwork.analysis.trace.columns import Column
    from growwork.analysis.trace.scores import TraceSamples
    from growwork.analysis.trace.types import TraceWindow

__all__ = ["NEGLIGIBLE", "NEGLIGIBLE_OF_SINGLE_RUNS", "TraceSide", "compare_traces"]

NEGLIGIBLE = (0.44, 0.56)
NEGLIGIBLE_OF_SINGLE_RUNS = (0.36, 0.64)
_LEAST_TRACES = 3  # on each side, to take traces for the units
_LEAST_VALUES = 5
_FEW_VALUES = 20
_BLOCKS = 24  # stretches of time per trace
_BLOCK_VALUES = 8  # values a stretch should have, unless there are too few for that


def compare_traces(before: TraceSide, after: TraceSide, window: TraceWindow) -> TraceComparison:
    """Compare all quantities that either side has; each side has at least one trace."""
    by_trace = min(len(before.samples), len(after.samples)) >= _LEAST_TRACES
    found = [
        _compare(source, before, after, by_trace=by_trace) for source in sources_of(before, after)
    ]
    negligible = NEGLIGIBLE if by_trace else NEGLIGIBLE_OF_SINGLE_RUNS
    return TraceComparison(
        before=before.names,
        after=after.names,
        window=window,
        alpha=ALPHA,
        interval=INTERVAL,
        negligible=negligible,
        unit_of_chance="traces" if by_trace else "stretches of time",
        quantities=_judge(found, negligible),
        warnings=_warnings(found, before, after, by_trace=by_trace),
    )


def _compare(source: Source, before: TraceSide, after: TraceSide, *, by_trace: bool) -> Quantity:
    first, second = (
        _sample([source.of(side, n) for n in range(len(side.samples))], by_trace=by_trace)
        for side in (before, after)
    )
    quantity = Quantity(
        name=source.name,
        unit=source.unit,
        before=_side(first, before.samples if source.is_event else ()),
        after=_side(second, after.samples if source.is_event else ()),
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


def _sample(traces: Sequence[Values], *, by_trace: bool) -> Sample:
    """All values of a side with their clusters; a trace without values is none.

    Counts without stretches know no order of time: their values are taken for independent.
    """
    values: list[Column | npt.NDArray[np.float64]] = [NONE]
    counts, clusters = [NONE], [NONE]
    number = 0
    for trace in traces:
        size = len(trace.values)
        if not size:
            continue
        stretches = np.zeros(size, np.int64) if by_trace else _stretches(trace)
        values.append(trace.values)
        counts.append(np.ones(size, np.int64) if trace.counts is None else trace.counts)
        clusters.append(number + stretches)
        number += int(stretches[-1]) + 1
    in_time = all(one.counts is None or one.stretches is not None for one in traces)
    return Sample(
        np.concatenate(values).astype(np.float64),
        np.concatenate(counts).astype(np.float64),
        np.concatenate(clusters).astype(np.intp) if by_trace or in_time else None,
    )


def _stretches(trace: Values) -> Column:
    if trace.stretches is not None:
        return trace.stretches
    size = len(trace.values)
    return np.arange(size) * _blocks(size) // size


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


def _judge(found: Sequence[Quantity], negligible: tuple[float, float]) -> tuple[Quantity, ...]:
    tested = [one for one in found if one.p_value is not None]
    adjusted = dict(
        zip(
            (one.name for one in tested),
            adjust_holm([one.p_value for one in tested if one.p_value is not None]),
            strict=True,
        )
    )
    return tuple(
        _judged(one, adjusted[one.name], negligible) if one.name in adjusted else one
        for one in found
    )


def _judged(one: Quantity, p_adjusted: float, negligible: tuple[float, float]) -> Quantity:
    verdict = Verdict.NOT_MOVED
    if p_adjusted <= ALPHA and one.low is not None and one.low > negligible[1]:
        verdict = Verdict.UP
    if p_adjusted <= ALPHA and one.high is not None and one.high < negligible[0]:
        verdict = Verdict.DOWN
    return replace(one, p_adjusted=p_adjusted, verdict=verdict)


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
