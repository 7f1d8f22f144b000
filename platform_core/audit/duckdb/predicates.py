"""When one value breaks a rule: an SQL condition for each kind. NULL breaks none of them but `required`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from platform_core.audit.conditions import (
    TOLERANCE,
    Arguments,
    Predicate,
    call,
    either,
    outside,
    outside_bounds,
    required,
)
from platform_core.audit.duckdb.literals import bound, typed
from platform_core.audit.formats import PATTERNS, strptime_format
from platform_core.audit.outcome import NotAudited
from platform_core.audit.types import FLOATS, NUMBERS, base_of

__all__ = ["PREDICATES"]


def enum(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    return exp.Not(this=value.isin(*(typed(item, type_) for item in arguments["values"])))


def missing(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    listed = [item for item in arguments["values"] if item is not None]
    conditions: list[exp.Expr] = [value.is_(exp.null())] if None in arguments["values"] else []
    if listed:
        # Compared as text: 'N/A' is missing in a column of numbers too, where it could not even stand.
        text = value if type_ == "VARCHAR" else exp.cast(value, "VARCHAR")
        found: exp.Expr = text.isin(*(_text(item) for item in listed))
        if base_of(type_) in FLOATS and "nan" in map(str, listed):
            found = exp.Paren(this=either([found, call("isnan", value.copy())]))  # one with a sign is printed -nan
        conditions.append(exp.and_(value.is_(exp.null()).not_(), found))
    return either(conditions) if conditions else exp.false()


def _text(item: Any) -> exp.Expr:
    return exp.Literal.string(str(item).lower() if isinstance(item, bool) else str(item))


def range_(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    broken = outside_bounds(value, type_, arguments, bound)
    if base_of(type_) in FLOATS and not {"maximum", "exclusiveMaximum"} & set(arguments):
        # For DuckDB NaN is greater than every number: it breaks a maximum by itself, and would pass a minimum.
        return either([broken, call("isnan", value.copy())])
    return broken


def length(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    measure = call("octet_length" if type_ == "BLOB" else "length", value)
    return outside(measure, arguments, "minLength", "maxLength")


def items(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    return outside(call("cardinality" if base_of(type_) == "MAP" else "len", value), arguments, "minItems", "maxItems")


def fields(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    # As text: fields of a struct are of any types, those of a list are of one.
    each = [
        exp.cast(call("struct_extract", value.copy(), exp.Literal.string(name)), "VARCHAR")
        for name in arguments["names"]
    ]
    filled = call("list_count", exp.array(*each, dialect="duckdb"))
    there = exp.Not(this=value.is_(exp.null()))
    return exp.and_(there, outside(filled, arguments, "minProperties", "maxProperties"))


def pattern(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    text = value if type_ == "VARCHAR" else exp.cast(value, "VARCHAR")
    return exp.Not(this=call("regexp_full_match", text, exp.Literal.string(str(arguments["pattern"]))))


def invalid(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    return either([enum(value.copy(), type_, arguments), pattern(value.copy(), type_, arguments)])


def format_(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    if "format" not in arguments:
        return range_(value, type_, arguments)
    form = arguments["format"]
    if type_ == "UUID" and form == "uuid":
        return exp.false()
    if form in PATTERNS and type_ == "VARCHAR":
        broken = pattern(value.copy(), type_, {"pattern": PATTERNS[form]})
        if form not in _CASTS:
            return broken
        absent = exp.TryCast(this=value.copy(), to=exp.DataType.build(_CASTS[form])).is_(exp.null())
        return either([broken, exp.and_(exp.Not(this=value.is_(exp.null())), absent)])
    if base_of(type_) in ("DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        return exp.false()  # the type itself holds nothing else, the format only says how to print it
    written = strptime_format(form)
    if written is None or type_ != "VARCHAR":
        raise NotAudited(f"the format {form} is not known for {type_}")
    text = exp.Literal.string(written)
    # Back and forth, since DuckDB reads 2013-1-5 as %Y-%m-%d too.
    again = call("strftime", call("try_strptime", value.copy(), text), text.copy())
    return exp.and_(value.copy().is_(exp.null()).not_(), exp.NullSafeNEQ(this=again, expression=value.copy()))


_CASTS = {"date": "DATE", "date-time": "TIMESTAMPTZ"}  # the shape of the text alone would let 30 February pass


def multiple_of(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    step = typed(arguments["step"], "DOUBLE")
    if base_of(type_) not in NUMBERS:
        raise NotAudited(f"{type_} has no multiples")
    if base_of(type_) not in FLOATS:
        return exp.NEQ(this=exp.Mod(this=value, expression=step), expression=exp.Literal.number(0))
    times = exp.Div(this=value.copy(), expression=step)
    off = call("abs", exp.Paren(this=exp.Sub(this=exp.Paren(this=times), expression=call("round", times.copy()))))
    slack = exp.Mul(
        this=typed(TOLERANCE, "DOUBLE"),
        expression=call("greatest", exp.Literal.number(1), call("abs", times.copy())),
    )
    # A float has no exact tenths; and neither NaN nor infinity is a multiple of anything.
    finite = call("isfinite", value.copy())
    return either([exp.Not(this=finite), exp.GT(this=off, expression=slack)])


def unique_items(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    items = value.copy()
    if base_of(type_.removesuffix("[]")) in FLOATS:
        # DuckDB takes no NaN in a list for another, as it does everywhere else: their texts then, of both zeros one.
        name = exp.to_identifier("item_text")
        number = exp.Add(this=name.copy(), expression=typed(0.0, "DOUBLE"))
        text = exp.If(
            this=call("isnan", name.copy()), true=exp.Literal.string("nan"), false=exp.cast(number, "VARCHAR")
        )
        items = call("list_transform", items, exp.Lambda(this=text, expressions=[name.copy()]))
    return exp.LT(this=call("list_unique", items), expression=call("list_count", value.copy()))


def object_fields(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    absent = [
        call("struct_extract", value.copy(), exp.Literal.string(name)).is_(exp.null()) for name in arguments["fields"]
    ]
    return exp.and_(value.copy().is_(exp.null()).not_(), either(absent))


def dimensions(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    return exp.NEQ(this=call("len", value), expression=exp.Literal.number(int(arguments["dimensions"])))


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
