"""An executable's bytes to facts about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from growwork import _native
from growwork.formats.faults import naming
from growwork.formats.gobinary.buildinfo import parse_modules
from growwork.formats.gobinary.types import SYMBOLS, BuildInfo, MapTypeSize

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["GoBinary"]


class GoBinary:
    """An executable of Go 1.21 or newer: ELF, Mach-O or PE; stripped or not.

    `data` is any buffer, such as a read-only `mmap`; it is held, not copied. Raises
    `FormatError` for any other file, `TruncatedInput` for a part of one and
    `UnsupportedVersion` for one of an older toolchain; each names `name`.
    """

    def __init__(self, data: Buffer, *, name: str = "<binary>") -> None:
        self.name = name
        with naming(name, remedy="expected an executable built by Go 1.21 or newer"):
            self._native = _native.NativeBinary(data)
        self.build_info: BuildInfo = parse_modules(self._native.version, self._native.modules)

    @property
    def version(self) -> str:
        """The toolchain: `go1.26.8`."""
        return self._native.version

    @property
    def architecture(self) -> str:
        """Of the file's header: `x86_64`, `aarch64`."""
        return self._native.architecture

    @property
    def container(self) -> str:
        """`ELF`, `Mach-O` or `PE`."""
        return self._native.container

    @property
    def has_inline_trees(self) -> bool:
        """False where inlined calls cannot be told: their callers' frames stand for them."""
        return self._native.has_inline_trees

    def symbolize(
        self,
        pcs: Sequence[int] | pa.Array,
        *,
        slide: int = 0,
        return_addresses: bool = True,
    ) -> pa.Table:
        """Frames of program counters, a table of the schema `SYMBOLS`.

        Rows are in the order asked for, the innermost inlined call first. `slide` is how far
        a position independent executable was moved. Profiles have return addresses, so the call
        before each is looked up, as `runtime.CallersFrames` does; with
        `return_addresses=False` the instruction itself is, as `addr2line` does. A counter
        outside the program has no row.
        """
        numbers = pcs.to_pylist() if isinstance(pcs, pa.Array | pa.ChunkedArray) else pcs
        with naming(self.name):
            rows = self._native.symbolize(numbers, slide, return_addresses)
        return pa.Table.from_batches([rows], SYMBOLS)

    def function_entry(self, function: str) -> int | None:
        """The address at which the function's code was linked; None: no such code."""
        return self._native.function_entry(function)

    def map_types(self) -> tuple[MapTypeSize, ...]:
        """Array sizes of the map types in the debug information, sorted; empty when stripped.

        Type names are the compiler's: instantiations of generic code appear with their shapes,
        such as `go.shape.string`.
        """
        with naming(self.name, remedy="build the program again, without -ldflags=-w"):
            arrays = self._native.map_arrays()
        return tuple(MapTypeSize(*array) for array in arrays)
