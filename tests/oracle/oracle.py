"""What Go's reader and ours make of one trace, as arrays that must be equal.

    python -m tests.oracle.oracle TRACE…

compares traces event for event and says which differ where.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from growwork.core.errors import FormatError
from growwork.formats.gotrace import EventType, TraceReader, TraceScanner
from tests.gotoolchains import go_environment

__all__ = [
    "EVENT",
    "Hashes",
    "OracleError",
    "first_difference",
    "go_reader",
    "go_reader_events",
    "native_events",
]

HERE = Path(__file__).parent
# Newest first: the reader of 1.24 and older leaves out the last Sync event.
READERS = ("go1.27.3", "go1.26.8", "go1.26.6")

EVENT = np.dtype(
    [
        ("kind", "<i8"),
        ("m", "<i8"),
        ("p", "<i8"),
        ("g", "<i8"),
        ("time", "<i8"),
        ("stack", "<u8"),
        ("extra_stack", "<u8"),
        ("subject", "<i8"),
        ("to", "<i8"),
        ("text", "<u8"),
        ("text2", "<u8"),
        ("extra", "<i8"),
    ]
)
Events = npt.NDArray[np.void]
Numbers = npt.NDArray[np.int64]
HashColumn = npt.NDArray[np.uint64]


class OracleError(Exception):
    """Go's reader rejects the trace; `events` are those before."""

    def __init__(self, message: str, events: Events) -> None:
        super().__init__(message)
        self.events = events


@cache
def go_reader() -> Path | None:
    """The oracle's binary, built on first use; None without a toolchain that can build it."""
    for version in READERS:
        env = go_environment(version)
        if env is not None:
            return _build(version, env)
    return None


def _build(version: str, env: dict[str, str]) -> Path:
    sources = sorted((HERE / "goreader").glob("*.go"))
    text = b"".join(source.read_bytes() for source in sources)
    digest = hashlib.sha256(text + version.encode()).hexdigest()[:16]
    output = Path(tempfile.gettempdir()) / f"growwork-goreader-{os.getuid()}-{digest}"
    if output.exists():
        return output
    goroot = subprocess.run(
        ["go", "env", "GOROOT"], env=env, capture_output=True, text=True, check=True
    ).stdout.strip()
    with tempfile.TemporaryDirectory() as scratch:
        # Go does not overlay files below its module cache, where downloaded toolchains are.
        link = Path(scratch, "go")
        link.symlink_to(goroot)
        folder = link / "src" / "cmd" / "trace"
        replace = {str(path): "" for path in folder.glob("*.go")}
        replace |= {str(folder / source.name): str(source) for source in sources}
        overlay = Path(scratch, "overlay.json")
        overlay.write_text(json.dumps({"Replace": replace}))
        built = Path(scratch, "goreader")
        subprocess.run(
            [link / "bin" / "go", "build", "-overlay", overlay, "-o", built, "cmd/trace"],
            env={**env, "GOROOT": str(link), "GOTOOLCHAIN": "local"},
            cwd=scratch,
            check=True,
        )
        built.replace(output) if _same_device(built, output) else _copy(built, output)
    return output


def _same_device(one: Path, other: Path) -> bool:
    return one.stat().st_dev == other.parent.stat().st_dev


def _copy(built: Path, output: Path) -> None:
    output.write_bytes(built.read_bytes())
    output.chmod(0o755)


def go_reader_events(trace: Path) -> Events:
    """Every event of a trace as Go's reader delivers it; `OracleError` when it rejects it."""
    binary = go_reader()
    if binary is None:
        raise RuntimeError("no toolchain to build the oracle with")
    done = subprocess.run([binary, "events", trace], capture_output=True, check=False)
    events = np.frombuffer(done.stdout, EVENT)
    if done.returncode != 0:
        raise OracleError(done.stderr.decode(errors="replace").strip(), events)
    return events


def native_events(trace: Path) -> Events:
    """Every event of a trace as growwork delivers it."""
    with trace.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        reader = TraceReader(data, name=trace.name)
        hashes = Hashes(reader)
        parts = [_describe(generation.events, hashes) for generation in reader]
        del reader, hashes  # they hold views of the mapped file
    return np.concatenate(parts) if parts else np.empty(0, EVENT)


def first_difference(ours: Events, theirs: Events) -> str | None:
    """The first event that differs, in words; None when all are equal."""
    count = min(len(ours), len(theirs))
    different = np.flatnonzero(ours[:count] != theirs[:count])
    if len(different):
        at = int(different[0])
        fields = [name for name in EVENT.names or () if ours[at][name] != theirs[at][name]]
        return f"event {at} differs in {', '.join(fields)}: ours {ours[at]}, Go's {theirs[at]}"
    if len(ours) != len(theirs):
        return f"{len(ours)} events, Go's reader has {len(theirs)}"
    return None


SYNC, METRIC, LABEL, SAMPLE = 1, 2, 3, 4
RANGE_BEGIN, RANGE_ACTIVE, RANGE_END, TASK_BEGIN, TASK_END = 5, 6, 7, 8, 9
REGION_BEGIN, REGION_END, LOG, TRANSITION, EXPERIMENT = 10, 11, 12, 13, 14
_E = EventType
_KINDS = {
    _E.SYNC: SYNC,
    _E.PROCS_CHANGE: METRIC,
    _E.HEAP_ALLOC: METRIC,
    _E.HEAP_GOAL: METRIC,
    _E.GO_LABEL: LABEL,
    _E.CPU_SAMPLE: SAMPLE,
    _E.STW_BEGIN: RANGE_BEGIN,
    _E.GC_BEGIN: RANGE_BEGIN,
    _E.GC_SWEEP_BEGIN: RANGE_BEGIN,
    _E.GC_MARK_ASSIST_BEGIN: RANGE_BEGIN,
    _E.GC_ACTIVE: RANGE_ACTIVE,
    _E.GC_SWEEP_ACTIVE: RANGE_ACTIVE,
    _E.GC_MARK_ASSIST_ACTIVE: RANGE_ACTIVE,
    _E.STW_END: RANGE_END,
    _E.GC_END: RANGE_END,
    _E.GC_SWEEP_END: RANGE_END,
    _E.GC_MARK_ASSIST_END: RANGE_END,
    _E.USER_TASK_BEGIN: TASK_BEGIN,
    _E.USER_TASK_END: TASK_END,
    _E.USER_REGION_BEGIN: REGION_BEGIN,
    _E.USER_REGION_END: REGION_END,
    _E.USER_LOG: LOG,
}
_NAMES = {
    _E.PROCS_CHANGE: "/sched/gomaxprocs:threads",
    _E.HEAP_ALLOC: "/memory/classes/heap/objects:bytes",
    _E.HEAP_GOAL: "/gc/heap/goal:bytes",
    **dict.fromkeys((_E.GC_ACTIVE, _E.GC_BEGIN, _E.GC_END), "GC concurrent mark phase"),
    **dict.fromkeys(
        (_E.GC_SWEEP_ACTIVE, _E.GC_SWEEP_BEGIN, _E.GC_SWEEP_END), "GC incremental sweep"
    ),
    **dict.fromkeys(
        (_E.GC_MARK_ASSIST_ACTIVE, _E.GC_MARK_ASSIST_BEGIN, _E.GC_MARK_ASSIST_END),
        "GC mark assist",
    ),
}
# Whom an event is about, where that is not the first argument.
_ABOUT_G = (
    _E.GO_DESTROY,
    _E.GO_DESTROY_SYSCALL,
    _E.GO_STOP,
    _E.GO_BLOCK,
    _E.GO_SYSCALL_BEGIN,
    _E.GO_SYSCALL_END,
    _E.GO_SYSCALL_END_BLOCKED,
    _E.STW_BEGIN,
    _E.STW_END,
    _E.GC_MARK_ASSIST_BEGIN,
    _E.GC_MARK_ASSIST_END,
)
_ABOUT_P = (_E.PROC_STOP, _E.GC_SWEEP_BEGIN, _E.GC_SWEEP_END)
_ABOUT_NOBODY = (
    _E.SYNC,
    _E.CPU_SAMPLE,
    _E.GO_LABEL,
    _E.GC_ACTIVE,
    _E.GC_BEGIN,
    _E.GC_END,
)
_TO = {
    **dict.fromkeys((_E.GO_DESTROY, _E.GO_DESTROY_SYSCALL), 1),
    **dict.fromkeys((_E.GO_CREATE, _E.GO_STOP, _E.GO_UNBLOCK, _E.GO_SYSCALL_END_BLOCKED), 2),
    **dict.fromkeys((_E.GO_START, _E.GO_SYSCALL_END), 3),
    **dict.fromkeys((_E.GO_BLOCK, _E.GO_CREATE_BLOCKED), 4),
    **dict.fromkeys((_E.GO_SYSCALL_BEGIN, _E.GO_CREATE_SYSCALL), 5),
    _E.PROC_START: 2,
    _E.PROC_STOP: 3,
    _E.PROC_STEAL: 3,
}
_G_STATES = np.array([0, 2, 3, 5, 4])  # wire status to Go's GoState
_P_STATES = np.array([0, 2, 3, 2, 3])  # wire status to Go's ProcState


def _fnv(data: bytes) -> int:
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return value


class Hashes:
    """Hashes of the texts and stacks of a trace by id, computed once each."""

    def __init__(self, reader: TraceReader | TraceScanner) -> None:
        self._reader = reader
        self._texts: list[int] = [0]
        self._stacks: list[int] = [0]

    def texts(self) -> HashColumn:
        texts = self._reader.texts()
        self._texts += [_fnv(text.encode()) for text in texts[len(self._texts) :]]
        return np.array(self._texts, np.uint64)

    def stw_texts(self) -> HashColumn:
        texts = self._reader.texts()
        return np.array([_fnv(f"stop-the-world ({text})".encode()) for text in texts], np.uint64)

    def stacks(self) -> HashColumn:
        found: dict[int, list[str]] = {}
        for row in self._reader.frames().to_pylist():
            if row["stack_id"] >= len(self._stacks):
                line = f"{row['pc']:x}\0{row['function']}\0{row['file']}\0{row['line']}\n"
                found.setdefault(row["stack_id"], []).append(line)
        self._stacks += [_fnv("".join(found[at]).encode()) for at in sorted(found)]
        return np.array(self._stacks, np.uint64)


def _describe(events: pa.RecordBatch, hashes: Hashes) -> Events:
    def column(name: str) -> Numbers:
        values: Numbers = events.column(name).to_numpy(zero_copy_only=False).astype(np.int64)
        return values

    out = np.zeros(events.num_rows, EVENT)
    types = column("type")
    arg0, arg1, arg2 = column("arg0"), column("arg1"), column("arg2")
    for name in ("m", "p", "g", "time"):
        out[name] = column(name)
    kind_of = np.full(256, TRANSITION)
    kind_of[list(_KINDS)] = list(_KINDS.values())
    kind_of[128:] = EXPERIMENT
    out["kind"] = kind = kind_of[types]
    stacks = hashes.stacks()
    out["stack"] = stacks[column("stack_id")]
    extra_stack = stacks[column("extra_stack_id")]
    out["extra_stack"] = np.where(extra_stack == out["stack"], 0, extra_stack)

    subject = np.where(np.isin(types, _ABOUT_G), out["g"], arg0)
    subject = np.where(np.isin(types, _ABOUT_P), out["p"], subject)
    nobody = np.isin(types, _ABOUT_NOBODY) | (kind == EXPERIMENT)
    out["subject"] = np.where(nobody, 0, subject)
    to = np.zeros(256, np.int64)
    to[list(_TO)] = list(_TO.values())
    out["to"] = to[types]
    status = np.isin(types, (_E.GO_STATUS, _E.GO_STATUS_STACK))
    out["to"][status] = _G_STATES[arg2[status]]
    status = types == _E.PROC_STATUS
    out["to"][status] = _P_STATES[arg1[status]]

    out["text"] = hashes.texts()[column("text_id")]
    for event_type, name in _NAMES.items():
        out["text"][types == event_type] = _fnv(name.encode())
    stw = np.isin(types, (_E.STW_BEGIN, _E.STW_END))
    out["text"][stw] = hashes.stw_texts()[column("text_id")[stw]]
    out["text2"] = hashes.texts()[column("text2_id")]
    task = np.isin(kind, (TASK_BEGIN, TASK_END))
    out["extra"][task] = np.where(arg1[task] == 0, -1, arg1[task])  # no parent
    sweep = types == _E.GC_SWEEP_END
    out["extra"][sweep] = arg0[sweep] * 31 + arg1[sweep]
    return out


def main(paths: list[str]) -> int:
    """Compare traces; the number of those that differ."""
    differing = 0
    for path in map(Path, paths):
        try:
            ours, theirs = native_events(path), go_reader_events(path)
            difference = first_difference(ours, theirs)
        except (FormatError, OracleError) as error:
            difference, theirs = str(error), np.empty(0, EVENT)
        verdict = f"differs: {difference}" if difference else f"equal, {len(theirs)} events"
        sys.stdout.write(f"{path}: {verdict}\n")
        differing += difference is not None
    return differing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
