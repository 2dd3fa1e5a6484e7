"""The `growwork` command group, its exit codes and its streams."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

import click

from growwork import __version__
from growwork.core.errors import GrowworkError

__all__ = ["Streams", "main"]

# name -> one line for `growwork --help`; the command itself is growwork.cli.<name>.command
COMMANDS = {
    "demo": "Record, diagnose, fix and re-measure the storefront demo service.",
    "record": "Record a Go program: trace, heap, CPU, GC log, metrics.",
    "diagnose": "Rank what is wrong in a recording, with costs and edits.",
    "trace": "Explain the spikes, pauses and mark assist of execution traces.",
    "sites": "List every map creation site and growth line of a module.",
    "sql": "Run SQL over the tables of a trace or recording.",
}

EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Streams:
    """Where a command writes: the result to `out`, everything else to `err`."""

    out: TextIO
    err: TextIO
    quiet: bool = False
    verbose: bool = False


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"growwork.cli.{cmd_name}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="growwork %(version)s")
@click.option("-q", "--quiet", is_flag=True, help="Print the result and errors only.")
@click.option("-v", "--verbose", is_flag=True, help="Say what is being done, and how.")
@click.pass_context
def _group(ctx: click.Context, quiet: bool, verbose: bool) -> None:
    """Find which Go maps cost memory, GC CPU and tail latency; fix them; prove it paid.

    Example: growwork record -o REC -- go run ./cmd/shop && growwork diagnose REC
    """
    ctx.obj = Streams(sys.stdout, sys.stderr, quiet=quiet, verbose=verbose)


def run(argv: Sequence[str], out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Run one command line and return its exit code: 0 clean, 1 findings, 2 usage, 3 tool."""
    out, err = out or sys.stdout, err or sys.stderr
    saved = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = out, err
    try:
        result = _group.main(list(argv), prog_name="growwork", standalone_mode=False)
    except GrowworkError as error:
        err.write(f"growwork: {error}\n")
        return error.exit_code
    except click.ClickException as error:
        error.show(err)
        return 2
    except (KeyboardInterrupt, click.Abort):
        err.write("growwork: interrupted\n")
        return EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # The reader of our stdout went away (`growwork … | head`): not an error of ours. click
        # makes a SystemExit of it, and of nothing else when it is not standalone.
        return 0
    finally:
        sys.stdout, sys.stderr = saved
    return result if isinstance(result, int) else 0


def main() -> None:
    """Entry point of the `growwork` script."""
    # numpy's linear algebra is not used here, but its threads would spin as soon as it is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left has no reader; without this the interpreter would complain at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
