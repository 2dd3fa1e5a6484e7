"""How large Swiss maps past 1,024 slots become, from what their table splits left behind.

Every such map ends its growth chain at tables of 1,024 slots; from there only splits and
directories tell its size. Directories do so exactly, but they are a few bytes each and hardly ever
sampled at the default rate. Splits are sampled well, yet give only the mean number of tables. So:
directories where enough were seen, otherwise a log-normal law of the length, fitted to the upper
levels of the chain and the splits together. The fit runs over a fixed grid of (mu, sigma), which
makes it deterministic and cheap enough to bootstrap.

A *tail* is the survival past 1,024 slots: element j is the share of the maps at 1,024 slots that
reached 1024 * 2^(j+1).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import log2
from typing import TYPE_CHECKING

import numpy as np

from growwork.core.statistics import isotonic_poisson
from growwork.models.swiss_map import expected_splits

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["TAIL_LEVELS", "tail_from_directories", "tail_from_fit", "tail_from_mean"]

TAIL_LEVELS = 17  # up to 1024 * 2^17 slots
_TABLE_ENTRIES = 896
_ANCHOR_ENTRIES = 56  # maps past 56 entries have reached 128 slots, the first level of the fit
_SPLIT_WEIGHT = 400.0  # most samples that splits count for
_USUAL_SIGMA = 0.3
_SIGMA_SPREAD = 0.7
_FIT_ENTRIES = (56, 112, 224, 448)  # reached past these: 128, 256, 512, 1024 slots


def tail_from_directories(directories: Floats, exposures: Floats, maps: float) -> Floats:
    """The tail from the directories of 2, 4, 8, … entries that growth made.

    `directories` are raw counts, `exposures` their sampling probabilities, both of shape
    (TAIL_LEVELS,); `maps` is the estimated number of maps at 1,024 slots.
    """
    if maps <= 0:
        return np.zeros(TAIL_LEVELS)
    result: Floats = np.minimum(1.0, isotonic_poisson(directories, exposures) / maps)
    return result


def tail_from_mean(tables: float) -> Floats:
    """The tail of maps that all have the same number of tables."""
    reached = 2.0 ** np.arange(TAIL_LEVELS)  # past 2^j tables the next class is reached
    return (tables > reached * 1.05).astype(np.float64)


def tail_from_fit(
    counts: Floats, exposures: Floats, splits: float, table_exposure: float
) -> Floats:
    """The tail of the log-normal law that fits the levels 128 … 1024 and the splits best.

    `counts` and `exposures` have shape (4,): samples of the arrays of 128, 256, 512 and 1024
    slots and the chance of each to be sampled. `splits` is the number of sampled split arrays,
    two to a split, `table_exposure` their chance.
    """
    grid = _grid()
    mean = np.column_stack([grid.survival * exposures, 2 * table_exposure * grid.splits])
    seen = np.append(counts, splits)
    scale = seen.sum() / np.maximum(mean.sum(axis=1), 1e-300)
    mean = np.maximum(mean * scale[:, None], 1e-300)
    # Splits of one map come together, and the grid is finite: do not let them drown the rest.
    weights = np.append(np.ones(len(counts)), min(1.0, _SPLIT_WEIGHT / max(splits, 1.0)))
    likelihood = ((seen * np.log(mean) - mean) * weights).sum(axis=1)
    best = int(np.argmax(likelihood + grid.prior))
    at_table = grid.survival[best, -1]
    result: Floats = grid.tail[best] / at_table if at_table > 0 else np.zeros(TAIL_LEVELS)
    return result


@dataclass(frozen=True, slots=True)
class _Grid:
    """For each (mu, sigma), given that a map has more than 56 entries:"""

    survival: Floats  # (n, 4): P(it reached 128, 256, 512, 1024 slots)
    splits: Floats  # (n,): expected splits
    tail: Floats  # (n, TAIL_LEVELS): P(it reached 2048, 4096, … slots)
    prior: Floats  # (n,): log-density of sigma


@lru_cache(maxsize=1)
def _grid() -> _Grid:
    x = np.arange(log2(_ANCHOR_ENTRIES) + 1 / 16, log2(_TABLE_ENTRIES) + TAIL_LEVELS, 1 / 8)
    lengths = 2.0**x
    splits = np.asarray([expected_splits(round(n)) for n in lengths])
    tables = np.round(1 + splits)
    reached = np.column_stack([lengths > n for n in _FIT_ENTRIES]).astype(np.float64)
    classes = np.column_stack([tables > 2.0**j for j in range(TAIL_LEVELS)]).astype(np.float64)
    mu, sigma = np.meshgrid(np.arange(3.0, 24.0, 0.0625), np.geomspace(0.1, 4.0, 28), indexing="ij")
    z = (x[None, :] - mu.reshape(-1, 1)) / sigma.reshape(-1, 1)
    log_weights = -0.5 * z * z
    weights = np.exp(log_weights - log_weights.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    # Few samples leave sigma open, and a large one would stretch the tail without any evidence.
    prior = -0.5 * ((np.log(sigma.reshape(-1)) - np.log(_USUAL_SIGMA)) / _SIGMA_SPREAD) ** 2
    return _Grid(weights @ reached, weights @ splits, weights @ classes, prior)
