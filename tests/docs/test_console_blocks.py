"""The console blocks of the documentation are run, in order, in a copy of storefront.

A block is a list of commands, `$ growwork …`, each followed by what it prints on stdout and
stderr; `...` stands for anything. A command without output must print nothing.
"""

from __future__ import annotations

import doctest
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from growwork.gocode import module_dir

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in (ROOT / "README.md", *ROOT.glob("docs/*.md"))
    if "```console" in page.read_text(encoding="utf-8")
)
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LONG = "growwork demo"  # has a test of its own; its output in the README is only looked at


@dataclass(frozen=True, slots=True)
class Step:
    command: str
    expected: str
    line: int


def steps_of(page: Path) -> list[Step]:
    text = page.read_text(encoding="utf-8")
    steps = []
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1)) + 1
        for part in re.split(r"^(?=\$ )", block.group(1), flags=re.MULTILINE):
            command, _, expected = part.removeprefix("$ ").partition("\n")
            if command:
                steps.append(Step(command, expected, first))
    return steps


@pytest.mark.needs_go
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_console_blocks_print_what_they_say(page: Path, tmp_path: Path) -> None:
    source = tmp_path / "storefront"
    shutil.copytree(module_dir("storefront"), source)
    checker = doctest.OutputChecker()
    steps = [step for step in steps_of(page) if step.command.startswith("growwork ")]
    assert steps
    for step in steps:
        if step.command.startswith(_LONG):
            continue
        argv = [sys.executable, "-m", *shlex.split(step.command)]
        done = subprocess.run(
            argv,
            cwd=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        # Runs of blanks are one: column widths follow the numbers in them.
        same = checker.check_output(
            step.expected, done.stdout, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        )
        assert same, f"{page.name}:{step.line}: $ {step.command}\n{done.stdout}"
