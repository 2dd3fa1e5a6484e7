"""Findings, the evidence behind them, and the diagnosis that holds them.

A rule is a pure function from `SiteEvidence` to at most one `Finding`. The diagnosis is the
whole result of `growwork diagnose`: JSON is all of it, text and HTML are views.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from growwork.analysis.types import (
    Assist,
    AssistSummary,
    GcCycle,
    HeapPoint,
    Pause,
    SiteAssists,
    SiteCapacities,
    SiteLengths,
    TraceInfo,
)
from growwork.goruntime import GoRelease
from growwork.gosource.types import DeleteLine, GrowthLine, MapSite
from growwork.gosource.types import SourceEdit as Edit

__all__ = [
    "Advice",
    "Confidence",
    "Cost",
    "Diagnosis",
    "Edit",
    "Excerpt",
    "Finding",
    "Limit",
    "Measure",
    "RecordingInfo",
    "Rule",
    "RuleCase",
    "RunEvidence",
    "Severity",
    "SiteEvidence",
]


class Severity(Enum):
    """How much the finding costs this run."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"


class Confidence(Enum):
    """How well the evidence carries the finding."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a cost and where it comes from (`heap profile`, `trace`, …)."""

    value: float
    source: str
    low: float | None = None  # 90 % interval where there is one
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a site cost in the recording; None: not measured."""

    bytes: Measure | None = None
    allocs: Measure | None = None
    assist_ns: Measure | None = None
    pause_ns: Measure | None = None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Source lines around a site, as they were when it was analysed."""

    file: str
    first_line: int
    lines: tuple[str, ...]
    highlight: int  # the site's line


@dataclass(frozen=True, slots=True)
class Advice:
    """What to write instead, and why."""

    text: str
    capacity: int | None = None  # entries to reserve
    expression: str | None = None  # Go expression for the hint, preferred to a constant


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's verdict on one map site."""

    rule: str  # `GW101`
    title: str
    severity: Severity
    confidence: Confidence
    site: MapSite
    growth_lines: tuple[GrowthLine, ...]
    cost: Cost
    advice: Advice
    evidence: tuple[str, ...]  # short sentences with counts, for people
    warnings: tuple[str, ...] = ()
    edit: Edit | None = None
    excerpt: Excerpt | None = None
    diff: str = ""  # unified diff of `edit`


@dataclass(frozen=True, slots=True)
class SiteEvidence:
    """All that is known about one map site."""

    site: MapSite
    growth_lines: tuple[GrowthLine, ...]
    delete_lines: tuple[DeleteLine, ...]
    capacities: SiteCapacities | None
    lengths: SiteLengths | None
    assists: SiteAssists | None


@dataclass(frozen=True, slots=True)
class RunEvidence:
    """What the rules need to know about the whole run."""

    release: GoRelease
    duration_ns: int
    total_alloc_bytes: float | None  # of the process, for shares
    total_assist_ns: int | None
    trace: TraceInfo | None


@dataclass(frozen=True, slots=True)
class RuleCase:
    """One example of a rule; its docs page and its test are made from it."""

    name: str
    evidence: SiteEvidence
    run: RunEvidence


@dataclass(frozen=True, slots=True)
class Rule:
    """One finding rule: a stable code and a pure check."""

    code: str
    name: str
    summary: str
    doc: str  # the module docstring: what / why / example / use instead / when it is wrong
    check: Callable[[SiteEvidence, RunEvidence], Finding | None]
    invalid: Sequence[RuleCase]  # evidence the rule must flag
    valid: Sequence[RuleCase]  # evidence it must leave alone


@dataclass(frozen=True, slots=True)
class Limit:
    """Something this recording cannot tell, why, and what would tell it."""

    topic: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """What was recorded."""

    name: str
    target: str  # the command or URL
    go_version: str
    duration_ns: int
    gomaxprocs: int | None
    exit_code: int | None
    mem_profile_rate: int | None
    artefacts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The whole result of `growwork diagnose` for one recording."""

    recording: RecordingInfo
    module: str | None
    findings: tuple[Finding, ...]  # most costly first
    capacities: tuple[SiteCapacities, ...]  # every site with samples, most bytes first
    lengths: tuple[SiteLengths, ...]
    trace: TraceInfo | None
    pauses: tuple[Pause, ...]
    gc_cycles: tuple[GcCycle, ...]
    assists: AssistSummary | None
    heap: tuple[HeapPoint, ...]  # thinned for drawing
    limits: tuple[Limit, ...]
    warnings: tuple[str, ...]
    site_assists: tuple[SiteAssists, ...] = ()  # in source order
    longest_assists: tuple[Assist, ...] = ()  # the longest ones, in time order, for drawing
