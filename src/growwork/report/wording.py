"""The words and short forms that the text and the HTML renderer share.

Formatting only: every number comes in as it stands in the result.
"""

from __future__ import annotations

from growwork.analysis.types import SiteCapacities, SiteLengths
from growwork.core.units import format_bytes, format_count, format_duration
from growwork.gosource.types import MapSite, SiteKind
from growwork.report.short_forms import quantity, range_text
from growwork.rules.types import Cost, Finding, Measure, RecordingInfo, Severity

__all__ = [
    "CostItem",
    "capacity_label",
    "capacity_range",
    "cost_items",
    "estimate_text",
    "interval_text",
    "lengths_by_site",
    "recording_facts",
    "severity_counts",
    "site_form",
    "site_type",
    "split_code",
]

CostItem = tuple[str, str, str, str]  # what, how much, interval ("" for none), source

_KIND_WORDS = {
    SiteKind.MAKE: "make",
    SiteKind.MAKE_SIZED: "make with a hint",
    SiteKind.LITERAL_EMPTY: "empty literal",
    SiteKind.LITERAL: "literal",
    SiteKind.CLONE: "clone",
}


def site_type(site: MapSite) -> str:
    """The map type as Go writes it: `map[string]*Product`."""
    return f"map[{site.key_type}]{site.elem_type}"


def site_form(site: MapSite) -> str:
    """How the map is made: `make`, `make with a hint of len(ids)`."""
    words = _KIND_WORDS[site.kind]
    return f"{words} of {site.hint}" if site.hint else words


def capacity_label(slots: int) -> str:
    """A capacity class in as few characters as its value allows: `8`, `896`, `4k`, `1M`."""
    for size, suffix in ((1 << 20, "M"), (1 << 10, "k")):
        if slots >= size and slots % size == 0:
            return f"{slots // size}{suffix}"
    return str(slots) if slots < 10_000 else format_count(slots).replace(" ", "")


def estimate_text(value: float, low: float, high: float) -> str:
    """A count with its interval, `1.24 k (1.10–1.40 k)`; the interval only where it is one."""
    shown, least, greatest = format_count(value), format_count(low), format_count(high)
    return shown if least == greatest else f"{shown} ({range_text(least, greatest)})"


def interval_text(measure: Measure, kind: str) -> str:
    """The 90 % interval of a measure in its unit; empty when there is none."""
    if measure.low is None or measure.high is None or measure.low == measure.high:
        return ""
    return range_text(quantity(measure.low, kind), quantity(measure.high, kind))


def capacity_range(low: int, high: int) -> str:
    """An interval of capacity classes: `2k–8k`, or one class."""
    return capacity_label(low) if low == high else f"{capacity_label(low)}–{capacity_label(high)}"


def split_code(text: str) -> tuple[tuple[str, bool], ...]:
    """A sentence in pieces, each with whether it stood between backticks."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # a backtick without a partner is a backtick
        return ((text, False),)
    return tuple((piece, index % 2 == 1) for index, piece in enumerate(pieces) if piece)


def cost_items(cost: Cost) -> tuple[CostItem, ...]:
    """The measured parts of a cost, in the order they are shown."""
    parts = (
        ("allocated", cost.bytes, "B"),
        ("allocations", cost.allocs, "count"),
        ("mark assist", cost.assist_ns, "ns"),
        ("stop-the-world", cost.pause_ns, "ns"),
    )
    return tuple(
        (name, quantity(measure.value, kind), interval_text(measure, kind), measure.source)
        for name, measure, kind in parts
        if measure is not None
    )


def severity_counts(findings: tuple[Finding, ...]) -> tuple[tuple[Severity, int], ...]:
    """How many findings there are of each severity that occurs, worst first."""
    counts = ((level, sum(f.severity is level for f in findings)) for level in Severity)
    return tuple((level, count) for level, count in counts if count)


def recording_facts(recording: RecordingInfo) -> tuple[str, ...]:
    """The facts of a recording that fit on one line; what is not known is left out."""
    facts = [recording.go_version]
    if recording.duration_ns:
        facts.append(f"{format_duration(recording.duration_ns)} recorded")
    if recording.gomaxprocs is not None:
        facts.append(f"GOMAXPROCS {recording.gomaxprocs}")
    if recording.mem_profile_rate is not None:
        facts.append(f"heap sampled every {format_bytes(recording.mem_profile_rate)}")
    if recording.exit_code is not None:
        facts.append(f"exit {recording.exit_code}")
    return tuple(fact for fact in facts if fact)


def lengths_by_site(lengths: tuple[SiteLengths, ...], site: SiteCapacities) -> SiteLengths | None:
    """The observed lengths of the same site, if any."""
    return next((found for found in lengths if found.site.position == site.site.position), None)
