from __future__ import annotations

import json
from pathlib import Path

from growwork.capture.environment import encode, read_cgroup, read_environment


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_only_go_settings_are_taken_from_the_environment() -> None:
    found = read_environment(
        {
            "GOGC": "50",
            "GODEBUG": "madvdontneed=1",
            "GOPROXY": "https://user:secret@proxy.example",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "GOAUTH": "netrc secret",
        }
    )
    assert found.go_variables == {"GOGC": "50", "GODEBUG": "madvdontneed=1"}
    assert b"secret" not in encode(found)


def test_the_machine_is_described(tmp_path: Path) -> None:
    write(tmp_path / "meminfo", "MemTotal:       2048 kB\nMemFree: 1 kB\n")
    write(tmp_path / "cpuinfo", "processor : 0\nmodel name : Fast CPU\n")
    found = read_environment({}, tmp_path)
    assert (found.cpu_model, found.memory_bytes) == ("Fast CPU", 2 << 20)
    assert 1 <= found.cpus_usable <= found.cpus


def test_the_tightest_limit_above_a_v2_cgroup_counts(tmp_path: Path) -> None:
    write(tmp_path / "self", "0::/pod/app\n")
    root = tmp_path / "cgroup"
    write(root / "cgroup.controllers", "cpu memory\n")
    write(root / "pod/memory.max", "1000\n")
    write(root / "pod/cpu.max", "max 100000\n")
    write(root / "pod/app/memory.max", "5000\n")
    write(root / "pod/app/memory.high", "max\n")
    write(root / "pod/app/cpu.max", "150000 100000\n")
    found = read_cgroup(tmp_path / "self", root)
    assert (found.version, found.path) == (2, "/pod/app")
    assert (found.memory_max_bytes, found.memory_high_bytes, found.cpus) == (1000, None, 1.5)
    assert json.loads(encode(found))["memory_max_bytes"] == 1000


def test_v1_controllers_lie_apart(tmp_path: Path) -> None:
    write(tmp_path / "self", "5:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n")
    root = tmp_path / "cgroup"
    write(root / "memory/memory.limit_in_bytes", "9223372036854771712\n")
    write(root / "memory/docker/x/memory.limit_in_bytes", "4096\n")
    write(root / "cpu/docker/x/cpu.cfs_quota_us", "50000\n")
    write(root / "cpu/docker/x/cpu.cfs_period_us", "100000\n")
    found = read_cgroup(tmp_path / "self", root)
    assert (found.version, found.memory_max_bytes, found.cpus) == (1, 4096, 0.5)


def test_no_limit_is_no_number(tmp_path: Path) -> None:
    write(tmp_path / "self", "5:memory:/\n4:cpu:/\n")
    root = tmp_path / "cgroup"
    write(root / "memory/memory.limit_in_bytes", "9223372036854771712\n")
    write(root / "cpu/cpu.cfs_quota_us", "-1\n")
    write(root / "cpu/cpu.cfs_period_us", "100000\n")
    found = read_cgroup(tmp_path / "self", root)
    assert (found.memory_max_bytes, found.cpus) == (None, None)


def test_a_machine_without_cgroups(tmp_path: Path) -> None:
    assert read_cgroup(tmp_path / "none", tmp_path).version is None
