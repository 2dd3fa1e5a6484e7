"""The source facts of a recording, and the files behind them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from growwork.capture.toolchain import find_toolchain
from growwork.core.errors import FormatError, UsageError
from growwork.gosource.facts import analyse_module
from growwork.gosource.serialise import read_facts
from growwork.gosource.types import SourceFacts
from growwork.store import ArtefactKind, Recording

__all__ = ["LoadedSource", "load_source"]


@dataclass(frozen=True, slots=True)
class LoadedSource:
    """The facts, None where there are none; `recorded` says whose they are."""

    facts: SourceFacts | None
    root: Path | None  # where the module's files are now
    recorded: bool  # the facts are those of the recording: its site numbers mean them
    why_not: str = ""
    warnings: tuple[str, ...] = ()


def load_source(recording: Recording, folder: Path | None) -> LoadedSource:
    """The facts of the recording; without them, those of `folder` as it is now.

    `folder` also says where the files of recorded facts are now. Raises `UsageError` when it is
    no folder, and whatever `analyse_module` raises when it has to be analysed.
    """
    if folder is not None and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", remedy="name the module's folder")
    problem = ""
    try:
        facts = _recorded_facts(recording)
    except FormatError as error:
        facts, problem = None, str(error)
    if facts is not None:
        root = _module_root(folder, facts) if folder else Path(facts.root)
        return LoadedSource(facts, root, recorded=True, warnings=facts.warnings)
    warnings = (problem,) if problem else ()
    if folder is None:
        why = problem or recording.why_missing(ArtefactKind.SITES)
        return LoadedSource(None, None, recorded=False, why_not=why, warnings=warnings)
    facts = analyse_module(find_toolchain(folder), folder)
    stale = "the source was analysed as it is now: lines may have moved since the recording"
    return LoadedSource(
        facts, Path(facts.root), recorded=False, warnings=(*warnings, stale, *facts.warnings)
    )


def _recorded_facts(recording: Recording) -> SourceFacts | None:
    data = recording.bytes(ArtefactKind.SITES)
    if data is None:
        return None
    return read_facts(data, source=str(recording.folder / ArtefactKind.SITES.file_name))


def _module_root(folder: Path, facts: SourceFacts) -> Path:
    """The folder of the module, when it or any folder inside it was named."""
    resolved = folder.resolve()
    for candidate in (resolved, *resolved.parents):
        if any((candidate / file.path).is_file() for file in facts.files):
            return candidate
    raise UsageError(
        f"{folder} has none of the files of module {facts.module}",
        remedy="name the folder of its go.mod with --source",
    )
