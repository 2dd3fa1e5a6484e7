"""Byte-exact edits of Go source: size hints, and the calls that let the collector watch maps.

Edits are made on the bytes as they were analysed, never on a printed syntax tree: comments,
alignment, byte order marks and line ends stay. No edit moves a line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from growwork.core.errors import UsageError
from growwork.gosource.types import MapSite, SiteKind, SourceEdit, SourceFacts, SourceFile

__all__ = [
    "OBSERVE_IMPORT",
    "apply_edits",
    "file_of",
    "hint_edit",
    "observe_edits",
    "observed_sites",
    "static_hint",
]

OBSERVE_IMPORT = "growwork/probe"
_OBSERVE_NAME = "growworkprobe"
_WHITE = b" \t\r\n"


def file_of(facts: SourceFacts, path: str) -> SourceFile:
    """The analysed file of that name; `KeyError` when there is none."""
    for file in facts.files:
        if file.path == path:
            return file
    raise KeyError(path)


def static_hint(site: MapSite) -> str | None:
    """The size that the loops after a site give it: the sum of their bounds, when all are safe."""
    bounds = [fill.bound for fill in site.fills if fill.safe]
    if not bounds or len(bounds) < len(site.fills):
        return None
    return "+".join(bound for bound in bounds if bound is not None)  # as gofmt spaces arguments


def hint_edit(
    facts: SourceFacts, site: MapSite, hint: str | None, source: bytes
) -> SourceEdit | None:
    """The edit that gives a site the size hint, or takes its hint away (`hint` None).

    `source` is the file as it is now. The result is None where no edit is possible: in a
    generated file, at a literal with entries, at a composite literal whose type is left out or
    whose address is taken. Raises `UsageError` when the file has changed since it was analysed.
    """
    if site.hint_offset < 0 or site.generated:
        return None
    file = file_of(facts, site.position.file)
    _check_unchanged(file, source)
    start, end, new = _hint_change(site, hint, source)
    if start == end and not new:
        return None
    old = source[start:end].decode()
    return None if old == new else SourceEdit(file.path, start, end, old, new, file.sha256)


def _hint_change(site: MapSite, hint: str | None, source: bytes) -> tuple[int, int, str]:
    """What replaces which bytes."""
    if site.kind is SiteKind.LITERAL_EMPTY:
        map_type = source[site.offset : site.hint_offset].decode().rstrip()
        if hint is None:
            return site.offset, site.offset, ""
        return site.offset, site.end_offset, f"make({map_type}, {hint})"
    if site.kind is SiteKind.MAKE:
        return site.hint_offset, site.hint_offset, f", {hint}" if hint is not None else ""
    if hint is not None:
        return site.hint_offset, site.hint_end, hint
    before = source[: site.hint_offset].rstrip(_WHITE)
    if before.endswith(b","):
        return len(before) - 1, site.hint_end, ""
    return site.hint_offset, site.hint_end, "0"  # a comment stands between: keep it


def apply_edits(source: bytes, edits: Sequence[SourceEdit]) -> bytes:
    """The source with all edits made, last to first.

    Raises `UsageError` when the source is not the one the edits were made for, or when two of
    them overlap.
    """
    digest = hashlib.sha256(source).hexdigest()
    result = source
    limit = len(source)
    for edit in sorted(edits, key=lambda edit: (edit.offset, edit.end), reverse=True):
        if edit.sha256 != digest:
            raise _changed(edit.file)
        if edit.end > limit:
            raise UsageError(f"{edit.file}: two edits overlap at byte {edit.end}")
        if source[edit.offset : edit.end] != edit.old_text.encode():
            raise _changed(edit.file)
        result = result[: edit.offset] + edit.new_text.encode() + result[edit.end :]
        limit = edit.offset
    return result


def observed_sites(facts: SourceFacts) -> Mapping[int, MapSite]:
    """The sites whose map lengths a heap profile cannot tell, by their index in the facts.

    Those have a size hint, so that growth does not show, or lose keys again, so that growth
    shows more than the length.
    """
    shrinking = {position for line in facts.delete_lines for position in line.sites}
    return {
        number: site
        for number, site in enumerate(facts.sites)
        if site.wrappable and (site.kind is SiteKind.MAKE_SIZED or site.position in shrinking)
    }


def observe_edits(facts: SourceFacts, file: SourceFile, source: bytes) -> tuple[SourceEdit, ...]:
    """The edits that let the collector watch the maps made in a file; none when it has no site.

    `make(map[K]V, n)` becomes `growworkprobe.Observe(7, make(map[K]V, n))`, where 7 is the index
    of the site in the facts, and the import is put behind the package name. Generated and cgo
    files stay as they are, and so do those of a language version before 1.20. Raises
    `UsageError` when the file has changed since it was analysed.
    """
    if file.generated or file.package_end < 0:
        return ()
    sites = [(n, s) for n, s in observed_sites(facts).items() if s.position.file == file.path]
    if not sites:
        return ()
    _check_unchanged(file, source)
    wraps = _Insertions(file)
    wraps.at(file.package_end, f'; import {_OBSERVE_NAME} "{OBSERVE_IMPORT}"')
    for number, site in sites:
        wraps.at(site.offset, f"{_OBSERVE_NAME}.Observe({number}, ")
        wraps.at(site.end_offset, ")")
    return wraps.edits()


class _Insertions:
    """Insertions into one file; those at one offset become one edit, in the order of adding."""

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._texts: dict[int, str] = {}

    def at(self, offset: int, text: str) -> None:
        self._texts[offset] = self._texts.get(offset, "") + text

    def edits(self) -> tuple[SourceEdit, ...]:
        return tuple(
            SourceEdit(self._file.path, offset, offset, "", text, self._file.sha256)
            for offset, text in sorted(self._texts.items())
        )


def _check_unchanged(file: SourceFile, source: bytes) -> None:
    if hashlib.sha256(source).hexdigest() != file.sha256:
        raise _changed(file.path)


def _changed(path: str) -> UsageError:
    return UsageError(f"{path} has changed since it was analysed", remedy="analyse or record again")
