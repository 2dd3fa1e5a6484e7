"""Names, frames and call stacks, each written once and referred to by number from then on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from growwork.formats.perfetto.spec import (
    CallstackField,
    FrameField,
    InternedDataField,
    InternedStringField,
    MappingField,
)
from growwork.formats.perfetto.types import CallFrame
from growwork.formats.protobuf import bytes_field, number_field

__all__ = ["Interning"]

# Perfetto wants every frame in a mapping; all that is known of it is that it is the program.
_MAPPING = 1


@dataclass(slots=True)
class Interning:
    """Numbers from 1 per kind of text; `take()` gives what was numbered since the last call."""

    _numbers: dict[InternedDataField, dict[str, int]] = field(default_factory=dict)
    _frames: dict[CallFrame, int] = field(default_factory=dict)
    _stacks: set[int] = field(default_factory=set)
    _pending: list[bytes] = field(default_factory=list)

    def event_name(self, text: str) -> int:
        """The number of a slice's or instant's name."""
        return self._text(InternedDataField.EVENT_NAMES, text)

    def argument_name(self, text: str) -> int:
        """The number of an argument's name."""
        return self._text(InternedDataField.DEBUG_ANNOTATION_NAMES, text)

    def has_stack(self, number: int) -> bool:
        """Whether a stack of this number is known."""
        return number in self._stacks

    def stack(self, number: int, frames: Iterable[CallFrame]) -> None:
        """Give a stack, leaf first, its number: the caller's own, not 0."""
        if number in self._stacks:
            return
        if not self._stacks:
            path = self._text(InternedDataField.MAPPING_PATHS, "program")
            entry = number_field(MappingField.IID, _MAPPING)
            entry += number_field(MappingField.PATH_STRING_IDS, path)
            self._pending.append(bytes_field(InternedDataField.MAPPINGS, entry))
        self._stacks.add(number)
        # Perfetto's order is from the root.
        numbers = [self._frame(frame) for frame in reversed(list(frames))]
        entry = number_field(CallstackField.IID, number)
        entry += b"".join(number_field(CallstackField.FRAME_IDS, one) for one in numbers)
        self._pending.append(bytes_field(InternedDataField.CALLSTACKS, entry))

    def take(self) -> bytes:
        """The content of an `InternedData` message; empty when nothing is new."""
        data = b"".join(self._pending)
        self._pending.clear()
        return data

    def _frame(self, frame: CallFrame) -> int:
        known = self._frames.get(frame)
        if known is not None:
            return known
        self._frames[frame] = number = len(self._frames) + 1
        entry = number_field(FrameField.IID, number)
        function = self._text(InternedDataField.FUNCTION_NAMES, frame.function)
        entry += number_field(FrameField.FUNCTION_NAME_ID, function)
        entry += number_field(FrameField.MAPPING_ID, _MAPPING)
        source = self._text(InternedDataField.SOURCE_PATHS, frame.file)
        entry += number_field(FrameField.SOURCE_PATH_IID, source)
        entry += number_field(FrameField.LINE_NUMBER, frame.line)
        self._pending.append(bytes_field(InternedDataField.FRAMES, entry))
        return number

    def _text(self, kind: InternedDataField, text: str) -> int:
        numbers = self._numbers.setdefault(kind, {})
        known = numbers.get(text)
        if known is not None:
            return known
        numbers[text] = number = len(numbers) + 1
        entry = number_field(InternedStringField.IID, number)
        entry += bytes_field(InternedStringField.STR, text.encode())
        self._pending.append(bytes_field(kind, entry))
        return number
