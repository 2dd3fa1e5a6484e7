"""The JSON Schemas (draft 2020-12) of growwork's documents, shipped with the package.

`growwork/diagnosis/1` is described by the schema whose `$id` is `urn:growwork:diagnosis:1`.
Schemas refer to each other by `$id`, so a validator needs all of them: `load_schemas()`.
"""

from __future__ import annotations

import json
from importlib.resources import files

from growwork.core.errors import UsageError
from growwork.report.encoding import JsonObject

__all__ = ["load_schema", "load_schemas", "schema_names"]

_SUFFIX = ".schema.json"


def schema_names() -> tuple[str, ...]:
    """The names there are, such as `diagnosis`."""
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


def load_schema(name: str) -> JsonObject:
    """The schema of one document; `UsageError` when there is none of that name."""
    resource = files(__name__) / f"{name}{_SUFFIX}"
    if not resource.is_file():
        known = ", ".join(schema_names())
        raise UsageError(f"there is no schema {name!r}", remedy=f"there are {known}")
    schema: JsonObject = json.loads(resource.read_text(encoding="utf-8"))
    return schema


def load_schemas() -> tuple[JsonObject, ...]:
    """Every schema."""
    return tuple(load_schema(name) for name in schema_names())
