"""Maps of a site grow again and again although their size is knowable or stable.

**What it does.** Reports a map site whose maps are filled by growing, when the source says how
many keys come (a loop over something of known length) or the heap profile says that the maps
of the site end at the same size.

**Why.** Each doubling allocates a new array and throws the old one away; a map that grows to
1,000 entries allocates about twice what it keeps. The allocation also pays mark assist while
the GC is marking, on the goroutine that inserts.

**Example.**

```go
byID := make(map[string]*Item)
for _, item := range items {
        byID[item.ID] = item
}
```

**Use instead.**

```go
byID := make(map[string]*Item, len(items))
```

**When it is wrong.** The maps of the next run may have another size: a constant is only as good
as the load that was recorded. Where keys repeat, `len(items)` reserves too much. A map that
usually stays empty is better left without a hint. Small arrays are rarely sampled, so a second
population of small maps can hide in a short recording: the finding then warns. Nothing is said
about maps of at most eight keys, sites with fewer than 30 sampled arrays, maps whose keys are
deleted, sites with two populations of sizes, or single long-lived maps without a safe loop; and
no constant is offered that would reserve more than 1 MiB for every map.
"""

from __future__ import annotations

from growwork.analysis.types import SiteCapacities
from growwork.gosource.types import SiteKind
from growwork.rules.cases.gw101 import INVALID, VALID
from growwork.rules.churn import find_churn
from growwork.rules.costs import grade, worth_reporting
from growwork.rules.evidence import (
    assist_cost,
    common_warnings,
    has_samples,
    heap_source,
    is_small,
    sample_confidence,
    share_text,
)
from growwork.rules.hints import Hint, plan_hint
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
    """Repeated growth with a size to write, or None."""
    known = evidence.capacities
    if known is None or not has_samples(evidence) or is_small(evidence):
        return None
    garbage = known.allocations.garbage_bytes
    if not worth_reporting(garbage, run) or find_churn(evidence, run) is not None:
        return None
    hint = plan_hint(evidence, run)
    if hint is None:
        return None
    source = heap_source(evidence)
    cost = Cost(
        bytes=Measure(garbage, source),
        allocs=Measure(known.allocations.growth_count, source),
        assist_ns=assist_cost(evidence),
    )
    return Finding(
        rule=RULE.code,
        title="map grows repeatedly although its size is " + _how_known(hint),
        severity=grade(cost, run),
        confidence=_confidence(evidence, hint),
        site=evidence.site,
        growth_lines=evidence.growth_lines,
        cost=cost,
        advice=Advice(_advice_text(evidence, hint), hint.capacity, hint.expression),
        evidence=_sentences(known, cost, run),
        warnings=(*common_warnings(evidence, run), *_hint_warnings(evidence, hint)),
    )


def _how_known(hint: Hint) -> str:
    return "known before it is filled" if hint.expression else "stable"


def _confidence(evidence: SiteEvidence, hint: Hint) -> Confidence:
    # An expression is right by construction: the samples only say that it pays.
    sampled = sample_confidence(evidence)
    if hint.doubt and sampled is Confidence.HIGH:
        return Confidence.MEDIUM
    return Confidence.HIGH if hint.expression and sampled is not Confidence.LOW else sampled


def _advice_text(evidence: SiteEvidence, hint: Hint) -> str:
    site = evidence.site
    made = f"make(map[{site.key_type}]{site.elem_type}, {hint.text})"
    verb = "raise the hint" if site.kind is SiteKind.MAKE_SIZED else "reserve the size"
    return f"{verb}: {made}; {hint.reason}"


def _sentences(known: SiteCapacities, cost: Cost, run: RunEvidence) -> tuple[str, ...]:
    allocations = known.allocations
    sentences = [
        (
            f"growth allocated {allocations.growth_count:.0f} arrays for about "
            f"{known.maps.value:.0f} maps (K = {known.sampled_arrays} samples)"
        ),
        f"final size P50 {known.p50}, P95 {known.p95}, max {known.max} slots",
        share_text(cost, run),
    ]
    return tuple(sentence for sentence in sentences if sentence)


def _hint_warnings(evidence: SiteEvidence, hint: Hint) -> tuple[str, ...]:
    if hint.expression is not None:
        return ()
    warnings = ["the constant fits the load of this recording"]
    low, high = evidence.capacities.p95_interval if evidence.capacities else (0, 0)
    if low != high:
        warnings.append(f"the P95 size lies between {low} and {high} slots (90 % interval)")
    if hint.doubt:
        warnings.append(hint.doubt)
    return tuple(warnings)


RULE = Rule(
    code="GW101",
    name="repeated-growth",
    summary="grows repeatedly although its size is knowable or stable",
    doc=__doc__ or "",
    check=check,
    invalid=INVALID,
    valid=VALID,
)
