"""`Profile` to bytes, the inverse of the reader."""

from __future__ import annotations

import gzip
from collections import defaultdict
from dataclasses import dataclass, field

from growwork.formats.pprof.types import Mapping, Profile, ValueType
from growwork.formats.protobuf import bytes_field, number_field, packed_field

__all__ = ["write_profile"]

# A frame: (pc, function, file, line, inlined, start line, mapping)
_Frame = tuple[int, str, str, int, bool, int, int | None]


def write_profile(profile: Profile, *, compress: bool = True) -> bytes:
    """The profile as protobuf, gzipped unless `compress` is false; the same for the same input."""
    message = _Message()
    stacks = _stacks(profile)
    labels = _labels(profile)
    out = [bytes_field(1, message.value_type(kind)) for kind in profile.sample_types]
    ids, stack_ids, *values = (
        profile.samples.column(name).to_pylist()
        for name in ("sample_id", "stack_id", *profile.value_columns)
    )
    for position, sample_id in enumerate(ids):
        locations = [message.location(frames) for frames in stacks[stack_ids[position]]]
        out.append(
            bytes_field(
                2,
                packed_field(1, locations)
                # Zeros too: the reader counts the values.
                + packed_field(2, [column[position] for column in values])
                + b"".join(message.label(*label) for label in labels[sample_id]),
            )
        )
    out += [bytes_field(3, message.mapping(index, it)) for index, it in enumerate(profile.mappings)]
    header = message.header(profile)
    out += message.records
    out += [bytes_field(6, text.encode()) for text in message.strings]
    encoded = b"".join(out) + header
    return gzip.compress(encoded, mtime=0) if compress else encoded


@dataclass(slots=True)
class _Message:
    """The records that samples refer to, numbered as they are first needed."""

    strings: dict[str, int] = field(default_factory=lambda: {"": 0})
    functions: dict[tuple[str, str, int], int] = field(default_factory=dict)
    locations: dict[tuple[_Frame, ...], int] = field(default_factory=dict)
    records: list[bytes] = field(default_factory=list)

    def text(self, value: str) -> int:
        return self.strings.setdefault(value, len(self.strings))

    def value_type(self, kind: ValueType) -> bytes:
        return number_field(1, self.text(kind.type)) + number_field(2, self.text(kind.unit))

    def location(self, frames: tuple[_Frame, ...]) -> int:
        known = self.locations.get(frames)
        if known is not None:
            return known
        self.locations[frames] = number = len(self.locations) + 1
        pc, mapping = frames[0][0], frames[0][6]
        lines = b"".join(
            bytes_field(
                4,
                number_field(1, self.function(function, file, start_line)) + number_field(2, line),
            )
            for _, function, file, line, _, start_line, _ in frames
            if len(frames) > 1 or function or file or line
        )
        mapping_id = 0 if mapping is None else mapping + 1
        head = number_field(1, number) + number_field(2, mapping_id) + number_field(3, pc)
        self.records.append(bytes_field(4, head + lines))
        return number

    def function(self, name: str, file: str, start_line: int) -> int:
        if not name and not file:
            return 0
        key = (name, file, start_line)
        known = self.functions.get(key)
        if known is not None:
            return known
        self.functions[key] = number = len(self.functions) + 1
        texts = number_field(2, self.text(name)) + number_field(3, self.text(name))
        texts += number_field(4, self.text(file)) + number_field(5, start_line)
        self.records.append(bytes_field(5, number_field(1, number) + texts))
        return number

    def label(self, key: str, text: str | None, number: int | None, unit: str) -> bytes:
        value = number_field(3, number or 0) if text is None else number_field(2, self.text(text))
        return bytes_field(
            3, number_field(1, self.text(key)) + value + number_field(4, self.text(unit))
        )

    def mapping(self, index: int, mapping: Mapping) -> bytes:
        return (
            number_field(1, index + 1)
            + number_field(2, mapping.start)
            + number_field(3, mapping.limit)
            + number_field(4, mapping.offset)
            + number_field(5, self.text(mapping.file))
            + number_field(6, self.text(mapping.build_id))
            + number_field(7, int(mapping.has_functions))
        )

    def header(self, profile: Profile) -> bytes:
        period_type = profile.period_type
        return (
            number_field(7, self.text(profile.drop_frames))
            + number_field(8, self.text(profile.keep_frames))
            + number_field(9, profile.time_ns)
            + number_field(10, profile.duration_ns)
            + (bytes_field(11, self.value_type(period_type)) if period_type else b"")
            + number_field(12, profile.period)
            + packed_field(13, map(self.text, profile.comments))
            + number_field(14, self.text(profile.default_sample_type))
            + number_field(15, self.text(profile.doc_url))
        )


def _stacks(profile: Profile) -> dict[int, list[tuple[_Frame, ...]]]:
    """Each stack as locations: an inlined frame shares its location with the next one."""
    stacks: dict[int, list[tuple[_Frame, ...]]] = defaultdict(list)
    pending: list[_Frame] = []
    names = ("stack_id", "pc", "function", "file", "line", "inlined", "start_line", "mapping")
    table = profile.frames.sort_by([("stack_id", "ascending"), ("depth", "ascending")])
    columns = (table.column(name).to_pylist() for name in names)
    for stack_id, *frame in zip(*columns, strict=True):
        pending.append((frame[0], frame[1], frame[2], frame[3], frame[4], frame[5], frame[6]))
        if not frame[4]:
            stacks[stack_id].append(tuple(pending))
            pending.clear()
    return stacks


def _labels(profile: Profile) -> dict[int, list[tuple[str, str | None, int | None, str]]]:
    labels: dict[int, list[tuple[str, str | None, int | None, str]]] = defaultdict(list)
    columns = (profile.labels.column(name).to_pylist() for name in profile.labels.column_names)
    for sample_id, key, text, number, unit in zip(*columns, strict=True):
        labels[sample_id].append((key, text, number, unit))
    return labels
