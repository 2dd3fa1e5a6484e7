"""How much memory may be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from growwork.capture import memory
from growwork.capture.environment import CgroupLimits
from growwork.capture.memory import available_memory_bytes


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """The cgroup's limit, as its only element."""
    limits: list[int | None] = [None]
    monkeypatch.setattr(memory, "read_cgroup", lambda: CgroupLimits(2, "/", limits[0], None, None))
    return limits


def test_what_the_kernel_says_within_the_cgroup(tmp_path: Path, limit: list[int | None]) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:  9999 kB\nMemAvailable:   2048 kB\n")

    assert available_memory_bytes(tmp_path) == 2048 * 1024
    limit[0] = 1_000_000
    assert available_memory_bytes(tmp_path) == 1_000_000


@pytest.mark.parametrize("text", [None, "", "MemAvailable: lots\n"])
def test_a_kernel_that_does_not_say(
    tmp_path: Path, limit: list[int | None], text: str | None
) -> None:
    if text is not None:
        (tmp_path / "meminfo").write_text(text)

    assert available_memory_bytes(tmp_path) == 1 << 30
