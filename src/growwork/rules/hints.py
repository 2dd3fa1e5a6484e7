"""Which capacity to write at a site that grows: one answer that every rule shares.

Two sources are good enough. A safe fill loop gives an expression such as `len(items)`, right
for every map whatever its size. Without one, a constant serves when the sizes are a habit of
the site: enough maps, one population, and fewer bytes allocated with the constant than without
it, the smaller maps included.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from growwork.analysis.types import SiteCapacities
from growwork.gosource.edits import static_hint
from growwork.gosource.types import FillTier, MapSite, SiteKind
from growwork.models import MapModel
from growwork.rules.evidence import has_samples, loses_keys, model_of
from growwork.rules.thresholds import (
    BIMODAL_SHARE,
    MAX_P95_SPREAD,
    MIN_GAIN,
    MIN_MAPS,
    ONE_SIDED_95,
    SMALL_MAP_FACTOR,
    SMALL_MAP_SLOTS,
)
from growwork.rules.types import RunEvidence, SiteEvidence

__all__ = ["Hint", "knowable_hint", "plan_hint", "reserved_bytes", "stable_hint"]

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
    return knowable_hint(evidence) or stable_hint(evidence, run)


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


def stable_hint(evidence: SiteEvidence, run: RunEvidence) -> Hint | None:
    """The constant that fits the sizes seen, when they are a habit of the site."""
    known, model = evidence.capacities, model_of(evidence, run)
    if known is None or model is None or not _may_take_constant(evidence.site):
        return None
    if not has_samples(evidence) or loses_keys(evidence.delete_lines):
        return None
    # A constant makes a map that would have stayed small and on the stack a heap object.
    if known.maps.value < MIN_MAPS or known.p50 <= SMALL_MAP_SLOTS:
        return None
    if not _is_one_population(known):
        return None
    capacity = _entries_for(evidence, known, model)
    before = known.allocations.array_bytes
    if not before or reserved_bytes(known, model, capacity) > (1 - MIN_GAIN) * before:
        return None
    reason = f"95 % of about {known.maps.value:.0f} maps end at {known.p95} slots or fewer"
    return Hint(None, capacity, reason)


def reserved_bytes(known: SiteCapacities, model: MapModel, capacity: int) -> float:
    """Bytes the maps of a site would allocate with `make(…, capacity)`, larger ones growing on."""
    return sum(
        level.final * _bytes_with_hint(model, level.slots, capacity) for level in known.levels
    )


def _bytes_with_hint(model: MapModel, slots: int, capacity: int) -> float:
    if slots <= model.hint_slots(capacity):
        return model.hint_bytes(capacity)
    return model.fill_bytes(model.max_length(slots), capacity)


def _may_take_constant(site: MapSite) -> bool:
    """A constant may replace no hint or a constant; an expression is somebody's knowledge."""
    if site.kind not in _GROWABLE:
        return False
    return site.hint is None or site.hint_value is not None


def _entries_for(evidence: SiteEvidence, known: SiteCapacities, model: MapModel) -> int:
    """Entries to reserve so that the P95 map does not grow.

    Exact lengths are used where the collector observed them; otherwise the most entries that
    the P95 class holds, because the class is all the profile tells.
    """
    lengths = evidence.lengths
    if lengths is not None and lengths.maps >= MIN_MAPS and lengths.p95 > SMALL_MAP_SLOTS:
        return model.safe_hint(lengths.p95)
    return model.max_length(known.p95)


def _is_one_population(known: SiteCapacities) -> bool:
    """Whether one number can fit: the P95 class is certain and few maps end far below it.

    Small arrays are rarely sampled, so the number of small maps is rough. They count as a second
    population only when even the low end of their number is too many; what reserving for them
    would cost is weighed by bytes anyway.
    """
    low, high = known.p95_interval
    if high > MAX_P95_SPREAD * low:
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
