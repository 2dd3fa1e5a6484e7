"""The tables of the AllocFree experiment, which say what its events are about.

With GODEBUG=traceallocfree=1 a trace has an event for every span, heap object and goroutine
stack that is allocated or freed (`Span…` to `GoroutineStack…`). Their ids are addresses in short,
and types by number; what the numbers stand for is in experimental batches:

- The *info* batch, once, in the first generation: where the heap begins, and units.
- The *types* batches of each generation: the types its events name. Ids of different generations
  are unrelated; 0 is no type.

Both may be missing: flight recorders leave experimental batches out. The format is that of
GOROOT/src/runtime/traceallocfree.go and tracetype.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from growwork.core.errors import FormatError
from growwork.formats.gotrace.types import ExperimentalBatch

__all__ = [
    "ALLOC_FREE",
    "AllocFreeInfo",
    "AllocFreeTables",
    "AllocFreeType",
    "SpanClass",
    "read_allocfree",
    "span_class",
    "stack_bytes",
]

ALLOC_FREE = 1  # the number of the experiment

_TYPES = 0  # first byte of a batch
_INFO = 1
_MAX_UVARINT_BYTES = 10
Ids = TypeVar("Ids", int, npt.NDArray[np.int64])


@dataclass(frozen=True, slots=True)
class AllocFreeInfo:
    """What makes addresses of ids. Ids and addresses are numbers, or arrays of them."""

    min_heap_address: int
    page_bytes: int
    min_object_align_bytes: int
    min_stack_bytes: int

    def span_address(self, span_ids: Ids) -> Ids:
        """Where spans begin."""
        return self.min_heap_address + span_ids * self.page_bytes

    def object_address(self, object_ids: Ids) -> Ids:
        """Where heap objects begin."""
        return self.min_heap_address + object_ids * self.min_object_align_bytes

    def stack_address(self, stack_ids: Ids) -> Ids:
        """Where goroutine stacks begin."""
        return self.min_heap_address + stack_ids * self.min_stack_bytes


@dataclass(frozen=True, slots=True)
class AllocFreeType:
    """A Go type. Of an array it is the type of the elements, with the size of one."""

    type_id: int  # in its generation
    address: int  # the same for the same type through the whole trace
    size_bytes: int
    pointer_bytes: int  # of it up to the last pointer
    name: str  # `map.group[string]int`, `map.bucket[string]int`


@dataclass(frozen=True, slots=True)
class SpanClass:
    """What a span is for."""

    heap: bool  # heap objects; else stacks and the runtime's own
    size_class: int = 0  # 0: one object that fills the span
    has_pointers: bool = False


@dataclass(frozen=True, slots=True)
class AllocFreeTables:
    """All tables of a trace; what it lacks is None or empty."""

    info: AllocFreeInfo | None
    types: Mapping[int, Mapping[int, AllocFreeType]]  # by generation and id

    def type_of(self, generation: int, type_id: int) -> AllocFreeType | None:
        """The type an event of a generation names; None for no type or an unknown one."""
        return self.types.get(generation, {}).get(type_id)


def span_class(kindclass: int) -> SpanClass:
    """The class of a span from the argument of its event."""
    if kindclass & 1:
        return SpanClass(heap=False)
    # runtime/mheap.go: a spanClass is the size class, and a bit that says there are no pointers.
    return SpanClass(heap=True, size_class=kindclass >> 2, has_pointers=not kindclass >> 1 & 1)


def stack_bytes(order: int) -> int:
    """The size of a goroutine stack from the argument of its event: bits.Len of the size."""
    return 1 << order >> 1


def read_allocfree(
    batches: Iterable[ExperimentalBatch], *, name: str = "<trace>"
) -> AllocFreeTables:
    """The tables in the experimental batches of a trace; other experiments are passed over.

    Raises `FormatError` for a batch that is not as the runtime writes it.
    """
    info = None
    types: dict[int, dict[int, AllocFreeType]] = {}
    for batch in batches:
        if batch.experiment != ALLOC_FREE:
            continue
        payload = _Payload(batch, name)
        kind = payload.number("a kind of batch")
        if kind == _INFO:
            found = _read_info(payload)
            if info not in (None, found):
                raise payload.error("a second info batch that says otherwise")
            info = found
        elif kind == _TYPES:
            _read_types(payload, types.setdefault(batch.generation, {}))
        else:
            raise payload.error(f"expected {_TYPES} (types) or {_INFO} (info), found {kind}")
    return AllocFreeTables(info, types)


def _read_info(payload: _Payload) -> AllocFreeInfo:
    names = "the heap's address", "a page size", "an object alignment", "a stack size"
    address, *units = [payload.number(what) for what in names]
    for what, unit in zip(names[1:], units, strict=True):
        if unit == 0:
            raise payload.error(f"expected {what} above 0")
    if payload.rest:
        raise payload.error(f"expected the end of the info batch, found {payload.rest} more bytes")
    return AllocFreeInfo(address, *units)


def _read_types(payload: _Payload, types: dict[int, AllocFreeType]) -> None:
    while payload.rest:
        type_id = payload.number("a type's id")
        address = payload.number("a type's address")
        size = payload.number("a type's size")
        pointers = payload.number("a type's pointer bytes")
        name = payload.text(payload.number("the length of a type's name"))
        if type_id == 0 or type_id in types:
            raise payload.error(f"expected a type's id not seen yet, found {type_id}")
        types[type_id] = AllocFreeType(type_id, address, size, pointers, name)


class _Payload:
    """Reads the bytes of one batch."""

    def __init__(self, batch: ExperimentalBatch, name: str) -> None:
        self._bytes = batch.payload
        self._at = 0
        self._where = f"experimental batch of generation {batch.generation}"
        self._name = name

    @property
    def rest(self) -> int:
        """Bytes not read yet."""
        return len(self._bytes) - self._at

    def number(self, what: str) -> int:
        """The next number, unsigned LEB128."""
        start = self._at
        value = 0
        for shift, byte in enumerate(self._bytes[start : start + _MAX_UVARINT_BYTES]):
            value |= (byte & 0x7F) << 7 * shift
            if byte < 0x80:
                self._at = start + shift + 1
                return value % (1 << 64)
        found = "the end" if self.rest < _MAX_UVARINT_BYTES else "a number of more than 64 bits"
        raise self.error(f"expected {what}, found {found}")

    def text(self, size: int) -> str:
        """The next bytes as text."""
        if size > self.rest:
            raise self.error(f"expected a name of {size} bytes, found {self.rest}")
        data = self._bytes[self._at : self._at + size]
        self._at += size
        return data.decode(errors="replace")

    def error(self, problem: str) -> FormatError:
        return FormatError(self._name, problem, position=f"{self._where}, byte {self._at}")
