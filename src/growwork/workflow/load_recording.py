"""What a recording says about itself: program, release, settings."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from growwork.core.errors import FormatError, UnsupportedVersion
from growwork.formats.gobinary import GoBinary
from growwork.goruntime import GoRelease, release_for
from growwork.rules.types import RecordingInfo
from growwork.store import ArtefactKind, Recording
from growwork.store.json_object import JsonObject, parse_object

__all__ = ["LoadedInfo", "load_info"]


@dataclass(frozen=True, slots=True)
class LoadedInfo:
    """The recording's own facts; `release` is None where no Go version is known."""

    info: RecordingInfo
    release: GoRelease | None
    warnings: tuple[str, ...]


def load_info(recording: Recording, binary: GoBinary | None) -> LoadedInfo:
    """Manifest, collector status, and where they are silent, the executable.

    Raises `UnsupportedVersion` for a Go release growwork does not know.
    """
    manifest, target = recording.manifest, recording.manifest.target
    status = _collector_status(recording)
    version = manifest.go_version or status.go_version
    version = version or (binary.version if binary else None) or _build_version(recording)
    info = RecordingInfo(
        name=recording.folder.resolve().name,
        target=" ".join(target.command) if target.kind == "url" else shlex.join(target.command),
        go_version=version or "unknown",
        duration_ns=manifest.duration_ns or status.duration_ns,
        gomaxprocs=status.gomaxprocs,
        exit_code=target.exit_code,
        mem_profile_rate=status.mem_profile_rate,
        artefacts=tuple(artefact.name for artefact in manifest.artefacts),
    )
    return LoadedInfo(info, release_for(version) if version else None, status.warnings)


@dataclass(frozen=True, slots=True)
class _Status:
    """What collector.json says; nothing of it when there is none."""

    go_version: str | None = None
    duration_ns: int = 0
    gomaxprocs: int | None = None
    mem_profile_rate: int | None = None
    warnings: tuple[str, ...] = ()


def _collector_status(recording: Recording) -> _Status:
    try:
        data = recording.bytes(ArtefactKind.COLLECTOR)
        if data is None:
            return _Status()
        return _parse_status(parse_object(data, str(recording.folder / "collector.json")))
    except FormatError as error:
        return _Status(warnings=(str(error),))


def _parse_status(status: JsonObject) -> _Status:
    warnings = [f"the collector reported: {text}" for text in status.texts("errors")]
    refused = status.optional_integer("maps_not_observed") or 0
    if refused:
        warnings.append(f"{refused} more maps were to be observed than the collector may hold")
    return _Status(
        go_version=status.optional_text("go_version"),
        duration_ns=status.optional_integer("duration_ns") or 0,
        gomaxprocs=status.optional_integer("gomaxprocs"),
        mem_profile_rate=status.optional_integer("mem_profile_rate"),
        warnings=tuple(warnings),
    )


def _build_version(recording: Recording) -> str | None:
    """The release that `go version -m` printed: `shop: go1.26.8`."""
    try:
        data = recording.bytes(ArtefactKind.BUILDINFO)
    except FormatError:
        return None
    if not data:
        return None
    first = data.decode(errors="replace").split("\n", 1)[0]
    version = first.rpartition(": ")[2].strip()
    try:
        release_for(version)
    except UnsupportedVersion:
        return None
    return version
