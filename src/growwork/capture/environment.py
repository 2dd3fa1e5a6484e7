"""The machine, the kernel, the limits of the cgroup, and the Go settings of a recording.

Never the whole environment: it holds secrets. Only variables that steer the Go runtime or the
build are taken, by name.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

__all__ = ["CgroupLimits", "Environment", "encode", "read_cgroup", "read_environment"]

# Not GOPROXY, GOAUTH, GOPRIVATE and the like: they may hold credentials or names of hosts.
_GO_VARIABLES = (
    "CGO_ENABLED",
    "GO386",
    "GOAMD64",
    "GOARCH",
    "GOARM",
    "GOARM64",
    "GODEBUG",
    "GOEXPERIMENT",
    "GOFIPS140",
    "GOFLAGS",
    "GOGC",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GOOS",
    "GOTOOLCHAIN",
    "GOTRACEBACK",
)
Number = TypeVar("Number", int, float)
_UNLIMITED_V1 = 1 << 60  # cgroup v1 says "no limit" with a number near 2^63


@dataclass(frozen=True, slots=True)
class Environment:
    """Where the program ran."""

    system: str
    kernel: str
    machine: str
    cpu_model: str
    cpus: int  # of the machine
    cpus_usable: int  # by this process (affinity)
    memory_bytes: int | None
    go_variables: dict[str, str]


@dataclass(frozen=True, slots=True)
class CgroupLimits:
    """The tightest limits of the process's cgroup and those above it; None: no limit."""

    version: int | None  # 1 or 2; None: no cgroup
    path: str
    memory_max_bytes: int | None
    memory_high_bytes: int | None
    cpus: float | None  # CPU time per wall time


def encode(value: Environment | CgroupLimits) -> bytes:
    """The JSON form that the recording keeps."""
    return json.dumps(asdict(value), indent=2).encode() + b"\n"


def read_environment(variables: Mapping[str, str], proc: Path = Path("/proc")) -> Environment:
    """What there is to know about the machine; `variables` is the program's environment."""
    return Environment(
        system=platform.system(),
        kernel=platform.release(),
        machine=platform.machine(),
        cpu_model=_field(proc / "cpuinfo", "model name") or platform.processor(),
        cpus=os.cpu_count() or 1,
        cpus_usable=len(os.sched_getaffinity(0)),
        memory_bytes=_kilobytes(_field(proc / "meminfo", "MemTotal")),
        go_variables={name: variables[name] for name in _GO_VARIABLES if name in variables},
    )


def read_cgroup(
    proc: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")
) -> CgroupLimits:
    """The limits that hold for this process, and so for a child of it."""
    controllers = _controllers(proc)
    if "" in controllers and (root / "cgroup.controllers").exists():
        return _read_v2(controllers[""], root)
    if "memory" in controllers or "cpu" in controllers:
        return _read_v1(controllers, root)
    return CgroupLimits(None, "", None, None, None)


def _controllers(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _read(path).splitlines():
        _, _, rest = line.partition(":")
        names, _, group = rest.partition(":")
        for name in names.split(","):
            found[name] = group
    return found


def _read_v2(group: str, root: Path) -> CgroupLimits:
    folders = _with_parents(root, group)
    return CgroupLimits(
        version=2,
        path=group,
        memory_max_bytes=_least(_integer(_read(folder / "memory.max")) for folder in folders),
        memory_high_bytes=_least(_integer(_read(folder / "memory.high")) for folder in folders),
        cpus=_least(_quota(_read(folder / "cpu.max")) for folder in folders),
    )


def _read_v1(controllers: Mapping[str, str], root: Path) -> CgroupLimits:
    memory = _with_parents(root / "memory", controllers.get("memory", "/"))
    cpu = _with_parents(root / "cpu", controllers.get("cpu", "/"))
    limits = (_integer(_read(folder / "memory.limit_in_bytes")) for folder in memory)
    return CgroupLimits(
        version=1,
        path=controllers.get("memory", controllers.get("cpu", "")),
        memory_max_bytes=_least(
            limit if limit is not None and limit < _UNLIMITED_V1 else None for limit in limits
        ),
        memory_high_bytes=None,
        cpus=_least(
            _quota(f"{_read(folder / 'cpu.cfs_quota_us')} {_read(folder / 'cpu.cfs_period_us')}")
            for folder in cpu
        ),
    )


def _with_parents(root: Path, group: str) -> list[Path]:
    folder = root / group.strip("/")
    # Inside a container the path may be the host's: then only the root is there.
    chain = [folder, *folder.parents]
    return [place for place in chain if place == root or root in place.parents]


def _least(values: Iterable[Number | None]) -> Number | None:
    return min((value for value in values if value is not None), default=None)


def _quota(text: str) -> float | None:
    """`200000 100000` is two CPUs; `max 100000` and `-1 100000` are no limit."""
    words = text.split()
    if len(words) != 2 or not words[0].isdigit() or not words[1].isdigit():
        return None
    return int(words[0]) / int(words[1])


def _integer(text: str) -> int | None:
    word = text.strip()
    return int(word) if word.isdigit() else None


def _kilobytes(text: str) -> int | None:
    number = _integer(text.removesuffix("kB"))
    return None if number is None else number * 1024


def _field(path: Path, name: str) -> str:
    for line in _read(path).splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""  # not on this kernel, or not for us to read
