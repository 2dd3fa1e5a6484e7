"""Pass a child's standard error on, without the runtime's GC lines."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from typing import Protocol

__all__ = ["LineSplitter", "pump_stderr"]

_CHUNK = 65536
_IDLE_S = 0.05  # the runtime writes the pieces of one line microseconds apart


class LineSplitter(Protocol):
    """Separates the runtime's trace lines from what the program wrote itself."""

    def feed(self, data: bytes) -> tuple[bytes, tuple[bytes, ...]]:
        """More bytes; returns the program's bytes and whole trace lines."""

    def idle(self) -> bytes:
        """Nothing came for a while; returns program bytes that were held back."""

    def close(self) -> tuple[bytes, tuple[bytes, ...]]:
        """The end of the stream; returns the rest."""


def pump_stderr(
    descriptor: int,
    splitter: LineSplitter,
    program: Callable[[bytes], object],
    runtime: Callable[[bytes], object],
) -> None:
    """Read a pipe to its end; `program` and `runtime` get their bytes as they come."""

    def deliver(parts: tuple[bytes, tuple[bytes, ...]]) -> None:
        output, lines = parts
        if output:
            program(output)
        if lines:
            runtime(b"".join(lines))

    quiet = True
    while True:
        # A prompt that ends in `g` may be the start of a GC line; it is shown after a moment.
        ready, _, _ = select.select([descriptor], [], [], None if quiet else _IDLE_S)
        if not ready:
            deliver((splitter.idle(), ()))
            quiet = True
            continue
        data = os.read(descriptor, _CHUNK)
        if not data:
            break
        deliver(splitter.feed(data))
        quiet = False
    deliver(splitter.close())
