"""The corpora of Go's own reader: every fixture, every fuzzing input, the table of events."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from growwork.core.errors import FormatError
from growwork.formats.gotrace import ClockSnapshot, EventType, TraceReader, read_text
from growwork.formats.gotrace.spec import EVENTS
from tests.gotoolchains import go_environment

pytestmark = pytest.mark.needs_go

TOOLCHAINS = ("go1.23.9", "go1.24.11", "go1.26.8", "go1.27.3")
ENTRY = re.compile(r"^-- (.+?) --\n", re.MULTILINE)


@cache
def trace_package(version: str) -> Path | None:
    """GOROOT/src/internal/trace of a release on this machine."""
    env = go_environment(version)
    if env is None:
        return None
    done = subprocess.run(
        ["go", "env", "GOROOT"], env=env, capture_output=True, text=True, check=True
    )
    return Path(done.stdout.strip(), "src", "internal", "trace")


def require_package(version: str) -> Path:
    """As `trace_package`; skips the test without the toolchain."""
    package = trace_package(version)
    if package is None:
        pytest.skip(f"toolchain {version} is not on this machine")
    return package


def parse_txtar(text: str) -> dict[str, str]:
    """The files of a txtar archive."""
    pieces = ENTRY.split(text)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def outcome(data: bytes) -> str:
    """Empty for a trace without fault, else what is wrong first."""
    try:
        reader = TraceReader(data)
        for generation in reader:
            if not generation.complete:
                return reader.warnings[0]
    except FormatError as error:
        return str(error)
    return " ".join(reader.warnings)


@pytest.mark.parametrize("version", TOOLCHAINS)
def test_fixtures(version: str) -> None:
    cases = sorted((require_package(version) / "testdata" / "tests").glob("*.test"))
    assert len(cases) >= 20
    for case in cases:
        files = parse_txtar(case.read_text())
        found = outcome(read_text(files["trace"], name=case.name))
        expected = files["expect"].strip()
        if expected == "SUCCESS":
            assert found == "", case.name
        else:
            reason = ast.literal_eval(expected.removeprefix("FAILURE").strip())
            assert re.search(reason, found), (case.name, found)


@pytest.mark.parametrize("version", TOOLCHAINS)
def test_fuzzing_corpus(version: str) -> None:
    """Go asks of its reader no more than not to panic; neither do we."""
    inputs = sorted((require_package(version) / "testdata" / "fuzz" / "FuzzReader").iterdir())
    assert len(inputs) >= 10
    for path in inputs:
        literal = path.read_text().splitlines()[1]
        data = go_bytes(re.fullmatch(r'\[\]byte\("(.*)"\)', literal)[1])  # type: ignore[index]
        outcome(data)


def go_bytes(literal: str) -> bytes:
    """The bytes of a Go string literal: Python's bytes literals but for \\u."""
    ascii_only = literal.encode().decode("latin-1")
    unicode = re.sub(
        r"\\u([0-9a-f]{4})",
        lambda found: "".join(f"\\x{byte:02x}" for byte in chr(int(found[1], 16)).encode()),
        ascii_only,
    )
    value: bytes = ast.literal_eval(f'b"{unicode}"') if unicode.isascii() else unicode.encode()
    return value


def test_sync_times_and_clocks() -> None:
    tests = require_package("go1.27.3") / "testdata" / "tests"
    times = {}
    clocks: list[ClockSnapshot | None] = []
    for name in ("go123-sync", "go125-sync"):
        reader = TraceReader(read_text(parse_txtar((tests / f"{name}.test").read_text())["trace"]))
        generations = list(reader)
        rows = [row for one in generations for row in one.events.to_pylist()]
        times[name] = [row["time"] for row in rows if row["type"] == EventType.SYNC]
        clocks += [one.clock for one in generations]
    assert times == {"go123-sync": [10, 40, 60, 63], "go125-sync": [9, 38, 58, 83]}
    wall = 1_740_755_049_000_000_123  # 2025-02-28 15:04:09 UTC
    assert clocks == [
        None,
        None,
        None,
        ClockSnapshot(10, 99, wall),
        ClockSnapshot(40, 199, wall + 10**9),
        ClockSnapshot(60, 299, wall + 2 * 10**9),
    ]


def test_the_table_is_gos() -> None:
    """Names and arguments of every event, read from the Go source."""
    source = (require_package("go1.27.3") / "tracev2" / "events.go").read_text()
    rows = re.findall(r"^\tEv(\w+): \{\n(.*?)\n\t\},", source, re.MULTILINE | re.DOTALL)
    theirs = {}
    for _, body in rows:
        name = re.search(r'Name:\s+"(\w+)"', body)
        args = re.search(r"Args:\s+\[\]string\{(.*?)\}", body)
        assert name is not None
        theirs[name[1]] = tuple(re.findall(r'"(\w+)"', args[1])) if args else ()
    assert {spec.name: spec.args for spec in EVENTS} == theirs
