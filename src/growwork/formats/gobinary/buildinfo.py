"""The module text of build information, which `go version -m` prints too."""

from __future__ import annotations

from growwork.formats.gobinary.types import BuildInfo, Module

__all__ = ["parse_modules", "read_build_info"]


def read_build_info(text: str) -> BuildInfo:
    """Read the output of `go version -m FILE` for one file."""
    first, _, rest = text.partition("\n")
    version = first.rpartition(": ")[2].strip()
    return parse_modules(version, "\n".join(line.removeprefix("\t") for line in rest.splitlines()))


def parse_modules(version: str, text: str) -> BuildInfo:
    """The module text as the toolchain embeds it (runtime/debug, ParseBuildInfo)."""
    path = ""
    modules: list[tuple[str, Module]] = []
    settings: list[tuple[str, str]] = []
    for line in text.splitlines():
        kind, _, value = line.partition("\t")
        if kind == "path":
            path = value
        elif kind in ("mod", "dep"):
            modules.append((kind, _module(value)))
        elif kind == "=>" and modules:
            of, module = modules.pop()
            modules.append(
                (of, Module(module.path, module.version, module.sum, replaced_by=_module(value)))
            )
        elif kind == "build":
            name, _, setting = value.partition("=")
            settings.append((_unquote(name), _unquote(setting)))
    return BuildInfo(
        go_version=version,
        path=path,
        main=next((module for of, module in modules if of == "mod"), None),
        dependencies=tuple(module for of, module in modules if of == "dep"),
        settings=tuple(settings),
    )


def _module(columns: str) -> Module:
    path, version, checksum, *_ = (*columns.split("\t"), "", "", "")
    return Module(path, version, checksum)


def _unquote(text: str) -> str:
    """Settings with blanks, quotes or `=` are Go string literals."""
    if len(text) < 2 or text[0] != text[-1] or text[0] not in '"`':
        return text
    if text[0] == "`":
        return text[1:-1]
    return text[1:-1].replace('\\"', '"').replace("\\\\", "\\")
