"""`manifest.json` of a recording: what was run, what was recorded, what was not and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from growwork.core.errors import FormatError, UnsupportedVersion
from growwork.store.artefacts import Artefact, ArtefactKind
from growwork.store.json_object import JsonObject, parse_object

__all__ = [
    "MANIFEST_NAME",
    "SCHEMA",
    "Manifest",
    "NotRecorded",
    "Target",
    "encode_manifest",
    "parse_manifest",
    "schema_path",
    "sorted_artefacts",
]

SCHEMA = "growwork/recording/1"
MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Target:
    """What was recorded."""

    kind: str  # `go run`, `go test`, `binary` or `url`
    command: tuple[str, ...]  # as given; of a URL, the URL without user and query
    directory: str  # where it ran; empty for a URL
    exit_code: int | None = None  # None: still running, killed by a signal, or a URL
    signal: str | None = None  # name of the signal that ended it


@dataclass(frozen=True, slots=True)
class NotRecorded:
    """An artefact that this recording lacks, and the reason."""

    kind: ArtefactKind
    reason: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole of `manifest.json`. `complete` is false while the recording is written."""

    growwork: str  # version that recorded
    complete: bool
    started: str  # RFC 3339, UTC
    duration_ns: int
    target: Target
    go_version: str | None
    collection: str  # `collector`, `gctrace` or `endpoint`
    artefacts: tuple[Artefact, ...] = ()
    not_recorded: tuple[NotRecorded, ...] = ()
    warnings: tuple[str, ...] = ()


def schema_path() -> Path:
    """The JSON Schema of the manifest, shipped with the package."""
    return Path(__file__).with_name("manifest.schema.json")


def encode_manifest(manifest: Manifest) -> bytes:
    """The file's bytes: indented JSON with a final newline."""
    target = manifest.target
    document: Mapping[str, object] = {
        "schema": SCHEMA,
        "growwork": manifest.growwork,
        "complete": manifest.complete,
        "started": manifest.started,
        "duration_ns": manifest.duration_ns,
        "target": {
            "kind": target.kind,
            "command": list(target.command),
            "directory": target.directory,
            "exit_code": target.exit_code,
            "signal": target.signal,
        },
        "go_version": manifest.go_version,
        "collection": manifest.collection,
        "artefacts": [_encode_artefact(artefact) for artefact in manifest.artefacts],
        "not_recorded": [
            {"kind": missing.kind.value, "reason": missing.reason}
            for missing in manifest.not_recorded
        ],
        "warnings": list(manifest.warnings),
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _encode_artefact(artefact: Artefact) -> Mapping[str, str | int]:
    return {
        "name": artefact.name,
        "kind": artefact.kind.value,
        "size_bytes": artefact.size_bytes,
        "sha256": artefact.sha256,
    }


def parse_manifest(data: bytes, source: str) -> Manifest:
    """Read a manifest; `source` names the file in errors.

    Raises `FormatError` for anything that is no manifest, `UnsupportedVersion` for another
    version of the schema.
    """
    document = parse_object(data, source)
    schema = document.text("schema")
    if schema != SCHEMA:
        raise UnsupportedVersion(
            source, f"schema is {schema!r}", remedy=f"this growwork reads {SCHEMA}"
        )
    return Manifest(
        growwork=document.text("growwork"),
        complete=document.boolean("complete"),
        started=document.text("started"),
        duration_ns=document.integer("duration_ns"),
        target=_parse_target(document.child("target")),
        go_version=document.optional_text("go_version"),
        collection=document.text("collection"),
        artefacts=tuple(_parse_artefact(item) for item in document.children("artefacts")),
        not_recorded=tuple(
            NotRecorded(_parse_kind(item), item.text("reason"))
            for item in document.children("not_recorded")
        ),
        warnings=document.texts("warnings"),
    )


def _parse_target(item: JsonObject) -> Target:
    return Target(
        kind=item.text("kind"),
        command=item.texts("command"),
        directory=item.text("directory"),
        exit_code=item.optional_integer("exit_code"),
        signal=item.optional_text("signal"),
    )


def _parse_artefact(item: JsonObject) -> Artefact:
    name = item.text("name")
    if not _is_plain_name(name):
        raise FormatError(
            item.source, f"artefact {name!r} is not a file name", position=f"member {item.path}"
        )
    return Artefact(name, _parse_kind(item), item.integer("size_bytes"), item.text("sha256"))


def _is_plain_name(name: str) -> bool:
    # A recording from elsewhere must not make us read outside its folder.
    return name not in ("", ".", "..") and "/" not in name and "\\" not in name


def _parse_kind(item: JsonObject) -> ArtefactKind:
    name = item.text("kind")
    try:
        return ArtefactKind(name)
    except ValueError:
        raise FormatError(
            item.source, f"unknown artefact kind {name!r}", position=f"member {item.path}.kind"
        ) from None


def sorted_artefacts(artefacts: Sequence[Artefact]) -> tuple[Artefact, ...]:
    """Artefacts in the order of the kinds, segments by name."""
    order = {kind: index for index, kind in enumerate(ArtefactKind)}
    return tuple(sorted(artefacts, key=lambda artefact: (order[artefact.kind], artefact.name)))
