"""Whether deletes and inserts at constant length are growing a site's maps.

Deleting frees nothing at once. A Swiss table keeps a tombstone where the entry was, and
tombstones fill a table as entries do (internal/runtime/maps/table.go). A classic map keeps its
overflow buckets, and too many of them start a growth to the same size (runtime/map.go,
tooManyOverflowBuckets).
"""

from __future__ import annotations

from dataclasses import dataclass

from growwork.analysis.types import SiteCapacities
from growwork.goruntime import MapKind
from growwork.models import MapModel
from growwork.rules.evidence import has_samples, loses_keys, model_of
from growwork.rules.thresholds import SMALL_MAP_SLOTS
from growwork.rules.types import RunEvidence, SiteEvidence

__all__ = ["Churn", "find_churn"]

# A classic map grows to the same size once in a while with any use that deletes; this many
# growths per map that reached its last size are a pattern.
_SAME_SIZE_PER_MAP = 0.5


@dataclass(frozen=True, slots=True)
class Churn:
    """What churn made of the maps of a site."""

    needed_slots: int  # for the length the maps have, or were made for
    reached_slots: int
    advised_slots: int | None  # capacity with which less is allocated; None: not known
    wasted_bytes: float  # arrays allocated beyond what the length needs
    growths: float  # how many
    same_size: bool  # classic: the growths left the capacity as it was
    longest: int | None  # greatest length observed; None: no reading caught one


def find_churn(evidence: SiteEvidence, run: RunEvidence) -> Churn | None:
    """The churn growth of a site, None when its deletes do no harm or none are joined to it."""
    known, model = evidence.capacities, model_of(evidence, run)
    if known is None or model is None or not has_samples(evidence):
        return None
    if not loses_keys(evidence.delete_lines):
        return None
    longest = (evidence.lengths.max or None) if evidence.lengths else None
    if run.release.maps is MapKind.CLASSIC:
        return _same_size_growth(known, longest)
    return _tombstone_growth(known, model, longest, evidence.site.hint_value)


def _same_size_growth(known: SiteCapacities, longest: int | None) -> Churn | None:
    growths = known.allocations.same_size_growths
    last = max(known.levels, key=lambda level: level.slots, default=None)
    per_map = growths / max(1.0, last.final) if last else 0.0
    if last is None or per_map < _SAME_SIZE_PER_MAP:
        return None
    return Churn(
        needed_slots=last.slots,
        reached_slots=last.slots,
        # Twice the buckets cost as much as one growth and need far fewer overflow buckets.
        advised_slots=2 * last.slots if per_map >= 1 else None,
        wasted_bytes=growths * last.array_bytes,
        growths=growths,
        same_size=True,
        longest=longest,
    )


def _tombstone_growth(
    known: SiteCapacities, model: MapModel, longest: int | None, hint_value: int | None
) -> Churn | None:
    made = known.allocations.presized_slots or model.hint_slots(hint_value or 0)
    if longest is None and made <= SMALL_MAP_SLOTS:
        return None  # a map that was long once and shrank again looks the same
    needed = max(model.slots_for(longest or 0), made)
    if known.p95 < 2 * needed:
        return None
    beyond = [level for level in known.levels if level.slots > needed]
    return Churn(
        needed_slots=needed,
        reached_slots=known.p95,
        advised_slots=known.p95 if known.p50 == known.p95 else None,
        wasted_bytes=sum(level.array_bytes * level.allocated for level in beyond),
        growths=sum(level.allocated for level in beyond),
        same_size=False,
        longest=longest,
    )
