"""Values of a contract as SQL literals of the type they are compared with."""

from __future__ import annotations

import datetime
import math
import re
from decimal import Decimal
from typing import Any

from sqlglot import exp

from platform_core.audit.types import INTEGERS, NUMBERS, base_of

__all__ = ["bound", "typed"]

_ZONE = re.compile(r"(?:[Zz]|:[0-9.]+ ?[+-][0-9:]+)\Z")


def typed(value: Any, type_: str) -> exp.Expr:
    """Return `value` as a literal of the DuckDB type `type_`; DuckDB itself reads dates, times and the like."""
    base = base_of(type_)
    if isinstance(value, bool):
        value = "true" if value else "false"
    if base in NUMBERS and isinstance(value, (int, float, Decimal)):
        return _number(value)
    text = value.isoformat(" ") if isinstance(value, datetime.datetime) else str(value)
    if base == "TIMESTAMP WITH TIME ZONE" and not _ZONE.search(text):
        # Not the time zone of whatever machine this runs on; and DuckDB takes none after a bare date.
        text += "+00" if ":" in text else " 00:00:00+00"
    literal = exp.Literal.string(text)
    return literal if base == "VARCHAR" else exp.cast(literal, exp.DataType.build(type_, dialect="duckdb"))


def bound(value: Any, type_: str, up: bool) -> exp.Expr:
    """Return the literal of a bound. Against integers a broken bound is rounded, so that no cast hinders pruning."""
    if base_of(type_) in INTEGERS and isinstance(value, float) and math.isfinite(value):
        return _number(math.ceil(value) if up else math.floor(value))
    return typed(value, type_)


def _number(value: int | float | Decimal) -> exp.Expr:
    if isinstance(value, float) and not math.isfinite(value):
        return exp.cast(exp.Literal.string(str(value)), "DOUBLE")
    literal: exp.Expr = exp.Literal.number(str(abs(value)))
    return exp.Neg(this=literal) if value < 0 else literal
