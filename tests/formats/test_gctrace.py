"""GC trace lines, and taking them out of a program's standard error."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growwork.core.errors import FormatError
from growwork.formats.gctrace import (
    GcTraceCycle,
    GcTraceSplitter,
    read_gctrace,
    split,
    write_gctrace,
)
from tests.formats.profiled import RELEASES
from tests.gotoolchains import require_go

MIB = 1 << 20
CYCLE = GcTraceCycle(
    number=12,
    at_ns=3_405_000_000,
    cpu_percent=7,
    sweep_termination_ns=18_000,
    mark_ns=12_000_000,
    mark_termination_ns=2_500_000,
    sweep_termination_cpu_ns=37_000,
    assist_cpu_ns=1_100_000,
    background_cpu_ns=340_000,
    idle_cpu_ns=0,
    mark_termination_cpu_ns=5_000_000,
    heap_start_bytes=4 * MIB,
    heap_end_bytes=5 * MIB,
    heap_live_bytes=2 * MIB,
    goal_bytes=6 * MIB,
    stacks_bytes=0,
    globals_bytes=1 * MIB,
    procs=2,
)
LINE = (
    b"gc 12 @3.405s 7%: 0.018+12+2.5 ms clock, 0.037+1.1/0.34/0+5.0 ms cpu, "
    b"4->5->2 MB, 6 MB goal, 0 MB stacks, 1 MB globals, 2 P\n"
)
LEAKS = b"gc 3 @0.010s 1% (checking for goroutine leaks): " + LINE.partition(b": ")[2]
FORCED = LINE.replace(b" P\n", b" P (forced)\n")
SCAVENGER = b"scav 120 KiB work (bg), 0 KiB work (eager), 3000 KiB now, 78% util\n"
PACER = b"pacer: 25% CPU (25 exp.) for 100+20+3 B work (200 B exp.) in 4 B -> 5 B\n"


def test_a_line_is_a_cycle() -> None:
    assert read_gctrace(LINE).cycles == (CYCLE,)
    assert write_gctrace([CYCLE]) == LINE


def test_notes_on_a_cycle() -> None:
    leaks, forced = read_gctrace(LEAKS + FORCED).cycles
    assert (leaks.leak_check, leaks.forced) == (True, False)
    assert (forced.leak_check, forced.forced) == (False, True)
    assert write_gctrace([leaks, forced]) == LEAKS + FORCED


@given(st.integers(0, 10**13))
def test_durations_round_as_the_runtime_rounds(duration_ns: int) -> None:
    """Two significant digits below ten milliseconds, whole ones above (runtime.fmtNSAsMS)."""
    from dataclasses import replace

    line = write_gctrace([replace(CYCLE, mark_ns=duration_ns)])
    (read,) = read_gctrace(line).cycles
    assert write_gctrace([read]) == line
    step = max(1000, 10 ** (len(str(duration_ns)) - 2)) if duration_ns < 10**7 else 10**6
    assert 0 <= duration_ns - read.mark_ns < step


def test_other_traces_are_counted() -> None:
    trace = read_gctrace(LINE + SCAVENGER + PACER)
    assert (len(trace.cycles), trace.other_lines, trace.warnings) == (1, 2, ())


def test_a_cut_last_line_is_a_warning() -> None:
    for length in range(1, len(LINE) - 1):
        trace = read_gctrace(LINE + LINE[:length], source="gctrace.txt")
        assert trace.cycles == (CYCLE,)
        # A cut inside the last word leaves a whole line only when all of it is there.
        assert len(trace.warnings) == 1
    assert "gctrace.txt, line 2" in read_gctrace(LINE + LINE[:50], source="gctrace.txt").warnings[0]


def test_foreign_text_names_its_line() -> None:
    with pytest.raises(FormatError, match=r"log\.txt, line 2: expected a gctrace line"):
        read_gctrace(LINE + b"panic: out of milk\n", source="log.txt")


def feed_in_pieces(data: bytes, cuts: list[int]) -> tuple[bytes, list[bytes]]:
    splitter = GcTraceSplitter()
    program, start = bytearray(), 0
    lines: list[bytes] = []
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        out, found = splitter.feed(data[start:cut])
        program += out
        lines += found
        start = cut
    out, found = splitter.close()
    return bytes(program) + out, lines + list(found)


output = st.lists(
    st.sampled_from(
        [
            b"ready\n",
            b"gc is fine\n",
            b"gc 12 at work\n",
            b"gc 1 @home\n",
            b"scan: nothing\n",
            b"pacer: fast\n",
            b"\rloading 40%\r",
            b"g",
            b"2024/05/06 07:08:09 request\n",
            b"\xff\x00\n",
            b"\n",
        ]
    ),
    max_size=8,
)


@given(
    st.lists(st.tuples(output, st.sampled_from([LINE, LEAKS, FORCED]))), st.lists(st.integers(0))
)
def test_lines_are_separated_wherever_reads_end(
    turns: list[tuple[list[bytes], bytes]], cuts: list[int]
) -> None:
    """Program output may end without a newline before a trace line, and nothing is lost."""
    written = [(b"".join(pieces), line) for pieces, line in turns]
    data = b"".join(text + line for text, line in written)
    program, lines = feed_in_pieces(data, cuts)
    assert program == b"".join(text for text, _ in written)
    assert lines == [line for _, line in written]


@given(st.binary(), st.lists(st.integers(0)))
def test_bytes_of_any_program_pass_through(data: bytes, cuts: list[int]) -> None:
    assert feed_in_pieces(data, cuts) == (data, [])


@given(
    st.integers(3, len(LINE) - 1),
    st.lists(
        st.sampled_from(
            [b'{"level":"info"}\n', b"2024/05/06 07:08:09 request\n", b"done\n", b"\n"]
        ),
        min_size=1,
        max_size=4,
    ),
    st.lists(st.integers(0)),
)
def test_program_lines_inside_a_trace_line(at: int, inside: list[bytes], cuts: list[int]) -> None:
    """The runtime writes a line in pieces, and the program logs in between."""
    text = b"".join(inside)
    if at == len(LINE) - 1 and text.startswith(b"\n"):
        return  # indistinguishable from the end of the line
    data = b"start\n" + LINE[:at] + text + LINE[at:] + b"end\n"
    assert feed_in_pieces(data, cuts) == (b"start\n" + text + b"end\n", [LINE])


def test_a_prompt_is_not_delayed() -> None:
    splitter = GcTraceSplitter()
    assert splitter.feed(b"name? ") == (b"name? ", ())
    assert splitter.feed(LINE) == (b"", (LINE,))
    assert splitter.feed(b"really? ") == (b"really? ", ())


def test_what_may_be_a_trace_line_waits_until_idle() -> None:
    splitter = GcTraceSplitter()
    assert splitter.feed(b"debug") == (b"debu", ())
    assert splitter.idle() == b"g"
    assert splitter.feed(b"gc 12 @3") == (b"", ())
    assert splitter.feed(LINE[8:]) == (b"", (LINE,))
    assert splitter.feed(b"\nscav") == (b"\n", ())
    assert splitter.idle() == b"scav"
    assert splitter.feed(b"\ngc is fine\n") == (b"\n", ())
    assert splitter.idle() == b"gc is fine\n"


def test_a_prompt_inside_a_trace_line_goes_out_when_idle() -> None:
    splitter = GcTraceSplitter()
    assert splitter.feed(LINE[:40] + b"password: ") == (b"", ())
    assert splitter.idle() == b"password: "
    assert splitter.feed(LINE[40:]) == (b"", (LINE,))


def test_output_without_newline_inside_a_trace_line_costs_that_line_only() -> None:
    torn = LINE[:40] + b"oops" + LINE[40:]
    program, lines = split(torn + LINE + b"after\n")
    assert lines == (LINE[:40] + b"\n", LINE)
    assert program == b"oops" + LINE[40:] + b"after\n"
    trace = read_gctrace(b"".join(lines))
    assert (len(trace.cycles), len(trace.warnings)) == (1, 1)


def test_other_traces_pass_as_trace_lines() -> None:
    program, lines = split(b"a\n" + SCAVENGER + b"b\n" + PACER + b"scav engers\n")
    assert (program, lines) == (b"a\nb\nscav engers\n", (SCAVENGER, PACER))


def test_a_trace_line_cut_by_the_end_stays_one() -> None:
    assert split(b"bye\n" + LINE[:30]) == (b"bye\n", (LINE[:30],))


PROGRAM = """\
package main

import ("log"; "os"; "runtime")

var sink [][]byte

func main() {
	log.SetFlags(log.LstdFlags | log.Lmsgprefix)
	done := make(chan bool)
	go func() {
		for i := 0; i < 3000; i++ {
			log.Printf("line %d", i)
		}
		close(done)
	}()
	for i := 0; i < 40000; i++ {
		sink = append(sink, make([]byte, 3000))
		if len(sink) > 2000 {
			sink = nil
		}
	}
	runtime.GC()
	<-done
	os.Stderr.WriteString("done\\n")
}
"""


@pytest.mark.needs_go
@pytest.mark.parametrize(
    "version",
    [pytest.param(it, marks=[] if it == "go1.27.3" else pytest.mark.slow) for it in RELEASES],
)
def test_real_programs_that_log_while_they_collect(version: str, tmp_path: Path) -> None:
    env = require_go(version)
    (tmp_path / "main.go").write_text(PROGRAM)
    (tmp_path / "go.mod").write_text("module example.com/logs\n\ngo 1.21\n")
    subprocess.run(["go", "build", "-o", "logs", "."], cwd=tmp_path, env=env, check=True)
    done = subprocess.run(
        [tmp_path / "logs"],
        env=dict(os.environ, GODEBUG="gctrace=1,scavtrace=0", GOGC="50"),
        capture_output=True,
        check=True,
        timeout=60,
    )
    program, lines = split(done.stderr)
    logged = re.findall(rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d line (\d+)\n", program)
    assert [int(number) for number in logged] == list(range(3000))
    assert re.sub(rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d line \d+\n", b"", program) == b"done\n"
    trace = read_gctrace(b"".join(lines))
    assert trace.warnings == ()
    assert [cycle.number for cycle in trace.cycles] == list(range(1, len(trace.cycles) + 1))
    assert len(trace.cycles) >= 5
    assert trace.cycles[-1].forced
    assert write_gctrace(trace.cycles) == b"".join(lines)
