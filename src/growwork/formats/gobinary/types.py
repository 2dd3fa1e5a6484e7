"""What an executable of the Go toolchain says about itself."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

__all__ = ["SYMBOLS", "BuildInfo", "MapTypeSize", "Module"]

SYMBOLS = pa.schema(
    [
        pa.field("pc", pa.uint64(), nullable=False),  # as it was asked for
        pa.field("depth", pa.uint16(), nullable=False),  # 0: the innermost inlined call
        pa.field("function", pa.string(), nullable=False),  # with type arguments
        pa.field("file", pa.string(), nullable=False),  # `?`: code without a position
        pa.field("line", pa.uint32(), nullable=False),
        pa.field("inlined", pa.bool_(), nullable=False),  # into the frame of the next depth
    ]
)


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the build list."""

    path: str
    version: str  # `(devel)` for the main module of a plain build
    sum: str
    replaced_by: Module | None = None


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """What `go version -m` prints."""

    go_version: str  # `go1.26.8`
    path: str  # import path of the main package; empty: built without modules
    main: Module | None
    dependencies: tuple[Module, ...]
    settings: tuple[tuple[str, str], ...]

    def setting(self, name: str) -> str | None:
        """A build setting such as `-tags`, `GOARCH` or `vcs.revision`."""
        return next((value for key, value in self.settings if key == name), None)

    @property
    def trimpath(self) -> bool:
        """Whether file names are import paths instead of places on the build machine."""
        return self.setting("-trimpath") == "true"


@dataclass(frozen=True, slots=True)
class MapTypeSize:
    """The array unit of one map type: eight slots with their control word or tophash."""

    key_type: str
    elem_type: str
    array_bytes: int  # of one bucket (classic) or group (Swiss), before the allocator rounds up
    swiss: bool
