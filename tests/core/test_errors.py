"""The error tree is the one its docstring draws."""

from __future__ import annotations

import re

from growwork.core import errors


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    doc = errors.__doc__
    assert doc is not None
    drawn = set(re.findall(r"(\w*(?:Error|Input|Version))\b", doc.split("```")[1]))
    assert drawn == set(errors.__all__)


def test_exit_codes_are_those_of_the_docstring() -> None:
    doc = errors.__doc__ or ""
    for name, code in re.findall(r"(\w+Error)\s+exit (\d)", doc):
        assert getattr(errors, name).exit_code == int(code)
    assert errors.TruncatedInput.exit_code == errors.FormatError.exit_code


def test_messages_name_source_position_and_remedy() -> None:
    error = errors.FormatError(
        "a.trace", "expected a batch, found 0xff", position="offset 17", remedy="record it again"
    )
    assert str(error) == "a.trace, offset 17: expected a batch, found 0xff; record it again"
