"""Which size argument to write at a site: one answer that every rule shares.

The arithmetic is `advise_capacity`'s. A rule asks more of a constant than that it pays on
average: it is written into source for good, so the sizes must be one population, and the class
they end in must be certain.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from growwork.analysis.advice import advise_capacity
from growwork.analysis.types import SiteCapacities
from growwork.gosource.edits import static_hint
from growwork.gosource.types import FillTier, SiteKind
from growwork.rules.evidence import model_of
from growwork.rules.thresholds import (
    BIMODAL_SHARE,
    MAX_P95_SPREAD,
    MAX_RESERVED_BYTES,
    ONE_SIDED_95,
    SMALL_MAP_FACTOR,
    SMALL_MAP_SLOTS,
)
from growwork.rules.types import RunEvidence, SiteEvidence

__all__ = ["Hint", "knowable_hint", "plan_hint"]

_GROWABLE = frozenset({SiteKind.MAKE, SiteKind.LITERAL_EMPTY, SiteKind.MAKE_SIZED})


@dataclass(frozen=True, slots=True)
class Hint:
    """The size argument to write: an expression, or a constant number of entries."""

    expression: str | None
    capacity: int | None
    reason: str

    @property
    def text(self) -> str:
        """As it stands in the source."""
        return self.expression if self.expression is not None else str(self.capacity)


def plan_hint(evidence: SiteEvidence, run: RunEvidence) -> Hint | None:
    """The expression where the size is knowable, else the constant where it is stable."""
    known = evidence.capacities
    if known is None:
        return knowable_hint(evidence)
    advice = advise_capacity(
        known, run.release, delete_lines=evidence.delete_lines, lengths=evidence.lengths
    )
    if not advice.pays:
        return None
    if advice.entries is not None:
        model = model_of(evidence, run)
        if model is None or model.hint_bytes(advice.entries) > MAX_RESERVED_BYTES:
            return None
        if not _is_stable(known):
            return None
    return Hint(advice.expression, advice.entries, advice.reason)


def knowable_hint(evidence: SiteEvidence) -> Hint | None:
    """The bounds of the loops that fill the map, when they may be written at the site."""
    site = evidence.site
    expression = static_hint(site)
    if expression is None or site.kind not in _GROWABLE or expression == site.hint:
        return None
    exact = all(loop.tier is FillTier.T1 for loop in site.fills)
    places = " and ".join(str(loop.position.line) for loop in site.fills)
    word = "loop in line" if len(site.fills) == 1 else "loops in lines"
    reason = f"the {word} {places} inserts {'exactly' if exact else 'at most'} that many keys"
    return Hint(expression, None, reason)


def _is_stable(known: SiteCapacities) -> bool:
    """Whether one number fits the sizes: the P95 class is certain, few maps end far below it.

    Small arrays are rarely sampled, so the number of small maps is rough. They count as a second
    population only when even the low end of their number is too many; what reserving for them
    would cost is weighed by bytes anyway.
    """
    low, high = known.p95_interval
    # A constant makes a map that would have stayed small and on the stack a heap object.
    if high > MAX_P95_SPREAD * low or known.p50 <= SMALL_MAP_SLOTS:
        return False
    limit = known.p95 // SMALL_MAP_FACTOR
    large = sum(level.final for level in known.levels if level.slots >= limit)
    ended = [level for level in known.levels if level.slots < limit and level.final > 0]
    if not ended:
        return True
    # Only the levels that the small maps passed through say how many there were.
    passed = [level for level in known.levels if level.slots <= ended[-1].slots]
    samples = max(1, sum(level.sampled for level in passed))
    total = large + sum(level.final for level in ended)
    least = total * max(0.0, 1 - ONE_SIDED_95 / sqrt(samples))
    return least - large <= BIMODAL_SHARE * least
