"""The growth chain of one site: from sampled arrays to the distribution of final sizes.

Arrays of a level are counted by three sources: first arrays and arrays made by growth, which a
map has one of on its way through the level, and presized arrays, with which a map starts there. So

    reached(c) = grown(c) + presized(c) + presized(2c) + …

is the number of maps whose final capacity is at least c. It cannot rise with c; an isotonic
Poisson fit makes it so, and steps that rest on a stray sample or two are levelled. The first
level is dropped when it is far too rare for the ones above it: a map that does not escape has its
first bucket or group on the stack. In a classic map a level that still rises has been grown to
its own size (overflow pressure from deletes); these growths are counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import erfc, sqrt
from typing import TYPE_CHECKING

import numpy as np

from growwork.analysis.table_tail import (
    TAIL_LEVELS,
    tail_from_directories,
    tail_from_fit,
    tail_from_mean,
)
from growwork.core.statistics import isotonic_poisson, merge_weak_steps

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["ChainCounts", "ChainFit", "fit_chain", "resample"]

_TABLE_SLOTS = 1024
_MIN_DIRECTORIES = 30
_FIT_LEVELS = (4, 5, 6, 7)  # indices of 128, 256, 512, 1024 slots
_STACK_SHARE = 0.05  # of the maps of a site that may escape while the others do not
_RARE = 1e-3  # a level less likely than this below its successors is no level of the chain
_STEP_GAIN = 3.84  # twice the log-likelihood a step must gain: 95 % point of chi-squared


@dataclass(frozen=True, slots=True)
class ChainCounts:
    """Raw samples of one site's arrays. Shapes (levels,) unless said otherwise."""

    slots: tuple[int, ...]  # of the levels: 8, 16, 32, …
    exposures: Floats  # chance of an array of the level to be sampled
    first: Floats  # samples of first arrays; only level 0 has any
    grown: Floats  # samples of arrays made by growth
    presized: Floats  # samples of presized arrays of maps that start at the level
    swiss: bool  # the last level splits instead of growing
    runtime_frames: bool = True
    splits: float = 0.0  # samples of split tables, two to a split
    directories: Floats = field(default_factory=lambda: np.zeros(TAIL_LEVELS))
    directory_exposures: Floats = field(default_factory=lambda: np.ones(TAIL_LEVELS))
    # (TAIL_LEVELS,) maps presized past the last level, by directory length 2, 4, …: samples of
    # their tables and tables to a map.
    presized_tables: Floats = field(default_factory=lambda: np.zeros(TAIL_LEVELS))

    @property
    def sampled(self) -> int:
        """K: all sampled arrays."""
        arrays = self.first.sum() + self.grown.sum() + self.presized.sum()
        return int(arrays + self.splits + self.presized_tables.sum())

    @property
    def directories_tell(self) -> bool:
        """Whether enough directories were seen to tell the number of tables."""
        if not self.runtime_frames:
            return False  # a few bytes of unknown origin
        return bool(self.directories[0] >= _MIN_DIRECTORIES or self.directory_exposures[0] >= 1)


@dataclass(frozen=True, slots=True)
class ChainFit:
    """What the counts say. `slots` and `reached` include the levels past one table."""

    slots: tuple[int, ...]
    base: int  # index of the level the chain starts at
    reached: Floats  # maps whose final capacity is at least this level; 0 below the base
    same_size: float  # classic: growths to the same size, no new level
    rising_at: int | None  # level with significantly more maps than the one before, if any

    @property
    def maps(self) -> float:
        """Number of maps that reached the base level."""
        return float(self.reached[self.base])

    @property
    def final(self) -> Floats:
        """Number of maps that ended at each level."""
        after = np.append(self.reached[1:], 0.0)
        result: Floats = np.maximum(self.reached - after, 0.0)
        result[: self.base] = 0.0
        return result

    def percentile(self, q: float) -> int:
        """Smallest capacity in slots that at least a share q of the maps stays within."""
        beyond = np.append(self.reached[1:], 0.0)
        # One part in 10^9 of slack: reached comes from divisions.
        within = beyond <= (1 - q) * self.maps * (1 + 1e-9)
        within[: self.base] = False
        return self.slots[int(np.argmax(within))]

    @property
    def largest(self) -> int:
        """Largest capacity that was seen, or past one table, that half a map reached."""
        if self.maps <= 0:
            return 0
        seen = self.reached > np.where(np.asarray(self.slots) > _TABLE_SLOTS, 0.5, 0.0)
        return self.slots[int(np.flatnonzero(seen)[-1])]


def fit_chain(counts: ChainCounts) -> ChainFit:
    """Estimate the number of maps that reached each level."""
    past_table = _presized_past_table(counts)
    started = np.append(counts.presized / counts.exposures, past_table.sum())
    grown = (counts.first + counts.grown) / counts.exposures
    reached = grown + np.cumsum(started[::-1])[::-1][:-1]
    base = _base(reached, counts.exposures, runtime_frames=counts.runtime_frames)
    reached, same_size, rising_at = _without_churn(reached, counts, base)
    fitted = np.zeros(len(reached))
    samples, exposures = (reached * counts.exposures)[base:], counts.exposures[base:]
    fitted[base:] = merge_weak_steps(
        isotonic_poisson(samples, exposures), samples, exposures, _STEP_GAIN
    )
    if not counts.swiss:
        return ChainFit(counts.slots, base, fitted, same_size, rising_at)
    tail = _tail(counts, float(fitted[-1]), past_table)
    slots = counts.slots + tuple(counts.slots[-1] << (j + 1) for j in range(TAIL_LEVELS))
    return ChainFit(slots, base, np.append(fitted, tail), 0.0, rising_at)


def resample(counts: ChainCounts, generator: np.random.Generator) -> ChainCounts:
    """One parametric bootstrap replicate: every estimated object sampled anew."""
    table = counts.exposures[-1:]

    def draw(samples: Floats, exposures: Floats) -> Floats:
        objects = np.round(samples / exposures).astype(np.int64)
        drawn: Floats = generator.binomial(objects, exposures).astype(np.float64)
        return drawn

    return ChainCounts(
        slots=counts.slots,
        exposures=counts.exposures,
        first=draw(counts.first, counts.exposures),
        grown=draw(counts.grown, counts.exposures),
        presized=draw(counts.presized, counts.exposures),
        swiss=counts.swiss,
        runtime_frames=counts.runtime_frames,
        splits=float(draw(np.asarray([counts.splits]), table)[0]),
        directories=draw(counts.directories, counts.directory_exposures),
        directory_exposures=counts.directory_exposures,
        presized_tables=draw(counts.presized_tables, np.repeat(table, TAIL_LEVELS)),
    )


def _presized_past_table(counts: ChainCounts) -> Floats:
    tables = 2.0 ** np.arange(1, TAIL_LEVELS + 1)
    result: Floats = counts.presized_tables / counts.exposures[-1] / tables
    return result


def _base(reached: Floats, exposures: Floats, *, runtime_frames: bool) -> int:
    """Skip the first level when it is far too rare for the one above it.

    Only that one can live on the stack. A profile without frames may also miss arrays that
    `make` allocated, so there every level without samples is skipped.
    """
    if len(reached) < 2 or reached[1:].max() <= 0:
        return 0
    if runtime_frames:
        rare = reached[0] <= _STACK_SHARE * reached[1]
        return int(rare and _is_rare(reached[0] * exposures[0], reached[1] * exposures[0]))
    base = 0
    while reached[base] <= 0:
        above = isotonic_poisson((reached * exposures)[base + 1 :], exposures[base + 1 :])[0]
        if not _is_rare(0.0, above * exposures[base]):
            break
        base += 1
    return base


def _without_churn(
    reached: Floats, counts: ChainCounts, base: int
) -> tuple[Floats, float, int | None]:
    """Take same-size growths out of a classic chain; name the first level that rises."""
    result = reached.copy()
    exposures = counts.exposures
    same_size = 0.0
    rising_at: int | None = None
    for i in range(base + 1, len(result)):
        if result[i] <= result[i - 1]:
            continue
        below = slice(base, i)
        before = isotonic_poisson((result * exposures)[below], exposures[below])[-1]
        if result[i] <= before or not _rises(result, exposures, i, base):
            continue
        rising_at = rising_at if rising_at is not None else i
        if not counts.swiss:
            maps = max(before, 1.0)  # lower levels of few maps may have no sample at all
            same_size += result[i] - maps
            result[i] = maps
    return result, same_size, rising_at


def _rises(reached: Floats, exposures: Floats, i: int, base: int) -> bool:
    """Whether some level below i has far fewer maps than level i."""
    if exposures[i] >= 1:  # counted, not sampled
        least = reached[i]
    else:  # the lower end of what the samples of level i allow
        sampled = reached[i] * exposures[i]
        least = max(0.0, sampled - 3 * sqrt(sampled * (1 - exposures[i]))) / exposures[i]
    below = slice(base, i)
    return _is_rare(
        float((reached * exposures)[below].sum()), least * float(exposures[below].sum())
    ) or (bool(np.all(exposures[below] >= 1)) and bool(least > reached[i - 1]))


def _is_rare(count: float, mean: float) -> bool:
    return _poisson_at_most(count, mean) < _RARE


def _tail(counts: ChainCounts, at_table: float, past_table: Floats) -> Floats:
    """Maps that reached 2048, 4096, … slots."""
    presized = np.cumsum(past_table[::-1])[::-1]
    splits = counts.splits / counts.exposures[-1] / 2
    grown_maps = at_table - past_table.sum()
    if splits <= 0 or at_table <= 0:
        return np.minimum(presized, at_table)
    if past_table.sum() > 0.5 * at_table:
        mean = float(past_table @ 2.0 ** np.arange(1, TAIL_LEVELS + 1)) + max(grown_maps, 0.0)
        return at_table * tail_from_mean((mean + splits) / at_table)
    if counts.directories_tell:
        tail = tail_from_directories(counts.directories, counts.directory_exposures, at_table)
    elif len(counts.slots) > _FIT_LEVELS[-1] and counts.presized.sum() == 0:
        at = list(_FIT_LEVELS)
        tail = tail_from_fit(
            counts.grown[at], counts.exposures[at], counts.splits, float(counts.exposures[-1])
        )
    else:
        tail = tail_from_mean(1 + splits / at_table)
    return np.maximum(at_table * tail, np.minimum(presized, at_table))


def _poisson_at_most(count: float, mean: float) -> float:
    """P(X <= count) for X ~ Poisson(mean): exact sum for small means, normal beyond."""
    if mean > 200:
        return erfc((mean - count - 0.5) / sqrt(2 * mean)) / 2
    term = total = float(np.exp(-mean))
    for i in range(1, int(count) + 1):
        term *= mean / i
        total += term
    return min(1.0, total)
