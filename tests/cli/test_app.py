"""The command group: exit codes, streams, help, and how fast it starts."""

from __future__ import annotations

import importlib
import io
import subprocess
import sys

import click
import pytest

from growwork import __version__
from growwork.cli import app
from growwork.core.errors import FormatError, ToolError, UsageError


def run(*argv: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = app.run(argv, out, err)
    return code, out.getvalue(), err.getvalue()


def test_version_goes_to_stdout() -> None:
    assert run("--version") == (0, f"growwork {__version__}\n", "")


def test_help_names_every_command() -> None:
    code, out, _ = run("--help")
    assert code == 0
    for name in app.COMMANDS:
        assert f"  {name} " in out


@pytest.mark.parametrize("name", app.COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    code, out, err = run(name, "--help")
    assert (code, err) == (0, "")
    assert f"growwork {name}" in out.split("Example", 1)[1]


def test_unknown_command_is_a_usage_error() -> None:
    code, out, err = run("dignose")
    assert (code, out) == (2, "")
    assert "dignose" in err


def test_unknown_flag_is_a_usage_error() -> None:
    code, _, err = run("sites", "--no-such-flag")
    assert code == 2
    assert "--no-such-flag" in err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no such folder: x", remedy="name one that exists"), 2),
        (FormatError("x.trace", "not a trace", position="offset 0"), 2),
        (ToolError("go is missing"), 3),
    ],
)
def test_errors_become_one_line_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    @click.command()
    def command() -> None:
        raise error

    module = importlib.import_module("growwork.cli.sites")
    monkeypatch.setattr(module, "command", command)
    found, out, err = run("sites")
    assert (found, out) == (code, "")
    assert err == f"growwork: {error}\n"


def test_a_closed_pipe_is_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def command() -> None:
        raise BrokenPipeError

    monkeypatch.setattr(importlib.import_module("growwork.cli.sites"), "command", command)
    assert run("sites") == (0, "", "")


def test_a_reader_that_goes_away_is_not_an_error() -> None:
    """`growwork --help | head -c 1`, with a reader that is gone before anything is written."""
    process = subprocess.Popen(
        [sys.executable, "-m", "growwork", "trace", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")


def test_version_imports_nothing_heavy() -> None:
    """The start-up budget is a benchmark; that no bulk library is loaded for it is a fact."""
    script = (
        "import sys, io; from growwork.cli import app; app.run(['--version'], io.StringIO());"
        "print([m for m in ('pyarrow', 'numpy', 'rich', 'httpx', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
