"""A recording's heap profile, symbolised as well as the recording allows."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from growwork.core.errors import FormatError, UsageError
from growwork.formats.allocprofile import (
    AllocProfile,
    SymbolTable,
    alloc_profile_from_heapdebug,
    alloc_profile_from_pprof,
)
from growwork.formats.gobinary import GoBinary
from growwork.formats.heapdebug import read_heapdebug, read_symbols
from growwork.formats.pprof import read_profile
from growwork.rules.types import Limit
from growwork.store import ArtefactKind, Recording
from growwork.workflow.diagnose_limits import (
    missing_limit,
    no_binary_limit,
    sampling_limit,
    since_start_limit,
    weak_profile_limit,
)

__all__ = ["LoadedHeap", "load_heap", "open_binary"]


@dataclass(frozen=True, slots=True)
class LoadedHeap:
    """The heap profile, None where there is none that can be read."""

    profile: AllocProfile | None
    total_alloc_bytes: int | None  # counted by the runtime, not sampled
    limits: tuple[Limit, ...]
    warnings: tuple[str, ...] = ()


def load_heap(recording: Recording, binary: GoBinary | None) -> LoadedHeap:
    """The text form where it can be named, else the proto form, else the text as it is."""
    problems: list[str] = []
    for read in (_from_named_text, _from_proto, _from_bare_text):
        loaded = _attempt(read, recording, binary, problems)
        if loaded is not None:
            return LoadedHeap(
                loaded.profile,
                loaded.total_alloc_bytes,
                loaded.limits,
                (*problems, *loaded.warnings),
            )
    why = problems[0] if problems else recording.why_missing(ArtefactKind.HEAP_TEXT)
    limit = missing_limit(ArtefactKind.HEAP_TEXT, why)
    return LoadedHeap(None, None, (limit,), tuple(problems))


def open_binary(
    recording: Recording, named: Path | None
) -> tuple[GoBinary | None, tuple[str, ...]]:
    """The executable: the one named, else the recording's; a broken one is a warning.

    Raises `UsageError` when the file named cannot be read, `FormatError` when it is no Go
    program: the user asked for it.
    """
    if named is not None:
        return GoBinary(_map_file(named), name=str(named)), ()
    try:
        data = recording.mmap(ArtefactKind.BINARY)
        if data is None:
            return None, ()
        return GoBinary(data, name=str(recording.folder / "binary")), ()
    except FormatError as error:
        return None, (str(error),)


Reader = Callable[[Recording, GoBinary | None], LoadedHeap | None]


def _attempt(
    read: Reader, recording: Recording, binary: GoBinary | None, problems: list[str]
) -> LoadedHeap | None:
    try:
        return read(recording, binary)
    except FormatError as error:
        # One broken artefact must not hide the others: what can be read is diagnosed.
        if str(error) not in problems:
            problems.append(str(error))
        return None


def _from_named_text(recording: Recording, binary: GoBinary | None) -> LoadedHeap | None:
    symbols: SymbolTable | None = binary
    if symbols is None:
        answers = recording.bytes(ArtefactKind.SYMBOLS)
        symbols = read_symbols(answers, source="symbols.txt") if answers else None
    if symbols is None:
        return None
    loaded = _from_text(recording, symbols)
    return loaded if loaded and loaded.profile and loaded.profile.runtime_frames else None


def _from_bare_text(recording: Recording, _: GoBinary | None) -> LoadedHeap | None:
    loaded = _from_text(recording, None)
    if loaded is None:
        return None
    limit = no_binary_limit("the recording has no executable")
    return LoadedHeap(
        loaded.profile, loaded.total_alloc_bytes, (limit, *loaded.limits), loaded.warnings
    )


def _from_text(recording: Recording, symbols: SymbolTable | None) -> LoadedHeap | None:
    data = recording.bytes(ArtefactKind.HEAP_TEXT)
    if data is None:
        return None
    text = read_heapdebug(data, source=str(recording.folder / "heap.debug1.txt"))
    profile = alloc_profile_from_heapdebug(text, symbols)
    counted = text.memstats.total_alloc_bytes if text.memstats else None
    return LoadedHeap(profile, counted, _common_limits(recording, profile))


def _from_proto(recording: Recording, binary: GoBinary | None) -> LoadedHeap | None:
    data = recording.bytes(ArtefactKind.HEAP)
    if data is None:
        return None
    source = str(recording.folder / "heap.pprof")
    profile = alloc_profile_from_pprof(read_profile(data, source=source), source=source)
    if recording.has(ArtefactKind.HEAP_TEXT):
        why = "the executable does not fit the profile" if binary else "no executable was recorded"
        weak = no_binary_limit(why)
    else:
        weak = weak_profile_limit()
    return LoadedHeap(profile, None, (weak, *_common_limits(recording, profile)))


def _common_limits(recording: Recording, profile: AllocProfile) -> tuple[Limit, ...]:
    limits = [sampling_limit(profile.rate)] if profile.rate > 1 else []
    if recording.manifest.target.kind == "url":
        limits.append(since_start_limit())
    return tuple(limits)


def _map_file(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        reason = error.strerror if isinstance(error, OSError) else "it is empty"
        raise UsageError(
            f"cannot read {path}: {reason}", remedy="name the executable with --binary"
        ) from error
