"""What a finished recording lacks, and why: read from what the collector left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from growwork.core.errors import FormatError
from growwork.store import ArtefactKind, NotRecorded
from growwork.store.json_object import JsonObject, parse_object

__all__ = ["CollectorReport", "list_missing", "read_collector", "remove_control_files"]

_CONTROL = ("stop", "stopped", "collector.claim", "collector.refused")

_FROM_COLLECTOR = (
    ArtefactKind.TRACE,
    ArtefactKind.HEAP_TEXT,
    ArtefactKind.HEAP,
    ArtefactKind.CPU,
    ArtefactKind.METRICS,
    ArtefactKind.COLLECTOR,
)
_BUILD_REMEDY = (
    "the binary was built without the collector; build it with `growwork record -- go build …`"
)
_NOT_FROM_ENDPOINT = "a /debug/pprof endpoint does not give this"
_ENDPOINT_ONLY = (
    ArtefactKind.SYMBOLS,
    ArtefactKind.HEAP_BEFORE,
    ArtefactKind.HEAP_TEXT_BEFORE,
)
_FIXED_REASONS = {
    **dict.fromkeys(_ENDPOINT_ONLY, ""),  # nobody expects these
    ArtefactKind.GCTRACE: "the runtime printed no GC line",
    ArtefactKind.SITES: "no source facts: the program was not built here by growwork",
}


@dataclass(frozen=True, slots=True)
class CollectorReport:
    """What collector.json and its neighbours say."""

    started: bool  # the collector wrote its file: the program came as far as main
    go_version: str | None
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def read_collector(folder: Path) -> CollectorReport:
    """Read the collector's account of a recording folder."""
    path = folder / ArtefactKind.COLLECTOR.file_name
    if not path.exists():
        return CollectorReport(started=False, go_version=None, errors=(), warnings=())
    try:
        report = parse_object(path.read_bytes(), str(path))
        errors = report.texts("errors")
        warnings = [f"collector: {error}" for error in errors]
        warnings += _weaknesses(report)
        go_version = report.text("go_version")
    except FormatError as error:
        return CollectorReport(True, None, (), (str(error),))
    refused = folder / "collector.refused"
    if refused.exists():
        count = len(refused.read_text(encoding="utf-8", errors="replace").splitlines())
        warnings.append(f"{count} further processes of the program were not recorded")
    return CollectorReport(True, go_version, errors, tuple(warnings))


def _weaknesses(report: JsonObject) -> Iterable[str]:
    if not report.boolean("complete"):
        yield (
            "the program was killed or crashed: up to a second of the trace, two seconds of the "
            "heap profile and the last CPU segment are lost"
        )
    if "limit" in report.text("trace"):
        yield (
            f"the trace was stopped at {report.integer('trace_bytes')} bytes; "
            "raise --trace-limit to see the rest"
        )
    elif report.text("trace") == "stopped by the program":
        yield "the program stopped the trace itself (trace.Stop)"
    start, end = report.integer("mem_profile_rate_start"), report.integer("mem_profile_rate")
    if start != end:
        yield (
            f"the program changed runtime.MemProfileRate from {start} to {end} while it ran: "
            "heap estimates are off"
        )


def remove_control_files(folder: Path) -> None:
    """Remove what was only there to talk to the collector, and half-written files."""
    for name in _CONTROL:
        (folder / name).unlink(missing_ok=True)
    for path in folder.glob("*.tmp"):
        path.unlink(missing_ok=True)


def list_missing(
    folder: Path,
    *,
    collection: str,
    skipped: Sequence[str],
    reasons: Mapping[ArtefactKind, str],
    report: CollectorReport,
) -> tuple[NotRecorded, ...]:
    """Every artefact that a full recording has and this one lacks, each with its reason."""
    missing = []
    for kind in ArtefactKind:
        if (folder / kind.file_name).exists():
            continue
        reason = reasons.get(kind) or _reason(kind, collection, skipped, report)
        if reason:
            missing.append(NotRecorded(kind, reason))
    return tuple(missing)


def _reason(
    kind: ArtefactKind, collection: str, skipped: Sequence[str], report: CollectorReport
) -> str:
    if collection == "endpoint" and kind not in _ENDPOINT_ONLY:
        return _NOT_FROM_ENDPOINT
    if kind in _FIXED_REASONS:
        return _FIXED_REASONS[kind]
    if kind is ArtefactKind.LENGTHS:
        return _BUILD_REMEDY if collection == "gctrace" else "no observed map was made"
    if kind in _FROM_COLLECTOR:
        return _why_not_collected(kind, collection, skipped, report)
    return "could not be read"


def _why_not_collected(
    kind: ArtefactKind, collection: str, skipped: Sequence[str], report: CollectorReport
) -> str:
    if collection == "gctrace":
        return _BUILD_REMEDY
    part = kind.value.split("-", maxsplit=1)[0]
    if part in skipped:
        return "switched off"
    problems = [error for error in report.errors if error.startswith(part)]
    return problems[0] if problems else "the program ended before it could be written"
