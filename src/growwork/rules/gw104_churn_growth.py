"""Deletes and inserts keep growing a map whose length stays the same.

**What it does.** Reports sites whose maps lose keys as fast as they gain them and grow all the
same: classic maps to the same size, Swiss maps to a capacity that their length never needs.

**Why.** Deleting does not give room back at once. A Swiss table keeps a tombstone, which counts
as an entry until the table is rebuilt, and rebuilding doubles it; Go 1.24 and 1.25 never prune
tombstones, Go 1.26 and later prune some. A classic map keeps overflow buckets, and too many of
them make it copy itself to a new array of the same size. Either way the map allocates forever
for a length that does not change, and it never shrinks again.

**Example.**

```go
open[id] = order
delete(open, oldest) // 10,000 keys at all times, 65,536 slots after a day
```

**Use instead.** Reserve the capacity the churn needs when the map is made; build a new map now
and then and let the old one go; or keep the window in a ring buffer with a map of fixed keys. On
Go 1.24 and 1.25, update the toolchain.

**When it is wrong.** The length may have been larger at a moment that no reading caught; then
the capacity was needed once. The heap profile alone cannot tell churn from a long map, so for
Swiss maps the rule needs observed lengths.
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
        warnings=(*common_warnings(evidence, run), *_warnings(evidence)),
    )


def _confidence(evidence: SiteEvidence, churn: Churn) -> Confidence:
    # Same-size growth is churn by definition; a capacity beyond the length is an inference.
    return sample_confidence(evidence) if churn.same_size else Confidence.MEDIUM


def _advice(evidence: SiteEvidence, churn: Churn, model: MapModel, release: GoRelease) -> Advice:
    rebuild = "build a new map from time to time, or keep the window in a ring buffer"
    if churn.same_size:
        return Advice(f"{rebuild}; a larger hint spreads the keys over more buckets")
    update = "" if release.prunes_tombstones else "update to Go 1.26 or later; "
    site = evidence.site
    capacity = model.max_length(churn.reached_slots)
    if site.kind is SiteKind.MAKE_SIZED and site.hint_value is None:
        times = churn.reached_slots // churn.needed_slots
        expression = (
            f"{times}*({site.hint})"
            if not (site.hint or "").isidentifier()
            else (f"{times}*{site.hint}")
        )
        made = f"make(map[{site.key_type}]{site.elem_type}, {expression})"
        return Advice(
            f"{update}reserve room for tombstones: {made}; or {rebuild}", None, expression
        )
    made = f"make(map[{site.key_type}]{site.elem_type}, {capacity})"
    return Advice(f"{update}reserve room for tombstones: {made}; or {rebuild}", capacity)


def _sentences(
    evidence: SiteEvidence, churn: Churn, cost: Cost, run: RunEvidence
) -> tuple[str, ...]:
    deletes = ", ".join(str(line.position) for line in evidence.delete_lines)
    if churn.same_size:
        grown = (
            f"about {churn.growths:.0f} growths left the capacity at {churn.reached_slots} slots"
        )
    else:
        grown = (
            f"maps of at most {churn.longest} keys need {churn.needed_slots} slots and reached "
            f"{churn.reached_slots}"
        )
    sentences = (grown, f"keys are deleted at {deletes}", share_text(cost, run))
    return tuple(sentence for sentence in sentences if sentence)


def _warnings(evidence: SiteEvidence) -> tuple[str, ...]:
    lengths = evidence.lengths
    if lengths is None:
        return ("no map lengths were observed at this site",)
    return (
        *lengths.warnings,
        "lengths are read now and then: a map may have been longer between two readings",
    )


RULE = Rule(
    code="GW104",
    name="churn-growth",
    summary="keeps growing at constant length because keys are deleted and inserted",
    doc=__doc__ or "",
    check=check,
    invalid=INVALID,
    valid=VALID,
)
