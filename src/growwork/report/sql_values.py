"""Values of a query's result as JSON and as text.

Both are exact: whole decimals are integers, other decimals keep their digits as numbers do,
times are ISO 8601, intervals are in DuckDB's three parts, and bytes are hexadecimal.
"""

from __future__ import annotations

import datetime
import json
import math
from decimal import Decimal
from functools import singledispatch

import pyarrow as pa

from growwork.report.encoding import Json

__all__ = ["as_json", "as_text"]


@singledispatch
def as_json(value: object) -> Json:
    """A value that Arrow made of a column's cell, as JSON has it."""
    return str(value)


@as_json.register(bool)
@as_json.register(int)
@as_json.register(str)
@as_json.register(type(None))
def _plain(value: bool | int | str | None) -> Json:
    return value


@as_json.register(float)
def _float(value: float) -> Json:
    return value if math.isfinite(value) else None


@as_json.register(Decimal)
def _decimal(value: Decimal) -> Json:
    return int(value) if value == value.to_integral_value() else float(value)


@as_json.register(bytes)
def _bytes(value: bytes) -> Json:
    return value.hex()


@as_json.register(datetime.date)  # and of a moment, which is one, too
@as_json.register(datetime.time)
def _time(value: datetime.date | datetime.time) -> Json:
    return value.isoformat()


@as_json.register(pa.MonthDayNano)
def _interval(value: pa.MonthDayNano) -> Json:
    return {"months": value.months, "days": value.days, "nanoseconds": value.nanoseconds}


@as_json.register(list)
def _list(value: list[object]) -> Json:
    return [as_json(member) for member in value]


@as_json.register(dict)
def _struct(value: dict[object, object]) -> Json:
    return {str(key): as_json(member) for key, member in value.items()}


def as_text(value: object) -> str:
    """The same for a table or a CSV file; null is empty."""
    plain = as_json(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, str | int):
        return str(plain)
    return json.dumps(plain, ensure_ascii=False)
