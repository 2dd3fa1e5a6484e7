"""Which size argument to write at a site: one answer that every rule shares.

The arithmetic is `advise_capacity`'s. A rule asks more of a constant than that it pays on
average: it is written into source for good, so the sizes must be one population, and the class
they end in must be certain.
"""

from __future__ import annotations

from dataclasses import dataclass

from growwork.analysis.advice import advise_capacity, expected_bytes
from growwork.analysis.level_noise import discount_noise
from growwork.analysis.types import SiteCapacities
from growwork.gosource.edits import static_hint
from growwork.gosource.types import FillTier, SiteKind
from growwork.models import MapModel
from growwork.rules.evidence import model_of
from growwork.rules.thresholds import (
    BIMODAL_SHARE,
    MAX_DOUBTFUL_LOSS,
    MAX_P95_SPREAD,
    MAX_RESERVED_BYTES,
    SMALL_MAP_FACTOR,
    SMALL_MAP_SLOTS,
)
from growwork.rules.types import RunEvidence, SiteEvidence

__all__ = ["Hint", "knowable_hint", "plan_hint"]

_LIKELY = 0.35  # standard errors: of the doubtful small maps, nearly half are taken for real
_GROWABLE = frozenset({SiteKind.MAKE, SiteKind.LITERAL_EMPTY, SiteKind.MAKE_SIZED})


@dataclass(frozen=True, slots=True)
class Hint:
    """The size argument to write: an expression, or a constant number of entries."""

    expression: str | None
    capacity: int | None
    reason: str
    doubt: str = ""  # what the profile cannot rule out and the proof will show

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
    doubt = ""
    if advice.entries is not None:
        model = model_of(evidence, run)
        if model is None or model.hint_bytes(advice.entries) > MAX_RESERVED_BYTES:
            return None
        likely = discount_noise(known, standard_errors=_LIKELY)
        if not _is_stable(known) or not _is_harmless(likely, model, advice.entries):
            return None
        if not _is_harmless(known, model, advice.entries):
            doubt = (
                "few samples leave room for many maps that stay small, for which the constant "
                "reserves in vain: compare the bytes after the change"
            )
    return Hint(advice.expression, advice.entries, advice.reason, doubt)


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
    """Whether one number fits the sizes: the P95 class is certain, few maps end far below it."""
    low, high = known.p95_interval
    settled = discount_noise(known)
    # A constant makes a map that would have stayed small and on the stack a heap object.
    if high > MAX_P95_SPREAD * low or settled.p50 <= SMALL_MAP_SLOTS:
        return False
    limit = settled.p95 // SMALL_MAP_FACTOR
    total = sum(level.final for level in settled.levels)
    small = sum(level.final for level in settled.levels if level.slots < limit)
    return small <= BIMODAL_SHARE * total


def _is_harmless(known: SiteCapacities, model: MapModel, entries: int) -> bool:
    """Whether the constant costs little for maps of these final sizes."""
    before = expected_bytes(known, model, 0)
    return expected_bytes(known, model, entries) <= (1 + MAX_DOUBTFUL_LOSS) * before
