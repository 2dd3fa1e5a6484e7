"""Diagnose a recording: from its artefacts to ranked findings with edits.

Nothing here measures or decides: artefacts are decoded, analyses turn them into evidence per
map site, rules turn the evidence into findings, and edits are made on the bytes the findings
speak of. An artefact that is missing or broken costs what it would have told, never the rest;
what it costs is listed in the diagnosis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from growwork.analysis.capacities import CapacityReport, estimate_capacities
from growwork.analysis.lengths import summarise_lengths
from growwork.analysis.site_assists import AttributedAssists, attribute_assists
from growwork.analysis.types import Assist, SiteAssists, SiteLengths
from growwork.core.errors import FormatError
from growwork.goruntime import GoRelease
from growwork.gosource.edits import hint_edit
from growwork.gosource.join import SourceIndex
from growwork.gosource.types import SourceEdit, SourceFacts
from growwork.rules.evidence import loses_keys
from growwork.rules.registry import find_all
from growwork.rules.types import (
    Diagnosis,
    Finding,
    Limit,
    RunEvidence,
    SiteEvidence,
)
from growwork.store import ArtefactKind, Recording
from growwork.workflow.diagnose_limits import (
    assists_limits,
    generic_sites_limit,
    missing_limit,
    no_release_limit,
    no_source_limit,
    unmatched_limit,
)
from growwork.workflow.load_heap import LoadedHeap, load_heap, open_binary
from growwork.workflow.load_lengths import read_lengths
from growwork.workflow.load_recording import LoadedInfo, load_info
from growwork.workflow.load_source import LoadedSource, load_source
from growwork.workflow.load_trace import LoadedTrace, load_trace
from growwork.workflow.source_views import SourceTexts, excerpt_of, read_sources, unified_diff

__all__ = ["DiagnoseOptions", "diagnose"]

_SHOWN_ASSISTS = 200  # the longest; a picture of more is a smear


@dataclass(frozen=True, slots=True)
class DiagnoseOptions:
    """Where the source and the executable are, when not where the recording says."""

    source: Path | None = None
    binary: Path | None = None


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What is known per site, and what could not be."""

    sites: tuple[SiteEvidence, ...] = ()
    capacities: CapacityReport | None = None
    lengths: tuple[SiteLengths, ...] = ()
    assists: tuple[SiteAssists, ...] = ()
    limits: tuple[Limit, ...] = ()
    warnings: tuple[str, ...] = ()


def diagnose(path: Path, options: DiagnoseOptions | None = None) -> Diagnosis:
    """The diagnosis of the recording in folder `path`; the same input gives the same result.

    Raises `UsageError` when there is no recording, `FormatError` when its manifest is broken or
    an executable named is none, `UnsupportedVersion` for an unknown Go release, and `ToolError`
    when source has to be analysed and the toolchain fails.
    """
    options = options or DiagnoseOptions()
    recording = Recording.open(path)
    binary, binary_warnings = open_binary(recording, options.binary)
    info = load_info(recording, binary)
    source = load_source(recording, options.source)
    trace = load_trace(recording)
    heap = load_heap(recording, binary)
    evidence = _gather(recording, info.release, source, trace, heap)
    findings, view_warnings = _find(info, source, trace, heap, evidence)
    results = trace.results
    return Diagnosis(
        recording=info.info,
        module=source.facts.module if source.facts else None,
        findings=findings,
        capacities=evidence.capacities.sites if evidence.capacities else (),
        lengths=evidence.lengths,
        trace=trace.info,
        pauses=results.pauses if results else (),
        gc_cycles=trace.cycles,
        assists=results.summary if results else None,
        heap=trace.heap,
        limits=(*trace.limits, *heap.limits, *evidence.limits),
        warnings=_unique(
            recording.warnings,
            binary_warnings,
            info.warnings,
            source.warnings,
            trace.warnings,
            heap.warnings,
            evidence.warnings,
            view_warnings,
        ),
        site_assists=evidence.assists,
        longest_assists=_longest(results.assists if results else ()),
    )


def _gather(
    recording: Recording,
    release: GoRelease | None,
    source: LoadedSource,
    trace: LoadedTrace,
    heap: LoadedHeap,
) -> _Evidence:
    """Everything that is known about the map sites of the module."""
    if source.facts is None:
        return _Evidence(limits=(no_source_limit(source.why_not),))
    if release is None:
        return _Evidence(limits=(no_release_limit(),))
    index = SourceIndex(source.facts)
    report = estimate_capacities(heap.profile, index, release) if heap.profile else None
    lengths, length_limits, length_warnings = _load_lengths(recording, source, index)
    attributed = _attribute(trace, index, report)
    sites = _join(source.facts, index, report, lengths, attributed)
    return _Evidence(
        sites=sites,
        capacities=report,
        lengths=lengths,
        assists=attributed.by_site,
        limits=(
            *length_limits,
            *assists_limits(attributed),
            *_unmatched_limits(report),
            *_generic_limits(source.facts),
        ),
        warnings=(*length_warnings, *(report.warnings if report else ())),
    )


def _load_lengths(
    recording: Recording, source: LoadedSource, index: SourceIndex
) -> tuple[tuple[SiteLengths, ...], tuple[Limit, ...], tuple[str, ...]]:
    kind = ArtefactKind.LENGTHS
    if source.facts is None or not source.recorded or not recording.has(kind):
        why = recording.why_missing(kind)
        if recording.has(kind):
            why = "its site numbers mean the source at the time of the recording"
        return (), (missing_limit(kind, why),), ()
    try:
        data = recording.bytes(kind) or b""
        rows = read_lengths(data, source=str(recording.folder / kind.file_name))
    except FormatError as error:
        return (), (missing_limit(kind, error.problem),), (str(error),)
    sites = source.facts.sites
    known = [row for row in rows if row.site < len(sites)]
    lengths: list[SiteLengths] = []
    for row in known:
        deletes = index.deletes_of(sites[row.site])
        found = summarise_lengths(sites[row.site], row, loses_keys=loses_keys(deletes))
        lengths += [found] if found else []
    warnings = () if len(known) == len(rows) else ("lengths.jsonl names sites that do not exist",)
    return tuple(sorted(lengths, key=lambda one: one.site.position)), (), warnings


def _attribute(
    trace: LoadedTrace, index: SourceIndex, report: CapacityReport | None
) -> AttributedAssists:
    assists = trace.results.assists if trace.results else ()
    return attribute_assists(assists, index, report.sites if report else ())


def _join(
    facts: SourceFacts,
    index: SourceIndex,
    report: CapacityReport | None,
    lengths: Sequence[SiteLengths],
    attributed: AttributedAssists,
) -> tuple[SiteEvidence, ...]:
    """One piece of evidence per site of which anything was measured."""
    capacities = {one.site.position: one for one in report.sites} if report else {}
    observed = {one.site.position: one for one in lengths}
    paid = {one.site.position: one for one in attributed.by_site}
    return tuple(
        SiteEvidence(
            site=site,
            growth_lines=index.growth_of(site),
            delete_lines=index.deletes_of(site),
            capacities=capacities.get(site.position),
            lengths=observed.get(site.position),
            assists=paid.get(site.position),
        )
        for site in facts.sites
        if site.position in capacities or site.position in observed or site.position in paid
    )


def _find(
    info: LoadedInfo,
    source: LoadedSource,
    trace: LoadedTrace,
    heap: LoadedHeap,
    evidence: _Evidence,
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    if info.release is None or source.facts is None:
        return (), ()
    sampled_bytes = evidence.capacities.total_alloc_bytes if evidence.capacities else None
    run = RunEvidence(
        release=info.release,
        duration_ns=info.info.duration_ns,
        total_alloc_bytes=heap.total_alloc_bytes or sampled_bytes,
        total_assist_ns=trace.results.summary.total_ns if trace.results else None,
        trace=trace.info,
    )
    findings = find_all(evidence.sites, run)
    if source.root is None:
        return findings, ()
    wanted = {finding.site.position.file for finding in findings}
    texts = read_sources(source.facts, source.root, wanted)
    shown = tuple(_with_source(finding, source.facts, texts) for finding in findings)
    return shown, _source_warnings(texts)


def _with_source(finding: Finding, facts: SourceFacts, texts: SourceTexts) -> Finding:
    """The finding with its excerpt, its edit and the diff of it, where the file is unchanged."""
    content = texts.contents.get(finding.site.position.file)
    if content is None:
        return finding
    excerpt = excerpt_of(content, finding.site.position)
    edit = _edit_of(finding, facts, content)
    diff = unified_diff(content, edit) if edit else ""
    return replace(finding, excerpt=excerpt, edit=edit, diff=diff)


def _edit_of(finding: Finding, facts: SourceFacts, content: bytes) -> SourceEdit | None:
    advice = finding.advice
    if advice.expression is None and advice.capacity is None:
        return None
    # A capacity of 0 means: no hint.
    hint = advice.expression or (str(advice.capacity) if advice.capacity else None)
    return hint_edit(facts, finding.site, hint, content)


def _source_warnings(texts: SourceTexts) -> tuple[str, ...]:
    warnings = [
        f"{path} has changed since the recording: no excerpt and no edit for it"
        for path in texts.changed
    ]
    warnings += [f"{path} is not there: no excerpt and no edit for it" for path in texts.missing]
    return tuple(warnings)


def _unmatched_limits(report: CapacityReport | None) -> tuple[Limit, ...]:
    if report is None or not report.unmatched:
        return ()
    total = sum(one.allocated_bytes for one in report.unmatched)
    frame = report.unmatched[0].frame
    return (unmatched_limit(len(report.unmatched), total, f"{frame.function}, line {frame.line}"),)


def _generic_limits(facts: SourceFacts) -> tuple[Limit, ...]:
    count = sum(site.key_bytes is None or site.elem_bytes is None for site in facts.sites)
    return (generic_sites_limit(count),) if count else ()


def _longest(assists: Sequence[Assist]) -> tuple[Assist, ...]:
    longest = sorted(assists, key=lambda one: (-one.duration_ns, one.start_ns))[:_SHOWN_ASSISTS]
    return tuple(sorted(longest, key=lambda one: (one.start_ns, one.goroutine)))


def _unique(*groups: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for group in groups for text in group))
