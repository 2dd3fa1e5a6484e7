"""Deletes and inserts keep growing a map whose length stays the same.

**What it does.** Reports sites whose maps lose keys as fast as they gain them and grow all the
same: classic maps to the same size, Swiss maps to a capacity that their length never needs.

**Why.** Deleting does not give room back at once. A Swiss table keeps a tombstone, which counts
as an entry until the table is rebuilt, and rebuilding doubles it; Go 1.24 never prunes
tombstones, Go 1.26 and later prune some. A classic map keeps overflow buckets, and too many of
them make it copy itself to a new array of the same size. Either way the map allocates forever
for a length that does not change, and it never shrinks again.

**Example.**

```go
open[id] = order
delete(open, oldest) // 10,000 keys at all times, 65,536 slots after a day
```

**Use instead.** Reserve twice the length when the map is made, so that there is room for what the
deletes leave behind: a window of 96 keys over 2,400 inserts allocated 46 kB with the exact hint
and 18 kB with twice of it on Go 1.23, 21 and 14 kB on Go 1.26. For windows of thousands of keys it
saves allocations rather than bytes. A map that lives for ever is better rebuilt now and then. On
Go 1.24, update the toolchain.

**When it is wrong.** The length may have been larger at a moment that no reading caught; then
the capacity was needed once. The heap profile alone cannot tell churn from a long map, so for
Swiss maps the rule needs observed lengths, or a hint to take for the length.
"""

from __future__ import annotations

from growwork.goruntime import GoRelease
from growwork.gosource.types import SiteKind
from growwork.models import MapModel
from growwork.rules.cases.gw104 import INVALID, VALID
from growwork.rules.churn import Churn, find_churn
from growwork.rules.costs import grade, worth_reporting
from growwork.rules.evidence import (
    assist_cost,
    common_warnings,
    heap_source,
    model_of,
    sample_confidence,
    share_text,
)
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


def check(evidence: SiteEvidence, run: RunEvidence) -> Finding | None:
    """Growth by churn, or None."""
    churn, model = find_churn(evidence, run), model_of(evidence, run)
    if churn is None or model is None or not worth_reporting(churn.wasted_bytes, run):
        return None
    source = heap_source(evidence)
    cost = Cost(
        bytes=Measure(churn.wasted_bytes, source),
        allocs=Measure(churn.growths, source),
        assist_ns=assist_cost(evidence),
    )
    return Finding(
        rule=RULE.code,
        title="churn keeps growing the map at constant length",
        severity=grade(cost, run),
        confidence=_confidence(evidence, churn),
        site=evidence.site,
        growth_lines=evidence.growth_lines,
        cost=cost,
        advice=_advice(evidence, churn, model, run.release),
        evidence=_sentences(evidence, churn, cost, run),
        warnings=(*common_warnings(evidence, run), *_warnings(evidence, churn)),
    )


def _confidence(evidence: SiteEvidence, churn: Churn) -> Confidence:
    # Same-size growth is churn by definition; a capacity beyond the length is an inference.
    if churn.same_size:
        return sample_confidence(evidence)
    return Confidence.LOW if churn.longest is None else Confidence.MEDIUM


def _advice(evidence: SiteEvidence, churn: Churn, model: MapModel, release: GoRelease) -> Advice:
    update = "" if release.prunes_tombstones else "update to Go 1.26 or later; "
    rebuild = "build a new map now and then if it lives long"
    if churn.advised_slots is None:
        return Advice(f"{update}reserve room for what deletes leave behind; {rebuild}")
    site = evidence.site
    expression, capacity = _room(evidence, churn.needed_slots, churn.advised_slots, model)
    made = f"make(map[{site.key_type}]{site.elem_type}, {expression or capacity})"
    text = f"{update}reserve room for what deletes leave behind: {made}; {rebuild}"
    return Advice(text, capacity, expression)


def _room(
    evidence: SiteEvidence, needed: int, advised: int, model: MapModel
) -> tuple[str | None, int | None]:
    """A multiple of the hint that is there, else a constant."""
    hint, value = evidence.site.hint, evidence.site.hint_value
    if evidence.site.kind is not SiteKind.MAKE_SIZED or hint is None or value is not None:
        return None, model.max_length(advised)
    return f"{advised // needed}*{hint if hint.isidentifier() else f'({hint})'}", None


def _sentences(
    evidence: SiteEvidence, churn: Churn, cost: Cost, run: RunEvidence
) -> tuple[str, ...]:
    deletes = ", ".join(str(line.position) for line in evidence.delete_lines)
    if churn.same_size:
        grown = (
            f"about {churn.growths:.0f} growths left the capacity at {churn.reached_slots} slots"
        )
    else:
        size = f"of at most {churn.longest} keys" if churn.longest else "made for fewer keys"
        grown = f"maps {size} need {churn.needed_slots} slots and reached {churn.reached_slots}"
    sentences = (grown, f"keys are deleted at {deletes}", share_text(cost, run))
    return tuple(sentence for sentence in sentences if sentence)


def _warnings(evidence: SiteEvidence, churn: Churn) -> tuple[str, ...]:
    observed = evidence.lengths.warnings if evidence.lengths else ()
    if churn.same_size:
        return observed
    if churn.longest is None:
        unread = "no reading caught these maps filled: the hint is taken for their length"
        return (*observed, unread)
    seldom = "lengths are read now and then: a map may have been longer between two readings"
    return (*observed, seldom)


RULE = Rule(
    code="GW104",
    name="churn-growth",
    summary="keeps growing at constant length because keys are deleted and inserted",
    doc=__doc__ or "",
    check=check,
    invalid=INVALID,
    valid=VALID,
)
