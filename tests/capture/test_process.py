from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from growwork.capture.process import ChildOptions, ChildResult, StopControl, run_child
from growwork.core.errors import ToolError
from growwork.formats.gctrace import GcTraceSplitter


@dataclass
class Outcome:
    result: ChildResult
    stderr: bytes
    gctrace: bytes


@dataclass
class Child:
    """A Python program run as the child."""

    folder: Path
    options: ChildOptions = field(default_factory=lambda: ChildOptions(signal_grace_s=0.5))

    def run(self, source: str) -> Outcome:
        stderr, gctrace = bytearray(), bytearray()
        result = run_child(
            [sys.executable, "-c", source],
            cwd=self.folder,
            env=os.environ,
            splitter=GcTraceSplitter(),
            stderr=stderr.extend,
            gctrace=gctrace.extend,
            options=self.options,
        )
        return Outcome(result, bytes(stderr), bytes(gctrace))


GC_LINE = (
    "gc 1 @0.001s 24%: 2.5+1.4+0.009 ms clock, 5.0+0.51/0/0+0.019 ms cpu, "
    "3->4->3 MB, 4 MB goal, 0 MB stacks, 0 MB globals, 2 P\n"
)
READY = "open('stopped', 'w').close()\n"
WAIT = "import time\nwhile True: time.sleep(0.02)\n"
IGNORE = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"


def test_stderr_is_split_and_the_exit_status_kept(tmp_path: Path) -> None:
    outcome = Child(tmp_path).run(
        f"import sys; gc = {GC_LINE!r}\n"
        "sys.stderr.write('a\\n' + gc + 'b\\n' + gc + 'unfinished')\n"
        "sys.exit(7)"
    )
    assert outcome.stderr == b"a\nb\nunfinished"
    assert outcome.gctrace.decode() == GC_LINE * 2
    assert (outcome.result.exit_code, outcome.result.signal) == (7, None)
    assert not outcome.result.ended_by_us
    assert outcome.result.duration_ns > 0


def test_a_prompt_that_might_start_a_gc_line_is_shown_while_the_program_waits(
    tmp_path: Path,
) -> None:
    shown = bytearray()

    def stderr(data: bytes) -> None:
        shown.extend(data)
        (tmp_path / "seen").touch()

    source = (
        "import os, sys, time\nos.write(2, b'gc ')\n"
        "end = time.monotonic() + 10\n"
        "while not os.path.exists('seen') and time.monotonic() < end: time.sleep(0.01)\n"
        "sys.exit(0 if os.path.exists('seen') else 1)"
    )
    result = run_child(
        [sys.executable, "-c", source],
        cwd=tmp_path,
        env=os.environ,
        splitter=GcTraceSplitter(),
        stderr=stderr,
        gctrace=lambda _: None,
        options=ChildOptions(),
    )
    assert (bytes(shown), result.exit_code) == (b"gc ", 0)


def test_stdout_is_untouched(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Child(tmp_path).run("import sys; sys.stdout.write('gc 1 is text here')")
    assert capfd.readouterr().out == "gc 1 is text here"


def test_a_signal_death_is_named(tmp_path: Path) -> None:
    outcome = Child(tmp_path).run("import os; os.kill(os.getpid(), 9)")
    assert (outcome.result.exit_code, outcome.result.signal) == (None, "SIGKILL")


def test_a_missing_program_is_a_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"cannot start \./no-such: No such file"):
        run_child(
            ["./no-such"],
            cwd=tmp_path,
            env={},
            splitter=GcTraceSplitter(),
            stderr=lambda _: None,
            gctrace=lambda _: None,
            options=ChildOptions(),
        )


def soon(folder: Path, grace_s: float) -> ChildOptions:
    """Ends the child as soon as it has said READY: the collector's answer serves as that."""
    control = StopControl(folder / "stop", folder / "stopped")
    return ChildOptions(seconds=0.01, collector=control, signal_grace_s=grace_s)


def test_time_over_interrupts(tmp_path: Path) -> None:
    source = "import signal, sys\nsignal.signal(signal.SIGINT, lambda *_: sys.exit(4))\n"
    outcome = Child(tmp_path, soon(tmp_path, 10)).run(source + READY + WAIT)
    assert outcome.result.exit_code == 4
    assert outcome.result.ended_by_us


def test_a_program_that_ignores_sigint_gets_sigterm_and_then_sigkill(tmp_path: Path) -> None:
    child = Child(tmp_path, soon(tmp_path, 0.3))
    assert child.run(IGNORE + READY + WAIT).result.signal == "SIGTERM"
    (tmp_path / "stopped").unlink()
    stubborn = IGNORE + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    assert child.run(stubborn + READY + WAIT).result.signal == "SIGKILL"


def test_the_collector_finishes_before_any_signal(tmp_path: Path) -> None:
    control = StopControl(tmp_path / "stop", tmp_path / "stopped")
    options = ChildOptions(seconds=0.3, collector=control, signal_grace_s=5)
    outcome = Child(tmp_path, options).run(
        "import os, sys, time\n"
        "try:\n"
        "  while not os.path.exists('stop'): time.sleep(0.01)\n"
        "  time.sleep(0.3); open('stopped', 'w').close(); time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        "  sys.exit(0 if os.path.exists('stopped') else 1)\n"
    )
    assert outcome.result.exit_code == 0


def test_a_collector_that_never_answers_is_not_waited_for_long(tmp_path: Path) -> None:
    control = StopControl(tmp_path / "stop", tmp_path / "stopped")
    options = ChildOptions(
        seconds=0.2, collector=control, collector_grace_s=0.3, signal_grace_s=0.3
    )
    begin = time.monotonic()
    assert Child(tmp_path, options).run(WAIT).result.ended_by_us
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_our_signal_goes_on_to_the_child_after_the_collector(
    tmp_path: Path, number: signal.Signals
) -> None:
    control = StopControl(tmp_path / "stop", tmp_path / "stopped")
    options = ChildOptions(collector=control, collector_grace_s=10)
    source = (
        "import os, signal, sys, time\n"
        "def end(number, frame): sys.exit(10 + number if os.path.exists('stopped') else 1)\n"
        f"signal.signal({int(number)}, end)\n"
        "open('ready', 'w').close()\n"
        "while not os.path.exists('stop'): time.sleep(0.01)\n"
        "open('stopped', 'w').close()\n" + WAIT
    )

    def interrupt() -> None:
        while not (tmp_path / "ready").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    former = signal.getsignal(number)
    sender = threading.Thread(target=interrupt)
    sender.start()
    outcome = Child(tmp_path, options).run(source)
    sender.join()
    assert outcome.result.exit_code == 10 + number
    assert outcome.result.ended_by_us
    assert signal.getsignal(number) is former


def test_a_grandchild_in_the_group_is_ended_too(tmp_path: Path) -> None:
    source = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {WAIT!r}])\n"
        "open('pid', 'w').write(str(child.pid))\n" + READY + "child.wait()\n"
    )
    Child(tmp_path, soon(tmp_path, 2)).run(source)
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 5
    while _is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _is_running(pid)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
