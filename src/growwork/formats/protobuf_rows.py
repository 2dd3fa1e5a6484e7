"""Protocol buffer messages by the column: many messages of one shape, encoded by numpy.

Every field is a matrix of bytes with one column per message and a mask of those that are there;
a message is its fields one below the other. A field inside another message is the same again
with a length before it. Read down by its mask, column after column, the matrix is the encoded
messages: a few numpy calls for thousands of messages instead of a dozen Python calls for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from growwork.formats.protobuf import varint

__all__ = ["Mask", "Rows", "constant_rows", "joined", "message_rows", "number_rows"]

Mask: TypeAlias = npt.NDArray[np.bool_]

_VARINT = 0
_BYTES = 2


@dataclass(frozen=True, slots=True)
class Rows:
    """Bytes of n messages or parts of them: matrices of n columns that belong one below the other.

    Of each matrix the mask says which bytes are written; both have shape (height, n). They are
    joined only when they are encoded, however deep a message is nested.
    """

    parts: tuple[tuple[npt.NDArray[np.uint8], Mask], ...]

    def encode(self) -> bytes:
        """The bytes of all messages, one after the other."""
        data = np.concatenate([data for data, _ in self.parts])
        there = np.concatenate([there for _, there in self.parts])
        written: npt.NDArray[np.uint8] = np.ascontiguousarray(data.T)[np.ascontiguousarray(there.T)]
        return written.tobytes()

    def lengths(self) -> npt.NDArray[np.int64]:
        """The number of bytes of each message; shape (n,)."""
        total = np.zeros(self.parts[0][0].shape[1], np.int64)
        for _, there in self.parts:
            total += there.sum(axis=0, dtype=np.uint8)
        return total

    def where(self, there: Mask | None) -> Rows:
        """The same for messages that `there` marks, and nothing for the others."""
        if there is None:
            return self
        return Rows(tuple((data, mask & there) for data, mask in self.parts))


def number_rows(number: int, values: npt.NDArray[np.integer], there: Mask | None = None) -> Rows:
    """A numeric field with one value per message; negative ones as 64-bit two's complement.

    Messages that `there` leaves out do not have the field. Zeros are written.
    """
    tag = constant_rows(len(values), varint(number << 3 | _VARINT))
    return joined(tag, _varints(values)).where(there)


def message_rows(number: int, rows: Rows, there: Mask | None = None) -> Rows:
    """A message field whose content is `rows`, under the same rule for `there`."""
    lengths = rows.lengths()
    tag = constant_rows(len(lengths), varint(number << 3 | _BYTES))
    return joined(tag, _varints(lengths), rows).where(there)


def constant_rows(count: int, data: bytes) -> Rows:
    """The same bytes in every message."""
    column = np.frombuffer(data, dtype=np.uint8)
    shape = (len(column), count)
    return Rows(((np.broadcast_to(column[:, None], shape), np.ones(shape, dtype=np.bool_)),))


def joined(*rows: Rows) -> Rows:
    """These one below the other; all have the same number of messages."""
    return Rows(tuple(part for one in rows for part in one.parts))


def _varints(values: npt.NDArray[np.integer]) -> Rows:
    wide = values.astype(np.uint64)
    height = max(1, (int(wide.max(initial=0)).bit_length() + 6) // 7)
    rest = wide >> np.arange(0, 7 * height, 7, dtype=np.uint64)[:, None]
    there = rest != 0
    there[0] = True
    data = (rest & np.uint64(0x7F)).astype(np.uint8)
    data[:-1] |= there[1:].astype(np.uint8) << np.uint8(7)
    return Rows(((data, there),))
