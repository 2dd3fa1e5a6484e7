"""The spike list names pauses that were planted: each among the worst three, with its cause.

A program (tests/data/planted) holds up the world with a loop that cannot be preempted, forces a
GC, and grows a giant map while the GC marks. It says itself when each was, and on which line.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

import pytest

from tests.gotoolchains import build_go

pytestmark = pytest.mark.needs_go

SOURCE = Path(__file__).parents[1] / "data" / "planted"
CLASSIC, SWISS = "go1.23.9", "go1.27.3"
RELEASES = (
    CLASSIC,
    SWISS,
    pytest.param("go1.24.11", marks=pytest.mark.slow),
    pytest.param("go1.26.8", marks=pytest.mark.slow),
)
WORST = 3


@dataclass(frozen=True, slots=True)
class Planted:
    """One pause, as the program that made it knows it."""

    name: str
    function: str
    line: int
    begin_ns: int  # since the trace was started
    end_ns: int


class Frame(TypedDict):
    """A frame of the JSON document; of this and the next two, the members that are looked at."""

    function: str
    file: str
    line: int


class Cause(TypedDict):
    """What overlapped a spike."""

    kind: str
    frames: list[Frame]


class Spike(TypedDict):
    """One of the worst intervals."""

    kind: str
    start_ns: int
    duration_ns: int
    causes: list[Cause]


@dataclass(frozen=True, slots=True)
class Mechanism:
    """How a planted pause has to be explained."""

    spikes: frozenset[str]  # kinds of the spike
    names: frozenset[str]  # kinds of the cause that names the statement
    tells: frozenset[str]  # kinds of a cause that says what it did


MECHANISMS = {
    "stall": Mechanism(
        spikes=frozenset({"stw", "long run"}),
        names=frozenset({"stopping", "long run"}),
        tells=frozenset({"stopping"}),
    ),
    "forced gc": Mechanism(
        spikes=frozenset({"forced gc"}),
        names=frozenset({"forced gc"}),
        tells=frozenset({"forced gc"}),
    ),
    "growth": Mechanism(
        spikes=frozenset({"assist"}),
        names=frozenset({"growth"}),
        tells=frozenset({"growth"}),
    ),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """What the program planted, and the spikes that growwork lists."""

    planted: dict[str, Planted]
    spikes: list[Spike]


@cache
def explain(release: str, folder: Path) -> Explained:
    """Build and run the program with a release, and have `growwork trace` explain its trace."""
    program = build_go(SOURCE, folder / f"planted-{release}", release)
    trace = folder / f"{release}.trace"
    truth = subprocess.run(
        [program, "-o", trace], capture_output=True, text=True, check=True, timeout=120
    )
    explained = subprocess.run(
        [sys.executable, "-m", "growwork", "trace", trace, "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    planted = {row["name"]: Planted(**row) for row in json.loads(truth.stdout)}
    return Explained(planted, json.loads(explained.stdout)["spikes"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("planted")


def names(frames: list[Frame], planted: Planted) -> bool:
    return any(
        (frame["function"], frame["line"]) == (planted.function, planted.line)
        and frame["file"].endswith("plants.go")
        for frame in frames
    )


def culprits(spike: Spike, planted: Planted) -> Iterator[str]:
    """Kinds of the causes whose stacks name the statement."""
    return (cause["kind"] for cause in spike["causes"] if names(cause["frames"], planted))


def overlaps(spike: Spike, planted: Planted) -> bool:
    """Whether most of the shorter one lies in the other."""
    begin, end = spike["start_ns"], spike["start_ns"] + spike["duration_ns"]
    common = min(end, planted.end_ns) - max(begin, planted.begin_ns)
    return common > 0.5 * min(end - begin, planted.end_ns - planted.begin_ns)


def explains(spike: Spike, planted: Planted, mechanism: Mechanism) -> bool:
    kinds = {cause["kind"] for cause in spike["causes"]}
    return (
        spike["kind"] in mechanism.spikes
        and overlaps(spike, planted)
        and bool(mechanism.names & set(culprits(spike, planted)))
        and bool(mechanism.tells & kinds)
    )


@pytest.mark.parametrize("name", MECHANISMS)
@pytest.mark.parametrize("release", RELEASES)
def test_a_planted_pause_is_among_the_worst_three(release: str, name: str, folder: Path) -> None:
    found = explain(release, folder)
    planted, mechanism = found.planted[name], MECHANISMS[name]
    listed = [(spike["kind"], spike["start_ns"], spike["duration_ns"]) for spike in found.spikes]
    print(f"go {release}: {planted} among {listed[:5]}")
    assert any(explains(spike, planted, mechanism) for spike in found.spikes[:WORST])


@pytest.mark.parametrize("release", [CLASSIC, SWISS])
def test_the_program_paused_as_planned(release: str, folder: Path) -> None:
    """Of what did not happen there is nothing to name."""
    for planted in explain(release, folder).planted.values():
        assert planted.end_ns - planted.begin_ns > 10_000_000
