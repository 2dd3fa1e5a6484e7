"""What a recording cannot tell, why, and what would tell it.

A diagnosis that is silent about something must say whether it looked and found nothing, or
could not look. These are the texts; which of them apply is decided where the fact is known.
"""

from __future__ import annotations

from growwork.analysis.site_assists import AttributedAssists
from growwork.core.units import format_bytes, format_count, format_duration
from growwork.rules.types import Limit
from growwork.store import ArtefactKind

__all__ = [
    "assists_limits",
    "generic_sites_limit",
    "log_not_matched_limit",
    "missing_limit",
    "no_binary_limit",
    "no_release_limit",
    "no_source_limit",
    "sampling_limit",
    "since_start_limit",
    "trace_limits",
    "truncated_trace_limit",
    "unmatched_limit",
    "weak_profile_limit",
]

_MISSING = {
    ArtefactKind.TRACE: (
        "Mark assist and stop-the-world pauses",
        "there is no execution trace",
        "record with `growwork record -- go run …`, or --url for a live service",
    ),
    ArtefactKind.HEAP_TEXT: (
        "Map sizes and bytes",
        "there is no heap profile",
        "record with `growwork record -- go run …`, or --url for a live service",
    ),
    ArtefactKind.LENGTHS: (
        "Map lengths at sites with a hint or with deletes",
        "no map lengths were observed, so oversized hints and churn in Swiss maps stay unseen",
        "record with `growwork record -- go run …`: the collector watches such maps",
    ),
    ArtefactKind.GCTRACE: (
        "CPU time of the GC",
        "there is no GC log",
        "record the program itself with `growwork record -- …`",
    ),
}


def missing_limit(kind: ArtefactKind, why: str) -> Limit:
    """An artefact that the recording lacks; `why` is what the manifest says about it."""
    topic, reason, remedy = _MISSING[kind]
    return Limit(topic, f"{reason} ({why})" if why else reason, remedy)


def no_release_limit() -> Limit:
    """Without a Go version no map arithmetic is possible."""
    return Limit(
        "Map sizes and findings",
        "the recording does not say which Go release ran, and every size depends on it",
        "name the executable with --binary",
    )


def no_source_limit(why: str) -> Limit:
    """Without source facts there are lines, but no map sites."""
    return Limit(
        "Map sites, findings and edits",
        f"the module's source is not known: {why}",
        "name its folder with --source",
    )


def no_binary_limit(why: str) -> Limit:
    """Without names for raw addresses the text profile is no better than the proto form."""
    return Limit(
        "Which allocations are map arrays",
        f"the runtime's frames have no names: {why}; arrays are told apart by size alone, so a "
        "value of the same size on the same line counts as one",
        "name the executable with --binary",
    )


def weak_profile_limit() -> Limit:
    """The proto form of a heap profile leaves the runtime's frames out."""
    return Limit(
        "Which allocations are map arrays",
        "only the proto form of the heap profile was recorded, and it has no runtime frames; "
        "arrays are told apart by size alone, so a value of the same size on the same line counts "
        "as one",
        "record with `growwork record`, which also takes the text form (debug=1)",
    )


def sampling_limit(rate: int) -> Limit:
    """Every heap profile is a sample unless the rate is 1."""
    return Limit(
        "Sites that allocate little",
        f"the heap profile samples one allocation per {format_bytes(rate)}: small maps and rare "
        "sites are hardly in it, and numbers of maps are rougher than sizes",
        "record longer, or sample more finely with --rate",
    )


def since_start_limit() -> Limit:
    """A live endpoint's heap profile is as old as its process."""
    return Limit(
        "When the bytes were allocated",
        "the heap profile of a live process counts from its start, the trace covers the "
        "recording alone: bytes and mark assist are of different times",
        "shares are right for each; to see both for one time, record the program itself",
    )


def truncated_trace_limit(problems: tuple[str, ...]) -> Limit:
    """A part of the trace is lost."""
    detail = f": {problems[0]}" if problems else ""
    return Limit(
        "The whole run",
        f"the execution trace is incomplete{detail}; counts and totals are of the part that "
        "could be read",
        "record again; a trace ends early when the program is killed or the limit is reached",
    )


def trace_limits() -> tuple[Limit, ...]:
    """What no execution trace says."""
    return (
        Limit(
            "Which maps make marking long",
            "background marking has no map identity: the trace does not say what is scanned",
            "the size table shows which sites make large maps",
        ),
        Limit(
            "Who caused a GC cycle",
            "the stack at the start of a cycle names the allocation that crossed the trigger",
            "look at bytes allocated per site; every allocated byte brings the next cycle nearer",
        ),
        Limit(
            "Who ran up the GC's debt",
            "the stack of a mark assist names who paid",
            "over many assists the paid time is a fair share by allocated bytes, no more",
        ),
    )


def assists_limits(attributed: AttributedAssists) -> tuple[Limit, ...]:
    """Assist time for which no site could be named."""
    limits = []
    if attributed.ambiguous_count:
        limits.append(
            Limit(
                "Mark assist on lines that several sites share",
                f"{format_count(attributed.ambiguous_count)} assists of "
                f"{format_duration(attributed.ambiguous_ns)} could belong to several sites and "
                "are counted for none",
                "the assist table shows them by line",
            )
        )
    if attributed.unknown_count:
        limits.append(
            Limit(
                "Mark assist of maps without a site in this module",
                f"{format_count(attributed.unknown_count)} assists of "
                f"{format_duration(attributed.unknown_ns)} were paid while maps of dependencies "
                "or the standard library grew",
                "the assist table shows them by line",
            )
        )
    return tuple(limits)


def log_not_matched_limit() -> Limit:
    """The GC log and the trace are of the same run but could not be laid over each other."""
    return Limit(
        "CPU time of single GC cycles",
        "the cycles of the trace could not be matched with the lines of the GC log",
        "a trace of at least three cycles is needed",
    )


def unmatched_limit(count: int, allocated_bytes: float, example: str) -> Limit:
    """Map arrays in the heap profile that joined to no site."""
    lines = "line" if count == 1 else "lines"
    return Limit(
        "Map arrays without a site",
        f"{format_bytes(allocated_bytes)} of map arrays on {count} {lines} belong to no single "
        f"map site, such as {example}",
        "maps of dependencies and maps made by reflection or JSON have no site in the module",
    )


def generic_sites_limit(count: int) -> Limit:
    """Sites whose key or element type is a type parameter."""
    sites = "site has" if count == 1 else "sites have"
    return Limit(
        "Sizes at generic sites",
        f"{count} map {sites} a type parameter as key or element: the size of an entry exists "
        "only per instantiation",
        "none yet",
    )
