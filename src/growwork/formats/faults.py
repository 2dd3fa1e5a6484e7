"""From the native decoders' faults to growwork's errors, with the input's name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from growwork._native import DecodeError
from growwork.core.errors import FormatError, TruncatedInput, UnsupportedVersion

__all__ = ["naming"]

_ERRORS: dict[str, type[FormatError]] = {
    "malformed": FormatError,
    "truncated": TruncatedInput,
    "unsupported": UnsupportedVersion,
}


@contextmanager
def naming(source: str, *, remedy: str | None = None) -> Iterator[None]:
    """Raise what a decoder finds wrong as the error for it, naming `source`."""
    try:
        yield
    except DecodeError as error:
        kind, position, problem = error.args
        raise _ERRORS[kind](source, problem, position=position or None, remedy=remedy) from None
