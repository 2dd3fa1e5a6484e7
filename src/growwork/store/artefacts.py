"""The files of a recording folder: which kinds there are and what each is called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

__all__ = ["Artefact", "ArtefactKind", "kind_of_file"]


class ArtefactKind(Enum):
    """A kind of raw artefact; the value is its name in the manifest."""

    TRACE = "trace"  # execution trace
    HEAP_TEXT = "heap-debug1"  # heap profile, text form debug=1
    HEAP = "heap"  # heap profile, gzipped proto
    HEAP_TEXT_BEFORE = "heap-debug1-before"  # of an endpoint, at the start of the recording
    HEAP_BEFORE = "heap-before"
    CPU = "cpu"  # CPU profile, gzipped proto, in segments
    GCTRACE = "gctrace"  # the program's gctrace lines and nothing else
    METRICS = "metrics"  # runtime/metrics series, a JSON object per line
    LENGTHS = "lengths"  # observed map lengths, a JSON object per site and line
    BUILDINFO = "buildinfo"  # as `go version -m` prints it
    CGROUP = "cgroup"  # memory and CPU limits of the process's cgroup
    ENVIRONMENT = "environment"  # machine, kernel, Go settings
    SYMBOLS = "symbols"  # answers of /debug/pprof/symbol
    SITES = "sites"  # source facts at the time of the recording
    BINARY = "binary"  # the executable
    COLLECTOR = "collector"  # what the collector did

    @property
    def file_name(self) -> str:
        """The file's name in the folder; of `CPU`, the first segment's."""
        return _FILES[self]


_FILES = {
    ArtefactKind.TRACE: "trace.out",
    ArtefactKind.HEAP_TEXT: "heap.debug1.txt",
    ArtefactKind.HEAP: "heap.pprof",
    ArtefactKind.HEAP_TEXT_BEFORE: "heap.before.debug1.txt",
    ArtefactKind.HEAP_BEFORE: "heap.before.pprof",
    ArtefactKind.CPU: "cpu.001.pprof",
    ArtefactKind.GCTRACE: "gctrace.txt",
    ArtefactKind.METRICS: "metrics.jsonl",
    ArtefactKind.LENGTHS: "lengths.jsonl",
    ArtefactKind.BUILDINFO: "buildinfo.txt",
    ArtefactKind.CGROUP: "cgroup.json",
    ArtefactKind.ENVIRONMENT: "environment.json",
    ArtefactKind.SYMBOLS: "symbols.txt",
    ArtefactKind.SITES: "sites.json",
    ArtefactKind.BINARY: "binary",
    ArtefactKind.COLLECTOR: "collector.json",
}
_KINDS = {name: kind for kind, name in _FILES.items()}
_CPU_SEGMENT = re.compile(r"cpu\.\d{3,}\.pprof")


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file of a recording; `sha256` is empty when the manifest never got that far."""

    name: str
    kind: ArtefactKind
    size_bytes: int
    sha256: str


def kind_of_file(name: str) -> ArtefactKind | None:
    """The kind of a file in a recording folder; None: not an artefact."""
    if _CPU_SEGMENT.fullmatch(name):
        return ArtefactKind.CPU
    return _KINDS.get(name)
