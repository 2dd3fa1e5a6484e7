"""Understand `go run|test|build …`: flags, packages, and where the program's arguments start.

The flags are those of `go help build`, `go help run` and `go help test`. A flag that is not
known ends the packages of `go test`, as it does for the go command.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from growwork.core.errors import UsageError

__all__ = ["GoCommand", "is_go_command", "parse_go_command"]

VERBS = ("run", "test", "build")


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BOOLEAN = _names(
    """a artifacts asan benchmem buildvcs c cover failfast fullpath json linkshared modcacherw
    msan n race short trimpath v work x"""
)
_WITH_VALUE = _names(
    """C asmflags bench benchtime blockprofile blockprofilerate buildmode compiler count covermode
    coverpkg coverprofile cpu cpuprofile exec fuzz fuzzminimizetime fuzztime gccgoflags gcflags
    installsuffix ldflags list memprofile memprofilerate mod modfile mutexprofile
    mutexprofilefraction o outputdir overlay p parallel pgo pkgdir run shuffle skip tags timeout
    toolexec trace vet"""
)
# What decides which files a package has; `go list` gets these.
_LISTING = ("tags", "mod", "modfile", "race", "msan", "asan", "buildvcs", "compiler")


@dataclass(frozen=True, slots=True)
class GoCommand:
    """One parsed command line, without the leading `go`."""

    verb: str
    flags: tuple[tuple[str, str | None], ...]  # name without dashes, value; None: bare boolean
    packages: tuple[str, ...]  # import paths and patterns, or Go files
    rest: tuple[str, ...]  # arguments of the program or of the test binary

    def value(self, name: str) -> str | None:
        """The last value of a flag; None when it is not given."""
        found = None
        for flag, value in self.flags:
            if flag == name:
                found = "true" if value is None else value
        return found

    def has(self, name: str) -> bool:
        """Whether a flag is given and not switched off."""
        return self.value(name) not in (None, "false", "0")

    def without(self, *names: str) -> GoCommand:
        """The same command without these flags."""
        return replace(self, flags=tuple(flag for flag in self.flags if flag[0] not in names))

    def flag_words(self) -> list[str]:
        """The flags as words, in their order."""
        return [_word(name, value) for name, value in self.flags]

    def listing_words(self) -> list[str]:
        """The flags that `go list` needs to see the same files."""
        return [_word(name, value) for name, value in self.flags if name in _LISTING]

    @property
    def files(self) -> bool:
        """Whether the package is given as a list of Go files."""
        return bool(self.packages) and self.packages[0].endswith(".go")

    def directory(self, cwd: Path) -> Path:
        """Where the go command works: `cwd`, or what -C says."""
        changed = self.value("C")
        return cwd / changed if changed else cwd


def is_go_command(command: Sequence[str]) -> bool:
    """Whether a command line is `go run`, `go test` or `go build`."""
    return len(command) >= 2 and Path(command[0]).name == "go" and command[1] in VERBS


def parse_go_command(command: Sequence[str]) -> GoCommand:
    """Parse `go VERB …`.

    Raises `UsageError` for a flag without its value and for what growwork cannot record.
    """
    verb, words = command[1], list(command[2:])
    flags: list[tuple[str, str | None]] = []
    packages: list[str] = []
    while words:
        word = words[0]
        if word in ("--", "-args", "--args") or (word.startswith("-") and word != "-"):
            flag = _take_flag(words)
            if flag is None:
                break
            flags.append(flag)
        elif (
            verb == "run"
            and packages
            and not (packages[0].endswith(".go") and word.endswith(".go"))
        ):
            break
        else:
            packages.append(words.pop(0))
        if verb == "run" and packages and words and words[0].startswith("-"):
            break  # behind its package, everything belongs to the program
    parsed = GoCommand(verb, tuple(flags), tuple(packages), tuple(words))
    _refuse(parsed)
    return parsed


def _take_flag(words: list[str]) -> tuple[str, str | None] | None:
    """Take one known flag off the front; None leaves an unknown one, or `-args`, there."""
    name, equals, value = words[0].lstrip("-").partition("=")
    short = name.removeprefix("test.")
    if short in _BOOLEAN:
        words.pop(0)
        return name, value if equals else None
    if short not in _WITH_VALUE:
        return None
    words.pop(0)
    if equals:
        return name, value
    if not words:
        raise UsageError(f"go flag -{name} needs a value")
    return name, words.pop(0)


def _refuse(command: GoCommand) -> None:
    for flag in ("exec", "toolexec", "n"):
        if command.has(flag):
            raise UsageError(
                f"`go {command.verb} -{flag}` cannot be recorded",
                remedy=f"leave -{flag} out: growwork starts the program itself",
            )
    for package in command.packages:
        if "@" in package:
            raise UsageError(
                f"{package} is built from the module cache, which an overlay must not touch",
                remedy="get its source tree and record it there",
            )
    if command.verb == "run" and not command.packages:
        raise UsageError("`go run` names no package", remedy="for example: -- go run ./cmd/shop")


def _word(name: str, value: str | None) -> str:
    return f"-{name}" if value is None else f"-{name}={value}"
