"""Questions that several rules ask about the evidence of a site."""

from __future__ import annotations

from collections.abc import Iterable

from growwork.analysis.site_models import site_models
from growwork.core.units import format_bytes, format_duration
from growwork.gosource.types import DeleteLine
from growwork.models import MapModel
from growwork.rules.costs import share_of
from growwork.rules.thresholds import FIRM_SAMPLES, MIN_SAMPLES, SMALL_MAP_SLOTS
from growwork.rules.types import Confidence, Cost, Measure, RunEvidence, SiteEvidence

__all__ = [
    "HEAP_PROFILE",
    "LENGTHS",
    "MODEL",
    "TRACE",
    "assist_cost",
    "common_warnings",
    "has_samples",
    "heap_source",
    "is_small",
    "loses_keys",
    "model_of",
    "sample_confidence",
    "share_text",
    "with_duration_share",
]

HEAP_PROFILE = "heap profile"
LENGTHS = "observed map lengths"
MODEL = "map model"
TRACE = "execution trace"

_LOSING = frozenset({"delete", "maps.DeleteFunc"})


def model_of(evidence: SiteEvidence, run: RunEvidence) -> MapModel | None:
    """The map model of the site's type; None while a type parameter hides its sizes."""
    models = site_models(evidence.site, run.release)
    return models[0] if models else None


def loses_keys(delete_lines: Iterable[DeleteLine]) -> bool:
    """Whether keys are deleted one by one; `clear` leaves an empty map, which is no churn."""
    return any(line.operation in _LOSING for line in delete_lines)


def has_samples(evidence: SiteEvidence) -> bool:
    """Whether the heap profile holds enough samples of the site's arrays to speak of sizes."""
    known = evidence.capacities
    return known is not None and known.sampled_arrays >= MIN_SAMPLES


def is_small(evidence: SiteEvidence) -> bool:
    """Whether practically all maps of the site fit in one bucket or group."""
    known = evidence.capacities
    return known is not None and known.p99 <= SMALL_MAP_SLOTS


def sample_confidence(evidence: SiteEvidence) -> Confidence:
    """How well the samples of the heap profile carry a statement about sizes."""
    known = evidence.capacities
    if known is None or known.sampled_arrays < MIN_SAMPLES:
        return Confidence.LOW
    # Without runtime frames other allocations on the line may have been counted as arrays.
    firm = known.sampled_arrays >= FIRM_SAMPLES and known.source == "heapdebug"
    return Confidence.HIGH if firm else Confidence.MEDIUM


def heap_source(evidence: SiteEvidence) -> str:
    """The name of the heap profile the numbers come from."""
    known = evidence.capacities
    if known is None:
        return HEAP_PROFILE
    return f"{HEAP_PROFILE} ({known.source})"


def assist_cost(evidence: SiteEvidence) -> Measure | None:
    """The mark assist paid inside growth of the site's maps."""
    paid = evidence.assists
    return Measure(paid.growth_ns, TRACE) if paid and paid.growth_ns else None


def common_warnings(evidence: SiteEvidence, run: RunEvidence) -> tuple[str, ...]:
    """What makes every statement about this site weaker than it looks."""
    warnings: list[str] = []
    known = evidence.capacities
    if known is not None:
        warnings.extend(known.warnings)
    shared = [line for line in evidence.growth_lines if len(line.sites) > 1]
    if shared:
        warnings.append(
            f"{shared[0].position} can grow the maps of {len(shared[0].sites)} sites; only what is "
            "clearly of this one is counted"
        )
    if run.trace is not None and not run.trace.complete and evidence.assists is not None:
        warnings.append("the trace is incomplete: there was more mark assist than is shown")
    return tuple(dict.fromkeys(warnings))


def share_text(cost: Cost, run: RunEvidence) -> str:
    """`12.3 % of the bytes the process allocated`, empty when that is not known."""
    share = share_of(cost.bytes.value, run.total_alloc_bytes) if cost.bytes else None
    if share is None or cost.bytes is None:
        return ""
    return f"{format_bytes(cost.bytes.value)} is {share:.1%} of all bytes the process allocated"


def with_duration_share(duration_ns: float, run: RunEvidence) -> str:
    """`4.5 ms (12 % of all mark assist)`."""
    share = share_of(duration_ns, run.total_assist_ns)
    text = format_duration(duration_ns)
    return text if share is None else f"{text} ({share:.0%} of all mark assist)"
