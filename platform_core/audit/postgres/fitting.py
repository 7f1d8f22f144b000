"""Whether values fit the DuckDB type that is declared, where PostgreSQL keeps them in a type that holds more."""

from __future__ import annotations

from sqlglot import exp

from platform_core.audit.check import Step
from platform_core.audit.conditions import call, either, number
from platform_core.audit.formats import PATTERNS
from platform_core.audit.postgres.formats import DATES
from platform_core.audit.postgres.literals import cast
from platform_core.audit.postgres.nested import any_of, field, kind_is, scalar
from platform_core.audit.postgres.predicates import special
from platform_core.audit.postgres.reading import bytewise
from platform_core.audit.types import FLOATS, INTEGERS, base_of
from platform_core.contracts.physical import split_type
from platform_core.contracts.postgres_patterns import postgres_pattern

__all__ = ["misfit"]

_LEAST = {name: 0 if name.startswith("U") else -most - 1 for name, most in INTEGERS.items()}
_SPANS = {
    **{name: (_LEAST[name], most) for name, most in INTEGERS.items()},
    **{"HUGEINT": (-(2**127), 2**127 - 1), "UHUGEINT": (0, 2**128 - 1)},
}
_EXACT = {"SMALLINT", "INTEGER", "BIGINT"}  # PostgreSQL's own hold no more
# As DuckDB prints them into JSON. Of years before 1 and after 9999 only the shape is looked at.
_DAY = f"(?:{DATES['date']}|[0-9]{{4,7}}-[01][0-9]-[0-3][0-9] \\(?BC\\)?|[0-9]{{5,7}}-[01][0-9]-[0-3][0-9])"
_MOMENT = f"{_DAY}[T ](?:{PATTERNS['time']}|[0-9:.]+[+-][0-9]{{2}})|-?infinity"
_TEXTS = {
    "DATE": f"{_DAY}|-?infinity",
    "TIMESTAMP": _MOMENT,
    "TIMESTAMP WITH TIME ZONE": _MOMENT,
    "TIME": PATTERNS["time"],
    "UUID": PATTERNS["uuid"],
}
_NO_NUMBERS = ("NaN", "nan", "Infinity", "-Infinity", "inf", "-inf")


def misfit(value: exp.Expr, type_: str) -> exp.Expr | None:
    """Return the condition that a column's value is none of the DuckDB type; None where none can be."""
    base = base_of(type_)
    if base in ("STRUCT", "LIST", "MAP"):
        return exp.and_(value.is_(exp.null()).not_(), _misshapen(value, type_, 1))
    if base == "DECIMAL":
        return special(value, type_, "NaN")
    if base in _SPANS and base not in _EXACT:
        return _outside(value, *_SPANS[base])
    return None


def _outside(value: exp.Expr, low: int, high: int) -> exp.Expr:
    return exp.Not(this=exp.Between(this=value.copy(), low=number(low), high=number(high)))


def _misshapen(value: exp.Expr, type_: str, depth: int) -> exp.Expr:
    """Return the condition for a jsonb value that is not NULL."""
    base, inner = split_type(type_)
    if base == "STRUCT":
        names = exp.Array(expressions=[exp.Literal.string(name) for name, _ in inner])
        more = exp.Paren(this=exp.Sub(this=value.copy(), expression=cast(names, "text[]")))
        extra = exp.NEQ(this=more, expression=cast(exp.Literal.string("{}"), "jsonb"))
        wrong = [_filled(field(value, name), kind, depth) for name, kind in inner]
        return _unless(value, "object", either([extra, *wrong]))
    if base in ("LIST", "MAP"):
        step, kind = (Step.ITEM, "array") if base == "LIST" else (Step.VALUE, "object")
        found = any_of(value, step, depth, lambda item: _filled(item, inner[-1][1], depth + 1))
        return _unless(value, kind, found)
    return _no_leaf(value, base, type_)


def _filled(value: exp.Expr, type_: str, depth: int) -> exp.Expr:
    return exp.and_(value.is_(exp.null()).not_(), _misshapen(value, type_, depth))


def _unless(value: exp.Expr, kind: str, wrong: exp.Expr) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=kind_is(value, kind), true=wrong)], default=exp.true())


def _no_leaf(value: exp.Expr, base: str, type_: str) -> exp.Expr:
    if base == "BOOLEAN":
        return exp.Not(this=kind_is(value, "boolean"))
    if base in FLOATS:
        named = scalar(value).isin(*(exp.Literal.string(name) for name in _NO_NUMBERS))
        return exp.Not(
            this=exp.Paren(this=either([kind_is(value, "number"), exp.and_(kind_is(value, "string"), named)]))
        )
    exact = cast(scalar(value), "numeric")
    if base in _SPANS:
        broken = exp.NEQ(this=exact, expression=call("trunc", exact.copy()))
        return _unless(value, "number", either([broken, _outside(exact, *_SPANS[base])]))
    if base == "DECIMAL":
        precision, scale = (int(text) for _, text in split_type(type_)[1])
        places = exp.GT(this=call("scale", call("trim_scale", exact)), expression=number(scale))
        great = exp.GTE(this=call("abs", exact.copy()), expression=number(10 ** (precision - scale)))
        return _unless(value, "number", either([places, great]))
    if base in _TEXTS:
        shape = exp.Literal.string(postgres_pattern(_TEXTS[base]))
        other = exp.Not(this=exp.RegexpLike(this=bytewise(scalar(value)), expression=shape))
        return _unless(value, "string", other)
    return exp.false() if base == "JSON" else exp.Not(this=kind_is(value, "string"))
