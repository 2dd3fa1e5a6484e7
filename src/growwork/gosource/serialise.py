"""Source facts as JSON, `growwork/source-facts/1`: what sitefacts prints and a recording keeps.

`facts_from_json(facts_to_json(facts)) == facts`. Keys are the field names of
`growwork.gosource.types`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import TypeAlias, get_args, get_origin, get_type_hints

from growwork.core.errors import FormatError, UnsupportedVersion
from growwork.gosource.types import SourceFacts

__all__ = ["SCHEMA", "Json", "facts_from_json", "facts_to_json", "read_facts", "write_facts"]

SCHEMA = "growwork/source-facts/1"

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def write_facts(facts: SourceFacts) -> str:
    """The document as text: sorted as the facts are, byte-stable, with a final newline."""
    return json.dumps(facts_to_json(facts), ensure_ascii=False, separators=(",", ":")) + "\n"


def read_facts(text: str | bytes, *, source: str) -> SourceFacts:
    """Read the document; `source` names the file in a `FormatError`."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise FormatError(source, f"not a JSON document: {error}") from error
    return facts_from_json(document, source=source)


def facts_to_json(facts: SourceFacts) -> dict[str, Json]:
    """The facts as a JSON object."""
    document = _dump(facts)
    assert isinstance(document, dict)
    return {"schema": SCHEMA, **document}


def facts_from_json(document: Json, *, source: str) -> SourceFacts:
    """The facts of a JSON object; `FormatError` names the value that is missing or does not fit."""
    if not isinstance(document, dict):
        raise FormatError(source, f"expected an object with schema {SCHEMA}")
    if document.get("schema") != SCHEMA:
        raise UnsupportedVersion(
            source, f"schema is {document.get('schema')!r}, expected {SCHEMA!r}"
        )
    try:
        facts = _load(SourceFacts, document, "$")
    except _WrongShape as error:
        path, expected = error.args
        raise FormatError(source, f"expected {expected}", position=path) from None
    assert isinstance(facts, SourceFacts)
    return facts


def _dump(value: object) -> Json:
    """Dataclasses become objects, tuples lists, enums their values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _dump(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_dump(item) for item in value]
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"no JSON form for {type(value).__name__}")


def _load(hint: object, value: Json, path: str) -> object:
    """Build what a type hint asks for; `_WrongShape` names the value that does not fit."""
    if isinstance(hint, UnionType):
        wanted = next(kind for kind in get_args(hint) if kind is not NoneType)
        return None if value is None else _load(wanted, value, path)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise _WrongShape(path, "a list")
        wanted = get_args(hint)[0]
        return tuple(_load(wanted, item, f"{path}[{number}]") for number, item in enumerate(value))
    assert isinstance(hint, type)
    if issubclass(hint, Enum):
        try:
            return hint(value)
        except ValueError:
            allowed = ", ".join(str(member.value) for member in hint)
            raise _WrongShape(path, f"one of {allowed}") from None
    if is_dataclass(hint):
        if not isinstance(value, dict):
            raise _WrongShape(path, "an object")
        return hint(**{name: _member(value, name, kind, path) for name, kind in _hints(hint)})
    if type(value) is not hint:
        raise _WrongShape(path, f"a value of type {hint.__name__}")
    return value


def _member(item: Mapping[str, Json], name: str, kind: object, path: str) -> object:
    if name not in item:
        raise _WrongShape(f"{path}.{name}", "a value, found none")
    return _load(kind, item[name], f"{path}.{name}")


@cache
def _hints(kind: type) -> tuple[tuple[str, object], ...]:
    return tuple(get_type_hints(kind).items())


class _WrongShape(Exception):  # becomes a FormatError where the file's name is known
    """A value of the document that is not what its field holds."""
