"""Typed results of comparing traces of two programs, or of one before and after a change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from growwork.analysis.trace.types import TraceWindow

__all__ = ["Quantity", "Side", "TraceComparison", "Verdict"]


class Verdict(Enum):
    """What a quantity did."""

    UP = "up"
    DOWN = "down"
    NOT_MOVED = "not moved"
    NOT_TESTED = "not tested"


@dataclass(frozen=True, slots=True)
class Side:
    """The values of one side, in the unit of their quantity; None where there are none."""

    count: int
    per_second: float | None  # how often it happened; None for what is no event
    p50: float | None
    p90: float | None
    p99: float | None
    max: float | None


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity on both sides, and whether it moved.

    It has moved when the adjusted p-value is at most alpha and the whole interval of the
    superiority lies outside what counts as no effect.
    """

    name: str  # `pause: GC mark termination`, `mark assist`, `latency: runnable`, …
    unit: str  # `ns`, or `ratio` for a share of one
    before: Side
    after: Side
    superiority: float | None  # how often a value after is the greater one; None: not tested
    low: float | None  # its 90 % interval
    high: float | None
    shift: float | None  # Hodges–Lehmann, in the unit
    p_value: float | None
    p_adjusted: float | None  # Holm, over all quantities tested
    verdict: Verdict
    note: str  # why it was not tested, empty otherwise


@dataclass(frozen=True, slots=True)
class TraceComparison:
    """Everything `growwork trace --against` says."""

    before: tuple[str, ...]  # the traces
    after: tuple[str, ...]
    window: TraceWindow
    alpha: float  # chance of even one false move among all quantities
    interval: float
    negligible: tuple[float, float]  # superiorities that are no effect
    unit_of_chance: str  # what was taken for independent: `traces` or `stretches of time`
    quantities: tuple[Quantity, ...]  # in a fixed order
    warnings: tuple[str, ...]
