"""A recording on disk: a folder of raw artefacts and `manifest.json`.

It is written once and never changed. The manifest is written first, marked incomplete, and
again at the end with the size and SHA-256 of every file; so a recording that was cut short, by
a kill of the program or of growwork itself, is still a folder that can be read, and says so.
"""

from __future__ import annotations

import hashlib
import mmap as memory_map
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from growwork import __version__
from growwork.core.errors import FormatError, UsageError
from growwork.store.artefacts import Artefact, ArtefactKind, kind_of_file
from growwork.store.manifest import (
    MANIFEST_NAME,
    Manifest,
    NotRecorded,
    Target,
    encode_manifest,
    parse_manifest,
    sorted_artefacts,
)

__all__ = ["Buffer", "Recording", "RecordingWriter"]

Content: TypeAlias = bytes
Buffer: TypeAlias = memory_map.mmap | bytes

_UNKNOWN_TARGET = Target(kind="binary", command=(), directory="")


class RecordingWriter:
    """Creates a recording folder and closes it with a manifest.

    Artefacts are put into `folder` under their own names by whoever produces them, or with
    `add`.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self._manifest = manifest

    @classmethod
    def create(
        cls, folder: Path, *, target: Target, started: str, go_version: str | None, collection: str
    ) -> RecordingWriter:
        """Make the folder and its first, incomplete manifest.

        Raises `UsageError` when the folder has something in it or cannot be made.
        """
        cls.check_free(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _no_folder(folder, error) from error
        manifest = Manifest(
            growwork=__version__,
            complete=False,
            started=started,
            duration_ns=0,
            target=target,
            go_version=go_version,
            collection=collection,
        )
        writer = cls(folder.resolve(), manifest)
        writer._write(manifest)
        return writer

    @staticmethod
    def check_free(folder: Path) -> None:
        """Raise `UsageError` when `folder` cannot become a recording, before work is spent."""
        try:
            occupied = next(folder.iterdir(), None) if folder.exists() else None
        except OSError as error:
            raise _no_folder(folder, error) from error
        if occupied is not None:
            raise UsageError(
                f"{folder} is not empty (it has {occupied.name})",
                remedy="a recording is never overwritten: name a new folder with -o",
            )

    def path(self, kind: ArtefactKind) -> Path:
        """Where the artefact of this kind belongs."""
        return self.folder / kind.file_name

    def add(self, kind: ArtefactKind, data: bytes) -> None:
        """Store one artefact whole."""
        _write_atomically(self.path(kind), data)

    def finish(
        self,
        *,
        duration_ns: int,
        target: Target,
        go_version: str | None,
        not_recorded: Sequence[NotRecorded],
        warnings: Sequence[str],
    ) -> Manifest:
        """Hash every artefact and write the final manifest; returns it."""
        artefacts = [
            Artefact(path.name, kind, path.stat().st_size, _sha256(path))
            for path in self.folder.iterdir()
            if (kind := kind_of_file(path.name)) is not None
        ]
        manifest = replace(
            self._manifest,
            complete=True,
            duration_ns=duration_ns,
            target=target,
            go_version=go_version,
            artefacts=sorted_artefacts(artefacts),
            not_recorded=tuple(not_recorded),
            warnings=tuple(warnings),
        )
        self._write(manifest)
        self._manifest = manifest
        return manifest

    def _write(self, manifest: Manifest) -> None:
        _write_atomically(self.folder / MANIFEST_NAME, encode_manifest(manifest))


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording opened for reading. Contents are checked against the manifest when read."""

    folder: Path
    manifest: Manifest
    warnings: tuple[str, ...]  # the manifest's, and what is wrong with the folder itself
    _verified: set[str] = field(default_factory=set, repr=False, compare=False)

    @classmethod
    def open(cls, folder: Path) -> Recording:
        """Open a recording folder, also one that was never finished.

        Raises `UsageError` when there is no such folder or nothing of a recording in it,
        `FormatError` when its manifest is broken.
        """
        if not folder.is_dir():
            raise UsageError(
                f"{folder} is not a recording folder",
                remedy="make one with `growwork record -o DIR -- go run .`",
            )
        path = folder / MANIFEST_NAME
        found = _artefacts_on_disk(folder)
        if path.exists():
            manifest = parse_manifest(path.read_bytes(), str(path))
            if manifest.complete:
                return cls(folder, manifest, manifest.warnings)
            problem = "the recording was cut short: its files were never checksummed"
        elif found:
            manifest = _nameless_manifest()
            problem = f"{MANIFEST_NAME} is missing: what was run, and when, is not known"
        else:
            raise UsageError(
                f"{folder} holds no recording: neither {MANIFEST_NAME} nor any artefact",
                remedy="make one with `growwork record -o DIR -- go run .`",
            )
        manifest = replace(manifest, artefacts=found)
        return cls(folder, manifest, (*manifest.warnings, problem))

    def has(self, kind: ArtefactKind) -> bool:
        """Whether there is an artefact of this kind."""
        return any(artefact.kind is kind for artefact in self.manifest.artefacts)

    def paths(self, kind: ArtefactKind) -> tuple[Path, ...]:
        """The verified files of this kind in order: CPU segments, else at most one.

        Raises `FormatError` naming the file when it is missing or not the one recorded.
        """
        return tuple(
            self._verify(artefact) for artefact in self.manifest.artefacts if artefact.kind is kind
        )

    def path(self, kind: ArtefactKind) -> Path | None:
        """The verified file of this kind; None: not recorded. Errors as `paths`."""
        return next(iter(self.paths(kind)), None)

    def bytes(self, kind: ArtefactKind) -> Content | None:
        """The content of the file of this kind; None: not recorded. Errors as `paths`."""
        path = self.path(kind)
        return None if path is None else path.read_bytes()

    def mmap(self, kind: ArtefactKind) -> Buffer | None:
        """The content as a read-only mapping, for the large ones; an empty file as `b""`."""
        path = self.path(kind)
        if path is None:
            return None
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                return b""  # an empty file cannot be mapped
            return memory_map.mmap(file.fileno(), 0, access=memory_map.ACCESS_READ)

    def why_missing(self, kind: ArtefactKind) -> str:
        """The reason the manifest gives for an artefact that is not there."""
        for missing in self.manifest.not_recorded:
            if missing.kind is kind:
                return missing.reason
        return "not in the recording"

    def _verify(self, artefact: Artefact) -> Path:
        path = self.folder / artefact.name
        if artefact.name in self._verified:
            return path
        if not path.is_file():
            raise FormatError(str(path), "the manifest lists this file, but it is gone")
        size = path.stat().st_size
        if size != artefact.size_bytes:
            raise FormatError(
                str(path),
                f"{size} bytes, the manifest says {artefact.size_bytes}",
                remedy="a recording is never changed: copy it again from where it was made",
            )
        if artefact.sha256 and _sha256(path) != artefact.sha256:
            raise FormatError(
                str(path),
                "its SHA-256 is not the one in the manifest",
                remedy="a recording is never changed: copy it again from where it was made",
            )
        self._verified.add(artefact.name)
        return path


def _no_folder(folder: Path, error: OSError) -> UsageError:
    return UsageError(
        f"cannot make the recording folder {folder}: {error.strerror}",
        remedy="name another with -o",
    )


def _artefacts_on_disk(folder: Path) -> tuple[Artefact, ...]:
    return sorted_artefacts(
        [
            Artefact(path.name, kind, path.stat().st_size, "")
            for path in folder.iterdir()
            if (kind := kind_of_file(path.name)) is not None
        ]
    )


def _nameless_manifest() -> Manifest:
    return Manifest(
        growwork="",
        complete=False,
        started="",
        duration_ns=0,
        target=_UNKNOWN_TARGET,
        go_version=None,
        collection="gctrace",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_atomically(path: Path, data: bytes) -> None:
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_bytes(data)
    temporary.replace(path)
