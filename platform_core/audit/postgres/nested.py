"""Nested values, kept as jsonb: how what stands inside is reached, and whether it has the shape a type asks for."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from platform_core.audit.check import Path, Step
from platform_core.audit.conditions import call
from platform_core.audit.nesting import step_into
from platform_core.audit.outcome import NotAudited
from platform_core.audit.postgres.literals import cast
from platform_core.audit.postgres.reading import NESTED, bytewise, filled_json
from platform_core.audit.types import NUMBERS, base_of
from platform_core.contracts.postgres_types import postgres_type

__all__ = ["any_of", "field", "guarded", "inside", "kind_is", "leaf", "scalar"]

Judge = Callable[[exp.Expr, str], exp.Expr]  # a value and its DuckDB type -> the condition under which it is wrong
_LEAVES = NUMBERS | {"VARCHAR", "BOOLEAN", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "UUID"}


def inside(value: exp.Expr, type_: str, path: Path, judge: Judge, keep_null: bool) -> exp.Expr:
    """Return the condition that what stands at `path` in a jsonb value is wrong.

    `keep_null` is for rules that NULL breaks: what is not there has no fields that could be null.
    """
    if not path:
        return judge(leaf(value, type_), type_)
    step, inner = path[0], step_into(type_, path[0])
    if isinstance(step, str):
        found = inside(field(value, step), inner, path[1:], judge, keep_null)
        return exp.and_(value.is_(exp.null()).not_(), found) if keep_null else found
    return any_of(value, step, len(path), lambda item: inside(item, inner, path[1:], judge, keep_null))


def field(value: exp.Expr, name: str) -> exp.Expr:
    """Return a field of an object, as jsonb; NULL where it is absent or null."""
    return filled_json(exp.Paren(this=call("jsonb_object_field", value.copy(), exp.Literal.string(name))))


def any_of(value: exp.Expr, step: Step, depth: int, wrong: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """Return the condition that an item of an array, or a key or value of a map, is `wrong`."""
    name = f"item_{depth}"
    if step is Step.ITEM:
        each, part = call("jsonb_array_elements", guarded(value, "array")), "value"
        columns = ["value"]
    else:
        each, part = call("jsonb_each", guarded(value, "object")), "key" if step is Step.KEY else "value"
        columns = ["key", "value"]
    item: exp.Expr = exp.column(part, name)
    if step is Step.KEY:
        item = call("to_jsonb", item)
    alias = exp.TableAlias(this=exp.to_identifier(name), columns=[exp.to_identifier(part) for part in columns])
    query = exp.select("1").from_(exp.Table(this=each, alias=alias)).where(wrong(filled_json(item)))
    return exp.Exists(this=query)


def guarded(value: exp.Expr, kind: str) -> exp.Expr:
    """Return a jsonb value where it is of this kind (object, array), else NULL: functions on it raise no error."""
    return exp.Case(ifs=[exp.If(this=kind_is(value, kind), true=value.copy())])


def kind_is(value: exp.Expr, kind: str) -> exp.Expr:
    return exp.EQ(this=call("jsonb_typeof", value.copy()), expression=exp.Literal.string(kind))


def scalar(value: exp.Expr) -> exp.Expr:
    """Return a jsonb value as text: that of a string without its quotes; NULL for null."""
    return call("jsonb_extract_path_text", call("jsonb_build_array", value.copy()), exp.Literal.string("0"))


def leaf(value: exp.Expr, type_: str) -> exp.Expr:
    """Return a jsonb value as one of its DuckDB type; what is itself nested stays jsonb."""
    base = base_of(type_)
    if base in NESTED:
        return value
    if base not in _LEAVES:
        raise NotAudited(f"values of type {type_} inside others are not audited on PostgreSQL")
    found = scalar(value)
    if base.startswith(("DATE", "TIMESTAMP")):  # as DuckDB prints years before 1 into JSON
        found = call("replace", found, exp.Literal.string("(BC)"), exp.Literal.string("BC"))
    return bytewise(found) if base == "VARCHAR" else cast(found, postgres_type(type_))
