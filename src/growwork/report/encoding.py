"""From result dataclasses to JSON values: one field, one member, in the order of the class.

Types whose shape scripts rely on have an encoder of their own; everything else is encoded
member by member, so that a field added to a result cannot be forgotten here. Numbers are
rounded to six decimals and whole floats become integers, which makes documents byte-stable
across platforms; a number that is not finite becomes null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import singledispatch
from typing import TextIO, TypeAlias

from growwork.analysis.types import Estimate, SiteCapacities
from growwork.gosource.types import DeleteLine, GrowthLine, MapSite, Position

__all__ = ["Json", "JsonObject", "encode", "encode_members", "write_document"]

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]

_DECIMALS = 6
_RENAMED = {"klass": "class"}  # `class` is a keyword of Python, and the word of the schema


def write_document(document: JsonObject, out: TextIO) -> None:
    """Write one indented document in ASCII with a final newline."""
    json.dump(document, out, indent=2, ensure_ascii=True, allow_nan=False)
    out.write("\n")


@singledispatch
def encode(value: object) -> Json:
    """Encode one value of a result.

    Raises `TypeError` for anything that is no result type, number, text or sequence.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return encode_members(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def encode_members(value: object) -> JsonObject:
    """All fields of a dataclass instance as an object."""
    assert is_dataclass(value)
    return {
        _RENAMED.get(field.name, field.name): encode(getattr(value, field.name))
        for field in fields(value)
    }


@encode.register(str)
@encode.register(bool)
@encode.register(int)
@encode.register(type(None))
def _encode_plain(value: str | bool | int | None) -> Json:
    return value


@encode.register
def _encode_float(value: float) -> Json:
    if not math.isfinite(value):
        return None
    rounded = round(value, _DECIMALS)
    return int(rounded) if rounded.is_integer() else rounded


@encode.register
def _encode_enum(value: Enum) -> Json:
    return encode(value.value)


@encode.register
def _encode_sequence(value: tuple) -> Json:  # type: ignore[type-arg] # dispatch needs the class
    return [encode(member) for member in value]


@encode.register
def _encode_position(value: Position) -> Json:
    return {"file": value.file, "line": value.line, "column": value.column}


@encode.register
def _encode_site(value: MapSite) -> Json:
    members = encode_members(value)
    del members["position"]
    # The six members scripts rely on come first.
    stable: JsonObject = {
        "file": value.position.file,
        "line": value.position.line,
        "function": value.function,
        "kind": value.kind.value,
        "key_type": value.key_type,
        "elem_type": value.elem_type,
        "column": value.position.column,
    }
    return stable | members


@encode.register(GrowthLine)
@encode.register(DeleteLine)
def _encode_line(value: GrowthLine | DeleteLine) -> Json:
    line: JsonObject = {
        "file": value.position.file,
        "line": value.position.line,
        "column": value.position.column,
        "function": value.function,
        "operation": value.operation,
        "sites": [{"file": site.file, "line": site.line} for site in value.sites],
    }
    if isinstance(value, GrowthLine):
        line["unknown"] = value.unknown_reason or None
    return line


@encode.register
def _encode_capacities(value: SiteCapacities) -> Json:
    return {
        "site": encode(value.site),
        "growth_lines": encode(value.growth_lines),
        "sampled_arrays": value.sampled_arrays,
        "maps": _encode_estimate(value.maps),
        "capacity": {
            "p50": value.p50,
            "p90": value.p90,
            "p95": value.p95,
            "p99": value.p99,
            "max": value.max,
        },
        "p95_interval": encode(value.p95_interval),
        "growth_garbage_bytes": encode(value.allocations.garbage_bytes),
        "levels": encode(value.levels),
        "allocations": encode(value.allocations),
        "source": value.source,
        "warnings": encode(value.warnings),
    }


def _encode_estimate(value: Estimate) -> JsonObject:
    return {
        "estimate": encode(value.value),
        "low": encode(value.low),
        "high": encode(value.high),
    }
