"""Typed access to parsed JSON: a wrong type is a `FormatError` that names file and member."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from growwork.core.errors import FormatError

__all__ = ["JsonObject", "parse_object"]


@dataclass(frozen=True, slots=True)
class JsonObject:
    """A JSON object and where it came from."""

    source: str
    path: str  # of this object within the file, empty at the top
    members: Mapping[str, object]

    def text(self, key: str) -> str:
        """A string member."""
        value = self.members.get(key)
        return value if isinstance(value, str) else self._fail(key, "a string")

    def optional_text(self, key: str) -> str | None:
        """A string member that may be null or absent."""
        return None if self.members.get(key) is None else self.text(key)

    def integer(self, key: str) -> int:
        """An integer member."""
        value = self.members.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return self._fail(key, "an integer")

    def optional_integer(self, key: str) -> int | None:
        """An integer member that may be null or absent."""
        return None if self.members.get(key) is None else self.integer(key)

    def boolean(self, key: str) -> bool:
        """A true or false member."""
        value = self.members.get(key)
        return value if isinstance(value, bool) else self._fail(key, "true or false")

    def texts(self, key: str) -> tuple[str, ...]:
        """A member that is a list of strings."""
        value = self.members.get(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._fail(key, "a list of strings")
        return tuple(value)

    def child(self, key: str) -> JsonObject:
        """An object member."""
        value = self.members.get(key)
        if not isinstance(value, dict):
            self._fail(key, "an object")
        return JsonObject(self.source, self._where(key), value)

    def children(self, key: str) -> Iterator[JsonObject]:
        """A member that is a list of objects."""
        value = self.members.get(key)
        if not isinstance(value, list):
            self._fail(key, "a list")
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                self._fail(f"{key}[{index}]", "an object")
            yield JsonObject(self.source, self._where(f"{key}[{index}]"), item)

    def _where(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _fail(self, key: str, expected: str) -> NoReturn:
        found = type(self.members.get(key)).__name__ if key in self.members else "nothing"
        raise FormatError(
            self.source,
            f"expected {expected}, found {found}",
            position=f"member {self._where(key)}",
        )


def parse_object(data: bytes, source: str) -> JsonObject:
    """Parse a file that must hold one JSON object; `FormatError` says where it does not."""
    try:
        value: object = json.loads(data)
    except UnicodeDecodeError as error:
        raise FormatError(source, "not UTF-8 text", position=f"offset {error.start}") from error
    except json.JSONDecodeError as error:
        raise FormatError(
            source, f"not JSON: {error.msg}", position=f"line {error.lineno} column {error.colno}"
        ) from error
    if not isinstance(value, dict):
        raise FormatError(source, "expected a JSON object", position="line 1")
    return JsonObject(source, "", value)
