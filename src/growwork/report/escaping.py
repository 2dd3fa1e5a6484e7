"""Untrusted text on a terminal: names in a trace may hold anything and be of any length."""

from __future__ import annotations

import unicodedata

__all__ = ["LONGEST", "clip_middle", "visible"]

LONGEST = 400  # characters of one name; a longer one is no name
# Control, format (bidirectional overrides among them), surrogate, private, line and paragraph ends.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str, longest: int = LONGEST) -> str:
    """The text on one line: what a terminal would obey or hide is written as an escape.

    The middle of what is too long becomes `…`.
    """
    if len(text) > longest:
        text = clip_middle(text, longest)
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _escape(character) if unicodedata.category(character) in _INVISIBLE else character
        for character in text
    )


def clip_middle(text: str, width: int) -> str:
    """Both ends of a text that is too long: of a function name, both tell something."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "replace").decode("ascii")
