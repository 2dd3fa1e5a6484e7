"""The overlay that adds the collector to one build.

`go build -overlay` takes a JSON file that maps paths to the files to read instead; a path that
does not exist is added. Ours adds the package growwork/probe below GOROOT/src and one file in
each main package or package under test, and replaces the sources it is given. Neither the
user's tree nor GOROOT is touched.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from growwork.capture.packages import GoPackage
from growwork.core.errors import ToolError, UsageError
from growwork.gocode import module_dir

__all__ = ["Overlay", "collector_files", "write_overlay"]

MAIN_FILE = "growwork_probe.go"
TEST_FILE = "growwork_probe_test.go"
_STAND_IN = "exithook_module.go"  # for the module form only; _goroot has what replaces it
_IMPORT = 'package {name}\n\nimport _ "growwork/probe"\n'


@dataclass(frozen=True, slots=True)
class Overlay:
    """A written overlay."""

    path: Path  # the JSON file for -overlay
    added: tuple[Path, ...]  # files added to the user's packages; a list of Go files needs them


def collector_files() -> tuple[Path, ...]:
    """The collector's Go files as they belong into GOROOT/src/growwork/probe."""
    folder = module_dir("probe")
    files = [*folder.glob("*.go"), *(folder / "_goroot").glob("*.go")]
    return tuple(sorted(file for file in files if file.name != _STAND_IN))


def write_overlay(
    folder: Path,
    *,
    goroot: Path,
    mains: Sequence[GoPackage] = (),
    tests: Sequence[GoPackage] = (),
    sources: Mapping[Path, bytes] | None = None,
    embedded_facts: bytes | None = None,
    base: Path | None = None,
) -> Overlay:
    """Write an overlay and its files into `folder`.

    `sources` are contents for files of the user's tree, by absolute path. `embedded_facts`
    goes into the binary, for one that will be started later. `base` is an overlay of the
    user's own, to which this is added; `UsageError` when both replace the same file.
    """
    replace: dict[str, str] = {}
    probe = goroot / "src" / "growwork" / "probe"
    if probe.exists():
        raise ToolError(f"{probe} exists", remedy="this GOROOT was modified: use a pristine one")
    contents = {file.name: file.read_bytes() for file in collector_files()}
    if embedded_facts is not None:
        contents["facts.go"] = _facts(embedded_facts)
    for name, content in contents.items():
        replace[str(probe / name)] = str(_write_settled(folder, name, content))
    added: list[Path] = []
    for package, test in [*((p, False) for p in mains), *((p, True) for p in tests)]:
        path, text = _importing_file(package, test=test)
        replace[str(path)] = str(_write(folder, f"import{len(added)}.go", text.encode()))
        added.append(path)
    for index, (path, content) in enumerate(sorted((sources or {}).items())):
        replace[str(path)] = str(_write(folder, f"source{index}.go", content))
    if base is not None:
        replace = _merge(base, replace)
    written = _write(folder, "overlay.json", json.dumps({"Replace": replace}, indent=1).encode())
    return Overlay(written, tuple(added))


def _importing_file(package: GoPackage, *, test: bool) -> tuple[Path, str]:
    name = package.name
    if test and not package.internal_tests:
        name += "_test"
    file = TEST_FILE if test else MAIN_FILE
    return package.directory / file, _IMPORT.format(name=name)


def _facts(facts: bytes) -> bytes:
    packed = base64.b64encode(gzip.compress(facts, mtime=0)).decode("ascii")
    shipped = (module_dir("probe") / "facts.go").read_text(encoding="utf-8")
    anchor = 'const embeddedFacts = ""'
    if shipped.count(anchor) != 1:
        raise ToolError("facts.go of the collector has no place for the source facts")
    return shipped.replace(anchor, f'const embeddedFacts = "{packed}"').encode()


def _merge(base: Path, ours: Mapping[str, str]) -> dict[str, str]:
    try:
        theirs = json.loads(base.read_bytes())["Replace"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{base} is no overlay file of the go command: {error}") from error
    resolved = {str(base.parent.joinpath(path).resolve()): str(to) for path, to in theirs.items()}
    common = sorted(set(resolved) & set(ours))
    if common:
        raise UsageError(f"{base} already replaces {common[0]}", remedy="leave it out of one")
    return {**resolved, **ours}


def _write_settled(folder: Path, name: str, data: bytes) -> Path:
    """Write a file of a standard-library package, dated long ago.

    Up to Go 1.25 the go command finds a package that only an overlay has through its package
    index, and it does not index files younger than two seconds: "package … is not in std"
    (cmd/go/internal/modindex/read.go, dirHash). The date follows from the content, because the
    index takes a file with the same name, date and size for the same file.
    """
    path = _write(folder, name, data)
    settled = int.from_bytes(hashlib.sha256(data).digest()[:4]) // 8  # before 1988
    os.utime(path, (settled, settled))
    return path


def _write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
