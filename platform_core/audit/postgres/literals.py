"""Values of a contract as literals of PostgreSQL. DuckDB reads them first: a value means the same on every engine."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlglot import exp

from platform_core.audit.conditions import number
from platform_core.audit.duckdb.literals import typed as as_duckdb
from platform_core.audit.outcome import NotAudited
from platform_core.audit.types import INTEGERS, NUMBERS, base_of
from platform_core.contracts.postgres_types import postgres_type

__all__ = ["bound", "cast", "spelling", "text", "typed", "typed_all"]

_OTHERS = {"DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "UUID", "BOOLEAN"}
_BEFORE_CHRIST = re.compile(r" \(BC\)(.*)\Z")


def text(value: str) -> exp.Expr:
    """Return a text literal."""
    if "\0" in value:
        raise NotAudited("a value of the rule holds a NUL character, which no text of PostgreSQL can")
    return exp.Literal.string(value)


def cast(value: exp.Expr, type_: str) -> exp.Expr:
    """Return a cast to a PostgreSQL type."""
    return exp.Cast(this=value, to=exp.DataType.build(type_, dialect="postgres"))


def typed(value: Any, type_: str) -> exp.Expr:
    """Return `value` as a literal to compare with a value of the DuckDB type `type_`."""
    return typed_all([value], type_)[0]


def typed_all(values: Iterable[Any], type_: str) -> list[exp.Expr]:
    """Return the values of a list as literals of one type, which is that in which DuckDB would compare them."""
    listed, base = list(values), base_of(type_)
    numbers = [value for value in listed if _is_number(value)] if base in NUMBERS else []
    # To DuckDB a number with an exponent, or of 39 digits, is a double; and one of them makes the whole list doubles.
    doubles = any(_is_double(value) for value in numbers)
    return [
        _number(value, base, doubles) if _is_number(value) and numbers else _other(value, type_) for value in listed
    ]


def bound(value: Any, type_: str, up: bool) -> exp.Expr:
    """Return the literal of a limit; against integers a broken one is rounded, up or down."""
    if base_of(type_) in INTEGERS and isinstance(value, float) and math.isfinite(value):
        return number(math.ceil(value) if up else math.floor(value))
    return typed(value, type_)


def spelling(value: str, type_: str) -> exp.Expr | None:
    """Return the one value of a DuckDB type that DuckDB prints as this text, as a literal; None when there is none."""
    try:
        printed = _printed(exp.cast(exp.Literal.string(value), type_, dialect="duckdb").sql("duckdb"))
    except NotAudited:
        return None
    return _literal(printed, type_) if printed == value else None


def _other(value: Any, type_: str) -> exp.Expr:
    base = base_of(type_)
    if base == "VARCHAR":
        return text(as_duckdb(value, type_).name)
    if base not in NUMBERS | _OTHERS:
        raise NotAudited(f"values of type {type_} are not compared on PostgreSQL")
    return _literal(_printed(as_duckdb(value, type_).sql("duckdb")), type_)


def _literal(printed: str, type_: str) -> exp.Expr:
    # DuckDB writes 0044-03-15 (BC) 10:00:00 where PostgreSQL writes 0044-03-15 10:00:00 BC.
    return cast(exp.Literal.string(_BEFORE_CHRIST.sub(r"\1 BC", printed)), postgres_type(type_))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _is_double(value: Any) -> bool:
    spelled = str(abs(value))
    return "e" in spelled.lower() or len(spelled) > 38 or not math.isfinite(value)


def _number(value: Any, base: str, double: bool) -> exp.Expr:
    if double:
        return cast(exp.Literal.string(str(value)), "double precision")
    # To DuckDB 0.1 is a decimal, made a float to compare it with one; PostgreSQL would compare both as doubles.
    return cast(exp.Literal.string(str(value)), "real") if base == "FLOAT" else number(value)


@lru_cache(maxsize=4096)
def _printed(literal: str) -> str:
    """Return a literal of DuckDB as DuckDB prints it. Raises NotAudited when it is no value of its type."""
    import duckdb

    try:
        row = _reader().cursor().execute(f"SELECT CAST({literal} AS VARCHAR)").fetchone()
    except duckdb.Error:
        raise NotAudited("a value cannot be converted to the type that the rule compares with") from None
    return str(row[0])


@lru_cache(maxsize=1)
def _reader() -> Any:
    import duckdb

    connection = duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": False})
    connection.execute("SET TimeZone = 'UTC'")
    return connection
