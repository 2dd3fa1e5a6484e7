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
    status, warnings = _collector_status(recording)
    version = manifest.go_version or (status.optional_text("go_version") if status else None)
    version = version or (binary.version if binary else None) or _build_version(recording)
    info = RecordingInfo(
        name=recording.folder.resolve().name,
        target=shlex.join(target.command) if target.kind != "url" else " ".join(target.command),
        go_version=version or "unknown",
        duration_ns=manifest.duration_ns or (status.integer("duration_ns") if status else 0),
        gomaxprocs=status.optional_integer("gomaxprocs") if status else None,
        exit_code=target.exit_code,
        mem_profile_rate=status.optional_integer("mem_profile_rate") if status else None,
        artefacts=tuple(artefact.name for artefact in manifest.artefacts),
    )
    return LoadedInfo(info, release_for(version) if version else None, warnings)


def _collector_status(recording: Recording) -> tuple[JsonObject | None, tuple[str, ...]]:
    data = recording.bytes(ArtefactKind.COLLECTOR)
    if data is None:
        return None, ()
    try:
        status = parse_object(data, str(recording.folder / "collector.json"))
        warnings = [f"the collector reported: {text}" for text in status.texts("errors")]
        refused = status.optional_integer("maps_not_observed") or 0
    except FormatError as error:
        return None, (str(error),)
    if refused:
        warnings.append(f"{refused} more maps were to be observed than the collector may hold")
    return status, tuple(warnings)


def _build_version(recording: Recording) -> str | None:
    """The release that `go version -m` printed: `shop: go1.26.8`."""
    data = recording.bytes(ArtefactKind.BUILDINFO)
    if not data:
        return None
    first = data.decode(errors="replace").split("\n", 1)[0]
    version = first.rpartition(": ")[2].strip()
    try:
        release_for(version)
    except UnsupportedVersion:
        return None
    return version
