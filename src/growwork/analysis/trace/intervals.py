"""Times and durations looked up in intervals that do not overlap, as columns."""

from __future__ import annotations

import numpy as np

from growwork.analysis.trace.columns import Column

__all__ = ["overlap", "place_within", "sum_at", "sum_within"]


def place_within(begins: Column, ends: Column, times: Column) -> Column:
    """Per time, the place of the interval it lies in, ends included; -1 for none.

    Intervals are in order and do not overlap.
    """
    if not len(begins):
        return np.full(len(times), -1)
    places = np.searchsorted(begins, times, side="right") - 1
    return np.where((places >= 0) & (times <= ends[places]), places, -1)


def sum_within(begins: Column, ends: Column, times: Column, values: Column) -> Column:
    """Per interval, the sum of the values whose time lies in it."""
    return sum_at(place_within(begins, ends, times), values, len(begins))


def sum_at(places: Column, values: Column, count: int) -> Column:
    """Per place below `count`, the sum of its values; those at -1 are left out."""
    # Sums of nanoseconds stay exact in a float: 2^53 of them are 104 days.
    sums = np.bincount(places + 1, weights=values, minlength=count + 1)
    return sums[1:].astype(np.int64)


def overlap(begins: Column, ends: Column, start_ns: int, end_ns: int) -> Column:
    """By how much each interval overlaps the one given; 0 for none."""
    shared: Column = np.minimum(ends, end_ns) - np.maximum(begins, start_ns)
    return np.maximum(shared, 0)
