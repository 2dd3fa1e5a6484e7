"""The size hint of a map is far larger than its maps ever need.

**What it does.** Reports `make(map[K]V, hint)` where the capacity that the hint gives is at
least four times what the observed lengths need.

**Why.** A hint allocates its whole capacity at once, and a map never shrinks. 200 entries with
a hint of 5,000 cost about thirty times the bytes of an exact hint, and the GC scans the empty
slots in every cycle if keys or elements hold pointers.

**Example.**

```go
seen := make(map[string]bool, 5000) // usually 40 keys
```

**Use instead.**

```go
seen := make(map[string]bool, 40)
```

Without any hint when the maps stay at eight keys or fewer.

**When it is wrong.** The hint may be right for a load that this recording did not see, such as
the one customer with 5,000 keys. Lengths are read while the program runs and when a map dies; a
map that filled and emptied between two readings looks smaller than it was. The capacity of a
hint is a step: hints that give the same capacity are never told apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from growwork.analysis.types import SiteLengths
from growwork.gosource.types import SiteKind
from growwork.models import MapModel
from growwork.rules.cases.gw102 import INVALID, VALID
from growwork.rules.costs import grade, worth_reporting
from growwork.rules.evidence import (
    HEAP_PROFILE,
    LENGTHS,
    MODEL,
    common_warnings,
    loses_keys,
    model_of,
    share_text,
)
from growwork.rules.hints import knowable_hint
from growwork.rules.thresholds import MIN_SAMPLES, OVERSIZE_FACTOR, SMALL_MAP_SLOTS
from growwork.rules.types import (
    Advice,
    Confidence,
    Cost,
    Finding,
    Measure,
    Rule,
    RunEvidence,
    SiteEvidence,
)

__all__ = ["RULE"]


@dataclass(frozen=True, slots=True)
class _Oversize:
    given_slots: int
    needed_slots: int
    wasted_bytes: float
    source: str


def check(evidence: SiteEvidence, run: RunEvidence) -> Finding | None:
    """A hint far too large, or None."""
    lengths, model = evidence.lengths, model_of(evidence, run)
    if lengths is None or model is None or evidence.site.kind is not SiteKind.MAKE_SIZED:
        return None
    if not _enough(lengths):
        return None
    found = _find(evidence, lengths, model)
    if found is None or not worth_reporting(found.wasted_bytes, run):
        return None
    cost = Cost(
        bytes=Measure(found.wasted_bytes, found.source),
        allocs=None,  # a smaller hint makes the same number of arrays, smaller ones
    )
    return Finding(
        rule=RULE.code,
        title="size hint is far too large",
        severity=grade(cost, run),
        confidence=_confidence(evidence, lengths),
        site=evidence.site,
        growth_lines=evidence.growth_lines,
        cost=cost,
        advice=_advice(evidence, lengths, model),
        evidence=_sentences(found, lengths, cost, run),
        warnings=(*lengths.warnings, *common_warnings(evidence, run), *_warnings(evidence)),
    )


def _enough(lengths: SiteLengths) -> bool:
    """30 observed maps, or all maps that were made: a census needs no sample size."""
    return lengths.maps >= MIN_SAMPLES or (lengths.maps > 0 and lengths.maps == lengths.made)


def _find(evidence: SiteEvidence, lengths: SiteLengths, model: MapModel) -> _Oversize | None:
    given = _given_slots(evidence, model)
    if given is None:
        return None
    needed = model.hint_slots(_entries_for(lengths, model))
    # The largest map must not need the hint either, or the hint is right for some maps.
    largest = model.hint_slots(model.safe_hint(lengths.max))
    if given < OVERSIZE_FACTOR * needed or given < OVERSIZE_FACTOR // 2 * largest:
        return None
    spare = 1 - model.hint_bytes(_entries_for(lengths, model)) / model.hint_bytes(
        model.max_length(given)
    )
    measured = evidence.capacities.allocations.presized_bytes if evidence.capacities else 0.0
    if measured:
        return _Oversize(given, needed, measured * spare, HEAP_PROFILE)
    counted = lengths.made * model.hint_bytes(model.max_length(given))
    return _Oversize(given, needed, counted * spare, f"{LENGTHS} and {MODEL}")


def _given_slots(evidence: SiteEvidence, model: MapModel) -> int | None:
    """The capacity `make` gave: of a constant by the model, else as the profile shows it."""
    if evidence.site.hint_value is not None:
        return model.hint_slots(evidence.site.hint_value)
    return evidence.capacities.allocations.presized_slots if evidence.capacities else None


def _entries_for(lengths: SiteLengths, model: MapModel) -> int:
    """Entries to reserve: for the largest map when that costs at most one doubling over P95."""
    for_p95, for_max = model.safe_hint(lengths.p95), model.safe_hint(lengths.max)
    if model.hint_slots(for_max) <= 2 * model.hint_slots(for_p95):
        return for_max
    return for_p95


def _confidence(evidence: SiteEvidence, lengths: SiteLengths) -> Confidence:
    if loses_keys(evidence.delete_lines) or lengths.maps < MIN_SAMPLES or lengths.warnings:
        return Confidence.MEDIUM
    return Confidence.HIGH


def _advice(evidence: SiteEvidence, lengths: SiteLengths, model: MapModel) -> Advice:
    site = evidence.site
    made = f"make(map[{site.key_type}]{site.elem_type}"
    better = knowable_hint(evidence)
    if better is not None:
        text = f"reserve what is needed: {made}, {better.text}); {better.reason}"
        return Advice(text, expression=better.expression)
    entries = _entries_for(lengths, model)
    if lengths.max <= SMALL_MAP_SLOTS or entries == 0:
        return Advice(f"drop the hint: {made}); up to 8 keys need none", capacity=0)
    reason = f"of {lengths.maps} observed maps the largest had {lengths.max} keys"
    return Advice(f"lower the hint: {made}, {entries}); {reason}", capacity=entries)


def _sentences(
    found: _Oversize, lengths: SiteLengths, cost: Cost, run: RunEvidence
) -> tuple[str, ...]:
    sentences = [
        f"the hint gives {found.given_slots} slots, the maps need {found.needed_slots}",
        (
            f"length P50 {lengths.p50}, P95 {lengths.p95}, max {lengths.max} "
            f"({lengths.maps} of {lengths.made} maps observed)"
        ),
        share_text(cost, run),
    ]
    return tuple(sentence for sentence in sentences if sentence)


def _warnings(evidence: SiteEvidence) -> tuple[str, ...]:
    warnings = []
    if evidence.site.hint_value is None:
        warnings.append("the hint is an expression: see what else its value is used for")
    if loses_keys(evidence.delete_lines):
        warnings.append("keys are deleted: a map may have been larger between two readings")
    return tuple(warnings)


RULE = Rule(
    code="GW102",
    name="oversized-hint",
    summary="is made with a hint far larger than its maps need",
    doc=__doc__ or "",
    check=check,
    invalid=INVALID,
    valid=VALID,
)
