"""Which Go made a trace, as far as the trace tells.

The header names a file format that several releases share. The runtime's frames narrow it: a
toolchain from the module cache or a version manager has its version in its folder, and Swiss
maps have functions of their own.
"""

from __future__ import annotations

import re

import numpy as np

from growwork.analysis.trace.columns import StackTable
from growwork.goruntime import RELEASES, GoRelease, MapKind

__all__ = ["go_version_of"]

_VERSION = re.compile(r"[/@-]go/?(1\.\d+(?:\.\d+|rc\d+)?)[./-]")
_SWISS = "internal/runtime/maps."


def go_version_of(header: str, stacks: StackTable) -> str:
    """`go1.26.8` when a folder names it, else the releases it may be, `go1.26 or go1.27`.

    `header` is the file's own, `go 1.26 trace`.
    """
    number = header.removeprefix("go 1.").removesuffix(" trace")
    possible = [one for one in RELEASES if str(one.trace_format) == number]
    files, paths = stacks.files
    functions, names = stacks.functions
    runtime = np.array([name.startswith("runtime.") for name in names], dtype=np.bool_)
    for code in np.unique(files[runtime[functions]]).tolist():
        found = _VERSION.search(paths[code])
        if found and any(_is_of(found[1], one) for one in possible):
            return f"go{found[1]}"
    if any(name.startswith(_SWISS) for name in names):
        possible = [one for one in possible if one.maps is MapKind.SWISS] or possible
    return " or ".join(f"go{one.language}" for one in possible) or header


def _is_of(version: str, release: GoRelease) -> bool:
    rest = version.removeprefix(release.language)
    return rest != version and not rest[:1].isdigit()
