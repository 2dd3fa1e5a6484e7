"""The text twin of the wire format, as Go's own tests write it (internal/trace/raw).

The first line is `Trace Go1.NN`; then one event per line, `Name arg=value …`, arguments in the
order of the table and `dt` first. `#` begins a comment. The bytes of a String stand on a line
`data="…"` after it, the frames of a Stack on one line each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from growwork.core.errors import FormatError
from growwork.formats.gotrace.spec import FORMATS, EventSpec, events_of, format_of
from growwork.formats.gotrace.writer import encode_header, encode_uvarint

__all__ = ["quote_data", "read_text"]

_SMALL = [encode_uvarint(value) for value in range(0x80)]  # most numbers are
_FRAME_ARGS = ("pc", "func", "file", "line")
_HEADER = re.compile(r"Trace\s+Go1\.(\d+)\s*(?:#.*)?$")
_DATA = re.compile(r'\s*data\s*=\s*"(.*)"\s*$')
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)")
_SIMPLE_ESCAPES = {
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
    b"\\": b"\\",
    b"'": b"'",
    b'"': b'"',
}


_QUOTES = {ord(byte.decode()): f"\\{code.decode()}" for code, byte in _SIMPLE_ESCAPES.items()}
del _QUOTES[ord("'")]


def quote_data(data: bytes) -> str:
    """Bytes as a Go string literal, as Go's strconv.Quote writes it."""
    text = data.decode(errors="surrogateescape")
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return f'"{"".join(map(_quote, text))}"'


def _quote(char: str) -> str:
    code = ord(char)
    if code in _QUOTES:
        return _QUOTES[code]
    if char.isprintable():
        return char
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no part of a character
        return f"\\x{code - 0xDC00:02x}"
    if code < ord(" ") or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"


def read_text(text: str, *, name: str = "<text>") -> bytes:
    """The bytes of a trace in text form; `FormatError` names the line it cannot read."""
    lines = _Lines(text, name)
    first = next(lines, "")
    header = _HEADER.match(first.strip())
    known = {row.number for row in FORMATS}
    if header is None or int(header[1]) not in known:
        raise lines.error(f"expected `Trace Go1.NN`, found {first!r}")
    number = int(header[1])
    specs = {spec.name: spec for spec in events_of(format_of(number))}
    out = bytearray(encode_header(number))
    for line in lines:
        event, _, rest = line.partition(" ")
        if event not in specs:
            raise lines.error(f"unidentified event {event!r}")
        out += _encode(specs[event], rest, lines)
    return bytes(out)


def _encode(spec: EventSpec, rest: str, lines: _Lines) -> bytes:
    numbers = lines.args(rest, spec.args)
    if spec.is_stack:
        frames = [lines.args(lines.follow(spec), _FRAME_ARGS) for _ in range(numbers[1])]
        numbers += [number for frame in frames for number in frame]
    encoded = [_SMALL[value] if value < len(_SMALL) else encode_uvarint(value) for value in numbers]
    out = bytes((spec.type,)) + b"".join(encoded)
    if spec.has_data:
        data = lines.data(lines.follow(spec))
        out += encode_uvarint(len(data)) + data
    return out


class _Lines:
    """The lines that say something, with the number of the current one for errors."""

    def __init__(self, text: str, name: str) -> None:
        self._lines = enumerate(text.splitlines(), start=1)
        self._number = 0
        self._name = name

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for number, line in self._lines:
            self._number = number
            stripped = line.strip()
            if stripped and stripped[0] != "#":
                return stripped
        raise StopIteration

    def error(self, problem: str) -> FormatError:
        return FormatError(self._name, problem, position=f"line {self._number}")

    def follow(self, spec: EventSpec) -> str:
        """The line that must follow."""
        line = next(self, None)
        if line is None:
            raise self.error(f"the text ends inside {spec.name}")
        return line

    def args(self, text: str, names: tuple[str, ...]) -> list[int]:
        """The values of `names` in `text`, which holds exactly these, in order."""
        found = _args_pattern(names).match(text)
        if found is None:
            problem = f"expected {' '.join(names) or 'no arguments'} as decimal numbers"
            raise self.error(f"{problem}, found {text.strip()!r}")
        return [int(value) for value in found.groups()]

    def data(self, line: str) -> bytes:
        """The bytes of a `data="…"` line."""
        quoted = _DATA.match(line)
        if quoted is None:
            raise self.error(f'expected `data="…"`, found {line.strip()!r}')
        try:
            return _ESCAPE.sub(_unescape, quoted[1].encode())
        except (ValueError, OverflowError) as error:  # as Go does
            raise self.error(f"cannot unquote {quoted[1]!r}: {error}") from None


@cache
def _args_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    args = r"\s+".join(rf"{name}=(\d{{1,20}})" for name in names)
    return re.compile(rf"\s*{args}\s*(?:#.*)?$", re.ASCII)


def _unescape(escape: re.Match[bytes]) -> bytes:
    code = escape[1]
    if code in _SIMPLE_ESCAPES:
        return _SIMPLE_ESCAPES[code]
    if code[:1] == b"x":
        return bytes([int(code[1:], 16)])
    if code[:1] in b"uU":
        return chr(int(code[1:], 16)).encode()
    return bytes([int(code, 8)])
