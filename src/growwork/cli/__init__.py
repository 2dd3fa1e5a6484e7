"""The command line: parse flags, call one workflow, hand the result to a renderer.

Each command is one module of this package with a `command` object; it is imported only when it
is called, so `growwork --version` does not pay for the others.
"""

from __future__ import annotations

from growwork.cli.app import main

__all__ = ["main"]
