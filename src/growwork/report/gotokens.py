"""Go source as lines of classified tokens, for colouring an excerpt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pygments.lexers.go import GoLexer
from pygments.token import Token, _TokenType, is_token_subtype

__all__ = ["GoToken", "tokenise_lines"]

# Few classes on purpose: an excerpt is read for its one marked line.
_CLASSES = (
    (Token.Comment, "c"),
    (Token.Literal.String, "s"),
    (Token.Literal.Number, "n"),
    (Token.Keyword, "k"),
    (Token.Name.Builtin, "k"),
)


@dataclass(frozen=True, slots=True)
class GoToken:
    """A piece of a line; `klass` is `c`, `s`, `n`, `k` or empty."""

    text: str
    klass: str


def tokenise_lines(lines: Sequence[str]) -> tuple[tuple[GoToken, ...], ...]:
    """The tokens of each line, tabs as blanks; source that is not Go comes back as it is."""
    rows: list[list[GoToken]] = [[]]
    for kind, text in GoLexer(stripnl=False, ensurenl=False).get_tokens(
        "\n".join(line.expandtabs(4) for line in lines)
    ):
        for number, part in enumerate(text.split("\n")):
            if number:
                rows.append([])
            if part:
                rows[-1].append(GoToken(part, _classify(kind)))
    return tuple(tuple(row) for row in rows)


def _classify(kind: _TokenType) -> str:
    return next((name for parent, name in _CLASSES if is_token_subtype(kind, parent)), "")
