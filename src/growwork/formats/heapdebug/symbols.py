"""Answers of `/debug/pprof/symbol`: function names for program counters.

```
num_symbols: 1
0x46f2a0 main.fill
```

A name is all it gives: no file, no line. It is the one way to name the runtime's frames of a
live process whose binary is not at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from growwork.core.errors import FormatError

__all__ = ["SymbolNames", "read_symbols"]


@dataclass(frozen=True, slots=True)
class SymbolNames:
    """Names by the program counter that was asked for."""

    names: Mapping[int, str]

    def name(self, return_address: int) -> str | None:
        """The function of a call: the counter inside the call if it was asked for."""
        return self.names.get(return_address - 1) or self.names.get(return_address)


def read_symbols(data: bytes, *, source: str = "<symbols>") -> SymbolNames:
    """Read one or several answers put one after another."""
    names: dict[int, str] = {}
    for number, line in enumerate(data.decode(errors="replace").splitlines(), start=1):
        if not line or line.startswith("num_symbols:"):
            continue
        address, _, name = line.partition(" ")
        try:
            names[int(address, 16)] = name
        except ValueError:
            raise FormatError(
                source,
                f"expected `0x… function`, found {line[:40]!r}",
                position=f"line {number}",
                remedy="expected answers of /debug/pprof/symbol",
            ) from None
    return SymbolNames(names)
