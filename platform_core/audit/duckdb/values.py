"""Rules about single values: which condition breaks them, and the cheapest way to count it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from sqlglot import exp

from platform_core.audit.check import Check, Path, Step
from platform_core.audit.conditions import call, column
from platform_core.audit.duckdb.predicates import PREDICATES
from platform_core.audit.duckdb.session import Session
from platform_core.audit.nesting import BROKEN_BY_NULL, step_into
from platform_core.audit.types import FLOATS, base_of

__all__ = ["breaks", "count_values", "scan", "strategy"]

Strategy = Literal["prune", "group", "scan"]
_TEXTS = ("pattern", "format", "length", "invalid")


def breaks(check: Check, type_: str) -> exp.Expr:
    """Return the condition under which a row breaks `check`, whose top-level column has the DuckDB type `type_`."""
    return _inside(check, column(str(check.path[0])), type_, check.path[1:])


def _inside(check: Check, value: exp.Expr, type_: str, path: Path) -> exp.Expr:
    if not path:
        return PREDICATES[check.kind](value, type_, check.arguments)
    step, inner = path[0], step_into(type_, path[0])
    if isinstance(step, str):
        found = _inside(check, call("struct_extract", value.copy(), exp.Literal.string(step)), inner, path[1:])
        return exp.and_(exp.Not(this=value.is_(exp.null())), found) if check.kind in BROKEN_BY_NULL else found
    if step is not Step.ITEM:
        value = call("map_keys" if step is Step.KEY else "map_values", value)
    name = f"item_{len(path)}"
    found = _inside(check, exp.to_identifier(name), inner, path[1:])
    each = exp.Lambda(this=exp.func("coalesce", found, exp.false()), expressions=[exp.to_identifier(name)])
    return call("list_bool_or", call("list_transform", value, each))


def strategy(session: Session, check: Check) -> Strategy:
    """Choose how to count: statistics first, then few distinct values, then a scan shared with other checks.

    Row group statistics of other Parquet writers leave NaN out, so that a WHERE over a float would not see it:
    floats are always scanned (but for null, which is counted apart).
    """
    top = str(check.path[0])
    nested = len(check.path) > 1
    floats = base_of(session.types()[top]) in FLOATS
    if check.kind == "required" and not nested:
        return "prune"
    if nested or floats:
        return "scan"
    if check.kind == "range" or (check.kind == "format" and "format" not in check.arguments):
        return "prune"
    if check.kind == "enum":
        return "prune" if session.staged.is_parquet else "group"  # Parquet filters on its dictionaries by itself
    return "group" if check.kind in _TEXTS and session.few_distinct(top) else "scan"


def count_values(session: Session, check: Check) -> int:
    """Return how many rows of the delivery break `check`."""
    condition = breaks(check, session.types()[str(check.path[0])])
    way = strategy(session, check)
    if way == "group":
        return _by_group(session, check, condition)
    if way == "prune":
        return _where(session, condition)
    return scan(session, [check])[0]


def scan(session: Session, checks: Iterable[Check]) -> list[int]:
    """Count the rows that break each of `checks` in one pass, without any filter that could be pushed down."""
    counts = [
        exp.Filter(
            this=exp.Count(this=exp.Star()),
            expression=exp.Where(this=breaks(check, session.types()[str(check.path[0])])),
        )
        for check in checks
    ]
    return [int(count) for count in session.one(exp.select(*counts).from_(session.staged.source()))]


def _where(session: Session, condition: exp.Expr) -> int:
    count = exp.select(exp.Count(this=exp.Star())).from_(session.staged.source())
    return int(session.one(count.where(condition))[0])


def _by_group(session: Session, check: Check, condition: exp.Expr) -> int:
    """Judge each distinct value once."""
    name = str(check.path[0])
    rows = exp.to_identifier(f"rows_of_{name}", quoted=True)  # never the name of the column itself
    grouped = (
        exp.select(column(name), exp.alias_(exp.Count(this=exp.Star()), rows))
        .from_(session.staged.source())
        .group_by(column(name))
        .subquery("found")
    )
    total = exp.func("coalesce", exp.Sum(this=exp.column(rows.copy())), exp.Literal.number(0))
    return int(session.one(exp.select(total).from_(grouped).where(condition))[0])
