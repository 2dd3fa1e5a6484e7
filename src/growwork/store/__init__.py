"""Recordings on disk."""

from __future__ import annotations

from growwork.store.artefacts import Artefact, ArtefactKind
from growwork.store.manifest import Manifest, NotRecorded, Target
from growwork.store.recording import Recording, RecordingWriter

__all__ = [
    "Artefact",
    "ArtefactKind",
    "Manifest",
    "NotRecorded",
    "Recording",
    "RecordingWriter",
    "Target",
]
