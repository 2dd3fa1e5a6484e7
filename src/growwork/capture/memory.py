"""How much memory may be used."""

from __future__ import annotations

from pathlib import Path

from growwork.capture.environment import read_cgroup

__all__ = ["available_memory_bytes"]

_ASSUMED_BYTES = 1 << 30  # where the kernel does not say


def available_memory_bytes(proc: Path = Path("/proc")) -> int:
    """What the kernel thinks can be had without swapping, within the limit of the cgroup."""
    available = _mem_available(proc / "meminfo") or _ASSUMED_BYTES
    limit = read_cgroup().memory_max_bytes
    return available if limit is None else min(available, limit)


def _mem_available(path: Path) -> int | None:
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        name, _, rest = line.partition(":")
        number = rest.removesuffix("kB").strip()
        if name == "MemAvailable" and number.isdigit():
            return int(number) * 1024
    return None
