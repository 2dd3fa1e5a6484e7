"""Values that several commands take: sizes and durations."""

from __future__ import annotations

import re

import click

from growwork.core.durations import parse_duration

__all__ = ["Duration", "Size"]

_UNITS = {"": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}


class Size(click.ParamType[int]):
    """`65536`, `64KiB`, `256MiB`."""

    name = "size"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+)\s*([kmg]ib|)b?", value.strip().lower())
        if found is None:
            self.fail(f"{value!r} is not a size such as 65536 or 64KiB", param, ctx)
        return int(found[1]) * _UNITS[found[2]]


class Duration(click.ParamType[int]):
    """`1.5s`, `200ms`, `1m30s`: nanoseconds, as Go writes them."""

    name = "duration"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_duration(value.strip())
        except ValueError as error:
            self.fail(str(error), param, ctx)
