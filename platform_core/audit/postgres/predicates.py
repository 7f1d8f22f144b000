"""When one value breaks a rule: an SQL condition for each kind. NULL breaks none of them but `required`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import reduce
from typing import Any

from sqlglot import exp

from platform_core.audit.conditions import (
    TOLERANCE,
    Arguments,
    Predicate,
    call,
    either,
    number,
    outside,
    outside_bounds,
    required,
)
from platform_core.audit.formats import PATTERNS
from platform_core.audit.outcome import NotAudited
from platform_core.audit.postgres.formats import DATES, written_pattern
from platform_core.audit.postgres.literals import bound, cast, spelling, text, typed_all
from platform_core.audit.postgres.nested import field, guarded
from platform_core.audit.types import FLOATS, INTEGERS, NUMBERS, base_of
from platform_core.contracts.postgres_patterns import Untranslatable, postgres_pattern
from platform_core.contracts.postgres_types import postgres_type

__all__ = ["PREDICATES", "special"]

_AT_ONCE = 90  # a function takes 100 arguments
_ALIKE = {*INTEGERS, "HUGEINT", "UHUGEINT", "DECIMAL", "BOOLEAN", "UUID"}  # printed alike by both engines


def special(value: exp.Expr, type_: str, *texts: str) -> exp.Expr:
    """Return the condition that a number is one of NaN, Infinity and -Infinity."""
    return value.copy().isin(*(cast(exp.Literal.string(each), postgres_type(type_)) for each in texts))


def enum(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    return exp.Not(this=value.isin(*typed_all(arguments["values"], type_)))


def missing(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    """As on DuckDB compared as text: a value is missing when DuckDB prints it so."""
    conditions: list[exp.Expr] = [value.is_(exp.null())] if None in arguments["values"] else []
    texts = [
        str(item).lower() if isinstance(item, bool) else str(item) for item in arguments["values"] if item is not None
    ]
    plain = type_ == "VARCHAR"
    found = [literal for item in texts if (literal := text(item) if plain else spelling(item, type_)) is not None]
    if found:
        conditions.append(exp.and_(value.is_(exp.null()).not_(), value.copy().isin(*found)))
    return either(conditions) if conditions else exp.false()


def range_(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    broken = outside_bounds(value, type_, arguments, bound)
    if base_of(type_) in FLOATS | {"DECIMAL"} and not {"maximum", "exclusiveMaximum"} & set(arguments):
        # NaN is greater than every number: it breaks a maximum by itself, and would pass a minimum.
        return either([broken, special(value, type_, "NaN")])
    return broken


def length(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    if type_ not in ("VARCHAR", "BLOB"):
        raise NotAudited(f"{type_} has no length")
    measure = call("octet_length" if type_ == "BLOB" else "char_length", value)
    return outside(measure, arguments, "minLength", "maxLength")


def items(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    return outside(_size(value, type_), arguments, "minItems", "maxItems")


def _size(value: exp.Expr, type_: str) -> exp.Expr:
    base = base_of(type_)
    if base == "LIST":
        return call("jsonb_array_length", guarded(value, "array"))
    if base != "MAP":
        raise NotAudited(f"{type_} has no items")
    # Of nothing there are no keys to count, but that is NULL and not 0.
    keys = exp.select(exp.Count(this=exp.Star())).from_(
        exp.Table(this=call("jsonb_object_keys", guarded(value, "object")))
    )
    return exp.Case(ifs=[exp.If(this=value.is_(exp.null()).not_(), true=keys.subquery())])


def fields(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    names = arguments["names"]
    parts = [names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE)]
    counts = [call("num_nonnulls", *(field(value, name) for name in part)) for part in parts]
    filled = exp.Paren(this=reduce(lambda one, other: exp.Add(this=one, expression=other), counts or [number(0)]))
    return exp.and_(value.is_(exp.null()).not_(), outside(filled, arguments, "minProperties", "maxProperties"))


def pattern(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    if type_ == "VARCHAR":
        read: exp.Expr = value
    elif base_of(type_) in _ALIKE:
        read = cast(value, "text")
    elif type_ == "DATE":
        read = call("replace", cast(value, "text"), exp.Literal.string(" BC"), exp.Literal.string(" (BC)"))
    else:
        raise NotAudited(f"a pattern for {type_}: its text is not the same on PostgreSQL and DuckDB")
    return exp.Not(this=exp.RegexpLike(this=read, expression=exp.Literal.string(_translated(arguments["pattern"]))))


def _translated(written: Any) -> str:
    try:
        return postgres_pattern(str(written))
    except Untranslatable as problem:
        raise NotAudited(f"the pattern {problem}, which PostgreSQL cannot do") from None


def invalid(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    return either([enum(value.copy(), type_, arguments), pattern(value.copy(), type_, arguments)])


def format_(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    if "format" not in arguments:
        return range_(value, type_, arguments)
    form = arguments["format"]
    if type_ == "UUID" and form == "uuid":
        return exp.false()
    if base_of(type_) in ("DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        return exp.false()  # the type itself holds nothing else, the format only says how to print it
    known = DATES.get(form) or PATTERNS.get(form) or written_pattern(form)
    if known is None or type_ != "VARCHAR":
        raise NotAudited(f"the format {form} is not known for {type_}")
    return pattern(value, type_, {"pattern": known})


def multiple_of(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    step = arguments["step"]
    if base_of(type_) not in NUMBERS:
        raise NotAudited(f"{type_} has no multiples")
    if base_of(type_) not in FLOATS:
        whole = type_ in INTEGERS and isinstance(step, int)
        rest = exp.Mod(this=value if whole else cast(value, "numeric"), expression=number(step))
        return exp.NEQ(this=rest, expression=number(0))
    kind = "real" if base_of(type_) == "FLOAT" and "e" not in str(step) else "double precision"
    return _multiple_of_float(value, float(step), kind)


def _multiple_of_float(value: exp.Expr, step: float, kind: str) -> exp.Expr:
    """As DuckDB divides, but for quotients that PostgreSQL answers with an error: those too great, and too small."""
    most = sys.float_info.max if kind == "double precision" else 3.4e38
    size = call("abs", cast(value, "double precision"))
    times = exp.Paren(this=exp.Div(this=cast(value, kind), expression=cast(_double(step), kind)))
    wide = cast(times, "double precision")
    off = call("abs", exp.Paren(this=exp.Sub(this=wide, expression=call("round", wide.copy()))))
    slack = exp.Mul(this=number(TOLERANCE), expression=call("greatest", number(1), call("abs", wide.copy())))
    great = exp.GT(this=size, expression=_double(most * min(abs(step), 1.0)))
    small = exp.LTE(this=size.copy(), expression=_double(abs(step) * 1e-30))
    odd = special(cast(value, "double precision"), "DOUBLE", "NaN", "Infinity", "-Infinity")
    return exp.Case(
        ifs=[exp.If(this=either([odd, great]), true=exp.true()), exp.If(this=small, true=exp.false())],
        default=exp.GT(this=off, expression=slack),
    )


def _double(value: float) -> exp.Expr:
    return cast(exp.Literal.string(repr(value)), "double precision")


def unique_items(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    if base_of(type_) != "LIST":
        raise NotAudited(f"{type_} has no items")
    item = exp.column("value", "each_item")
    alias = exp.TableAlias(this=exp.to_identifier("each_item"), columns=[exp.to_identifier("value")])
    each = exp.Table(this=call("jsonb_array_elements", guarded(value, "array")), alias=alias)
    fewer = exp.LT(this=exp.Count(this=exp.Distinct(expressions=[item])), expression=exp.Count(this=item.copy()))
    there = exp.NEQ(this=item.copy(), expression=cast(exp.Literal.string("null"), "jsonb"))
    return exp.select(fewer).from_(each).where(there).subquery()


def object_fields(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    absent = [field(value, name).is_(exp.null()) for name in arguments["fields"]]
    return exp.and_(value.copy().is_(exp.null()).not_(), either(absent))


def dimensions(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    return exp.NEQ(this=_size(value, type_), expression=number(int(arguments["dimensions"])))


PREDICATES: Mapping[str, Predicate] = {
    "required": required,
    "missing": missing,
    "enum": enum,
    "range": range_,
    "length": length,
    "items": items,
    "fields": fields,
    "pattern": pattern,
    "invalid": invalid,
    "format": format_,
    "multiple_of": multiple_of,
    "unique_items": unique_items,
    "object_fields": object_fields,
    "dimensions": dimensions,
}
