"""Growth of the maps of a site paid mark assist.

**What it does.** Reports sites whose insert lines spent time in GC mark assists while a map was
growing, with the time and the GC cycles.

**Why.** Growing allocates, and allocating while the GC marks must be paid for with mark work on
the inserting goroutine, sometimes with waiting. Up to Go 1.23 growth allocates the whole new
array at once, so one insert can pay for all of it: rare and long. From Go 1.24 a table holds at
most 1,024 slots: many short assists. Reported is a site that paid 2 % of all mark assist in
at least 20 assists or with one of 10 ms; 5 % where another rule says how to end the growth.

**Example.**

```go
cache[key] = value // 40 ms: the map doubled while the GC was marking
```

**Use instead.** Reserve the size before the map is filled, so that it does not grow. Where the
size cannot be known: on Go up to 1.23 update the toolchain, or split the map into shards so that
one growth is small.

**When it is wrong.** An assist names who **paid**. The debt is in proportion to the bytes
allocated there, so over many assists it is a fair share of allocation, but it is not proof that
this map made marking long, and without the map the mark work would have been paid elsewhere.
Durations are wall time: on a busy machine they include waiting for a CPU.
"""

from __future__ import annotations

from growwork.analysis.types import SiteAssists
from growwork.core.units import format_duration
from growwork.goruntime import MapKind
from growwork.rules.cases.gw103 import INVALID, VALID
from growwork.rules.costs import grade, share_of
from growwork.rules.evidence import (
    TRACE,
    common_warnings,
    heap_source,
    is_small,
    with_duration_share,
)
from growwork.rules.gw101_repeated_growth import check as check_growth
from growwork.rules.gw104_churn_growth import check as check_churn
from growwork.rules.thresholds import (
    LONG_ASSIST_NS,
    MIN_ASSIST_NS,
    MIN_ASSIST_SHARE,
    MIN_ASSISTS,
    TOLD_ASSIST_SHARE,
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

_SHOWN_CYCLES = 6
_FEW_ASSISTS = 5  # fewer may be chance


def check(evidence: SiteEvidence, run: RunEvidence) -> Finding | None:
    """Mark assist paid inside growth, or None."""
    paid = evidence.assists
    if paid is None or is_small(evidence):
        return None
    remedy = check_churn(evidence, run) or check_growth(evidence, run)
    if not _noticeable(paid, run, told=remedy is not None):
        return None
    known = evidence.capacities
    cost = Cost(
        bytes=Measure(known.allocations.garbage_bytes, heap_source(evidence)) if known else None,
        assist_ns=Measure(paid.growth_ns, TRACE),
    )
    return Finding(
        rule=RULE.code,
        title="map growth paid mark assist",
        severity=grade(Cost(assist_ns=cost.assist_ns), run),
        confidence=_confidence(paid, evidence),
        site=evidence.site,
        growth_lines=evidence.growth_lines,
        cost=cost,
        advice=_advice(remedy, run),
        evidence=_sentences(paid, evidence, run),
        warnings=(
            *common_warnings(evidence, run),
            "an assist names who paid, not who ran up the debt",
        ),
    )


def _noticeable(paid: SiteAssists, run: RunEvidence, *, told: bool) -> bool:
    share = share_of(paid.growth_ns, run.total_assist_ns)
    if paid.growth_ns < MIN_ASSIST_NS or share is None:
        return False
    # Few but long is the pattern of classic maps, many and short that of Swiss maps.
    long = paid.worst is not None and paid.worst.duration_ns >= LONG_ASSIST_NS
    enough = TOLD_ASSIST_SHARE if told else MIN_ASSIST_SHARE
    return share >= enough and (long or paid.growth_count >= MIN_ASSISTS)


def _confidence(paid: SiteAssists, evidence: SiteEvidence) -> Confidence:
    shared = any(len(line.sites) > 1 for line in evidence.growth_lines)
    if shared or paid.growth_count < _FEW_ASSISTS:
        return Confidence.MEDIUM
    return Confidence.HIGH


def _advice(remedy: Finding | None, run: RunEvidence) -> Advice:
    if remedy is not None:
        # The change is that finding's: it is not offered twice.
        return Advice(f"end the growth as {remedy.rule} says for this site: no growth, no assist")
    reserve = "reserve the size the map is expected to reach"
    if run.release.maps is MapKind.CLASSIC:
        return Advice(
            f"{reserve}; where that is not known, shard the map so that one growth is small, or "
            "build with Go 1.26 or later, whose growth comes in steps of 1,024 slots"
        )
    return Advice(
        f"{reserve}; sharding does not help here, growth already comes in steps of 1,024 slots"
    )


def _sentences(paid: SiteAssists, evidence: SiteEvidence, run: RunEvidence) -> tuple[str, ...]:
    count = paid.growth_count
    word = "mark assist" if count == 1 else "mark assists"
    sentences = [
        f"{count} {word} inside growth paid {with_duration_share(paid.growth_ns, run)}",
        f"paid while marking in GC {_cycles_text(paid.cycles)}",
    ]
    worst = paid.worst
    if worst is not None:
        cycle = f" in cycle {worst.in_cycle}" if worst.in_cycle is not None else ""
        on_thread = format_duration(worst.running_ns)
        took = format_duration(worst.duration_ns)
        sentences.append(f"the longest took {took}{cycle}, of which {on_thread} on its thread")
    known = evidence.capacities
    if known is not None:
        sentences.append(f"the maps reach {known.p50} slots (P50), {known.p95} (P95)")
    return tuple(sentences)


def _cycles_text(cycles: tuple[int, ...]) -> str:
    if not cycles:
        return "cycles that the trace does not show whole"
    shown = ", ".join(str(number) for number in cycles[:_SHOWN_CYCLES])
    more = len(cycles) - _SHOWN_CYCLES
    word = "cycle" if len(cycles) == 1 else "cycles"
    return f"{word} {shown}" + (f" and {more} more" if more > 0 else "")


RULE = Rule(
    code="GW103",
    name="growth-assist",
    summary="paid mark assist while it was growing",
    doc=__doc__ or "",
    check=check,
    invalid=INVALID,
    valid=VALID,
)
