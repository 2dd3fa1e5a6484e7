"""Run the program to be recorded as a child, and end it gently.

The child gets a process group of its own. That lets a Ctrl-C reach growwork alone, which can
then ask the collector to finish before the program is interrupted: most programs die of SIGINT
at once, and would take the last second of the trace with them. Signals only ever go to that
group.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from growwork.capture.stderr import LineSplitter, pump_stderr
from growwork.core.errors import ToolError

__all__ = ["ChildOptions", "ChildResult", "StopControl", "run_child"]

_POLL_S = 0.05
_CHUNK = 65536
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class StopControl:
    """How the collector is asked to finish: by files, so that no signal is needed."""

    request: Path  # made to ask
    done: Path  # made by the collector when everything is written


@dataclass(frozen=True, slots=True)
class ChildOptions:
    """How long the child runs and how it is ended."""

    seconds: float | None = None  # ends the child after this time; None: it ends by itself
    collector: StopControl | None = None
    collector_grace_s: float = 15
    signal_grace_s: float = 5  # between SIGINT, SIGTERM and SIGKILL
    stdout: int | None = None  # descriptor for the child's stdout; None: ours


@dataclass(frozen=True, slots=True)
class ChildResult:
    """How the child ended."""

    exit_code: int | None  # None: ended by a signal
    signal: str | None  # such as `SIGKILL`
    duration_ns: int
    ended_by_us: bool  # because the time was over or the user asked


@dataclass(slots=True)
class _Ending:
    """Signals that arrived for us and have to go on to the child."""

    pending: list[signal.Signals] = field(default_factory=list)
    received: int = 0

    def note(self, number: int, _frame: FrameType | None) -> None:
        self.pending.append(signal.Signals(number))
        self.received += 1


def run_child(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    splitter: LineSplitter,
    stderr: Callable[[bytes], object],
    gctrace: Callable[[bytes], object],
    options: ChildOptions,
) -> ChildResult:
    """Run a command to its end; its stdin and stdout are ours unless said otherwise, its
    stderr is split.

    `stderr` gets the program's own bytes as they come, `gctrace` the runtime's GC lines.
    Raises `ToolError` when the command cannot be started.
    """
    ending = _Ending()
    # Before the start: a Ctrl-C in between would end us and leave the child to itself.
    with _Forwarding(ending):
        child = _start(command, cwd, env, options.stdout)
        started_ns = time.monotonic_ns()
        assert child.stderr is not None
        reader = threading.Thread(
            target=pump_stderr,
            args=(child.stderr.fileno(), splitter, stderr, gctrace),
            daemon=True,
        )
        reader.start()
        ended_by_us = _wait(child, options, ending)
    duration_ns = time.monotonic_ns() - started_ns
    # A grandchild may hold stderr open for ever; what the child itself wrote is here by now.
    reader.join(timeout=2)
    code = child.returncode
    return ChildResult(
        exit_code=code if code >= 0 else None,
        signal=signal.Signals(-code).name if code < 0 else None,
        duration_ns=duration_ns,
        ended_by_us=ended_by_us,
    )


def _start(
    command: Sequence[str], cwd: Path, env: Mapping[str, str], stdout: int | None
) -> subprocess.Popen[bytes]:
    # A process group in the background that reads from the terminal is stopped by the kernel;
    # a pipe in between is not a terminal.
    terminal = sys.stdin is not None and _is_terminal(0)
    try:
        child = subprocess.Popen(
            list(command),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE if terminal else None,
            stdout=stdout,
            stderr=subprocess.PIPE,
            process_group=0,
        )
    except OSError as error:
        raise ToolError(
            f"cannot start {command[0]}: {error.strerror}",
            command=command,
            remedy="check the path, and that it is an executable for this machine",
        ) from error
    if terminal:
        threading.Thread(target=_pump_stdin, args=(child,), daemon=True).start()
    return child


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


def _pump_stdin(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None
    try:
        while data := os.read(0, _CHUNK):
            child.stdin.write(data)
            child.stdin.flush()
        child.stdin.close()
    except OSError:
        return  # the child no longer reads


class _Forwarding:
    """While active, our signals are noted instead of ending us; main thread only."""

    def __init__(self, ending: _Ending) -> None:
        self._ending = ending
        self._former: list[
            tuple[signal.Signals, signal.Handlers | Callable[..., object] | int | None]
        ] = []

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in _FORWARDED:
                self._former.append((number, signal.signal(number, self._ending.note)))

    def __exit__(self, *_: object) -> None:
        for number, handler in self._former:
            signal.signal(number, handler)


def _wait(child: subprocess.Popen[bytes], options: ChildOptions, ending: _Ending) -> bool:
    """Wait for the end of the child; true when it was brought about from here."""
    deadline = None if options.seconds is None else time.monotonic() + options.seconds
    while child.poll() is None:
        if deadline is not None and time.monotonic() >= deadline:
            _finish_collector(child, options)
            _end(child, options.signal_grace_s)
            return True
        if ending.pending:
            if ending.received == 1:
                _finish_collector(child, options)
            _send(child, ending.pending.pop(0))
            continue
        _nap(child)
    return ending.received > 0


def _finish_collector(child: subprocess.Popen[bytes], options: ChildOptions) -> None:
    control = options.collector
    if control is None:
        return
    try:
        control.request.touch()
    except OSError:
        return  # the folder is gone; the child still has to be ended
    deadline = time.monotonic() + options.collector_grace_s
    while child.poll() is None and not control.done.exists() and time.monotonic() < deadline:
        _nap(child)


def _end(child: subprocess.Popen[bytes], grace_s: float) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        _send(child, number)
        deadline = time.monotonic() + grace_s
        while child.poll() is None and time.monotonic() < deadline:
            _nap(child)
        if child.poll() is not None:
            return
    child.wait()


def _send(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if child.poll() is not None:
        return
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return  # it ended in this moment


def _nap(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(timeout=_POLL_S)
    except subprocess.TimeoutExpired:
        return
