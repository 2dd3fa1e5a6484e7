"""The trace of a recording is read as Go's own reader reads it, event for event."""

from __future__ import annotations

from pathlib import Path

import pytest

from growwork.gocode import module_dir
from growwork.workflow.record import RecordConsole, RecordOptions, record
from tests.gotoolchains import require_go
from tests.oracle.oracle import first_difference, go_reader, go_reader_events, native_events

pytestmark = pytest.mark.needs_go


@pytest.mark.parametrize("release", ["1.23.9", "1.24.11", "1.26.8", "1.27.3"])
def test_the_recorded_stream_equals_that_of_gos_reader(release: str, tmp_path: Path) -> None:
    require_go(f"go{release}")
    if go_reader() is None:
        pytest.skip("no toolchain of Go 1.26 or newer to build the reference reader with")
    with (tmp_path / "stdout").open("wb") as stdout:
        recording = record(
            RecordOptions(
                command=("go", "run", "./cmd/storefront", "-requests", "6000"),
                output=tmp_path / "recording",
                directory=module_dir("storefront"),
                go=release,
            ),
            RecordConsole(stdout=stdout.fileno(), stderr=lambda _: None),
        )
    trace = recording.folder / "trace.out"
    ours = native_events(trace)
    print(f"go{release}: {len(ours)} events in {trace.stat().st_size} bytes")
    assert len(ours) > 10_000
    assert first_difference(ours, go_reader_events(trace)) is None
