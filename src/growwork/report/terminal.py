"""The terminal as the text renderers see it: a console of a known width, colour or none.

Markup and highlighting are off: type names hold brackets, and numbers are styled where they
are written. Environment variables are read here and nowhere else in `report`.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from growwork.report.short_forms import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "bar",
    "diff_lines",
    "open_console",
    "open_table",
    "print_heading",
    "print_more",
    "sparkline",
    "wrap_indented",
]

_NARROWEST = 40
_WIDEST = 132  # longer lines are hard to read
_PIPED = 100
_HEIGHT = 25  # nothing depends on it; without one, rich asks the system at every line
_BLOCKS = "▁▂▃▄▅▆▇█"


@contextmanager
def open_console(
    out: TextIO, width: int | None = None, color: bool | None = None
) -> Iterator[Console]:
    """A console whose output reaches `out` when the block ends.

    `width` None means the terminal's, or 100 columns for a pipe; `color` None means colour on a
    terminal unless NO_COLOR is set. What the stream's encoding cannot say becomes `?`.
    """
    if color is None:
        color = out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    buffer = io.StringIO()
    yield Console(
        file=buffer,
        width=_choose_width(out, width),
        height=_HEIGHT,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        markup=False,
        highlight=False,
        emoji=False,
    )
    # Tables pad their last column; a report in a file should not end lines in blanks.
    text = "\n".join(line.rstrip(" ") for line in buffer.getvalue().split("\n"))
    encoding = getattr(out, "encoding", None) or "utf-8"
    out.write(text.encode(encoding, "replace").decode(encoding))


def _choose_width(out: TextIO, width: int | None) -> int:
    if width is None:
        width = shutil.get_terminal_size().columns if out.isatty() else _PIPED
    return max(_NARROWEST, min(width, _WIDEST))


def print_heading(console: Console, title: str, remark: str = "") -> None:
    """A section's title."""
    console.print()
    line = Text(title, style="bold underline")
    if remark:
        line.append(f"  {remark}", style="dim not bold not underline")
    console.print(line)


def open_table(*columns: tuple[str, bool]) -> Table:
    """A table without lines; each column has a title and whether it holds numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for title, numeric in columns:
        table.add_column(title, justify="right" if numeric else "left", no_wrap=True)
    return table


def print_more(console: Console, count: int, noun: str) -> None:
    """How many rows were left out, if any."""
    if count > 0:
        text = f"  … {count_of(count, noun)} (--format json shows all)"
        console.print(Text(text, style="dim"))


def sparkline(values: Sequence[float]) -> str:
    """One block per value; a value above zero is never drawn as nothing."""
    top = max(values, default=0)
    if top <= 0:
        return ""
    last = len(_BLOCKS) - 1
    return "".join(
        _BLOCKS[max(0, min(last, round(value / top * last)))] if value > 0 else "·"
        for value in values
    )


def bar(value: float, top: float, width: int) -> str:
    """A horizontal bar of at most `width` cells; at least one cell above zero."""
    if value <= 0 or top <= 0:
        return ""
    return "█" * max(1, round(value / top * width))


def wrap_indented(console: Console, text: Text, indent: int, mark: str = "") -> None:
    """Print a paragraph with a hanging indent; `mark` stands in front of its first line."""
    width = console.width - indent - len(mark)
    for number, line in enumerate(text.wrap(console, max(width, 20))):
        lead = mark if number == 0 else " " * len(mark)
        line.rstrip()
        console.print(Text(" " * indent + lead).append_text(line), soft_wrap=True)


def diff_lines(diff: str) -> list[Text]:
    """The hunks of a unified diff, coloured; tabs become four blanks.

    The two lines that name the file are left out: the place stands above.
    """
    hunks = [line for line in diff.splitlines() if not line.startswith(("--- ", "+++ "))]
    return [Text(_expand(line), style=_STYLES.get(line[:1], "")) for line in hunks]


_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def _expand(line: str) -> str:
    """Tabs behind the diff's own mark, so that all lines move alike."""
    return line[:1] + line[1:].expandtabs(4)
