"""SQL conditions that engines share: built as trees, each engine writes them in its own dialect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlglot import exp

from platform_core.audit.outcome import NotAudited
from platform_core.audit.types import NUMBERS, base_of

__all__ = [
    "TOLERANCE",
    "Arguments",
    "Predicate",
    "call",
    "column",
    "either",
    "number",
    "outside",
    "outside_bounds",
    "required",
]

Arguments = Mapping[str, Any]
Predicate = Callable[[exp.Expr, str, Arguments], exp.Expr]  # the value, its DuckDB type, the arguments
TOLERANCE = 1e-9  # how far, in parts, a float may lie from a multiple: it has no exact tenths


def column(name: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True))


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def either(conditions: Iterable[exp.Expr]) -> exp.Expr:
    return exp.or_(*conditions)


def number(value: Any) -> exp.Expr:
    """Return a finite number as a literal, spelled as Python does."""
    literal: exp.Expr = exp.Literal.number(str(abs(value)))
    return exp.Neg(this=literal) if value < 0 else literal


def required(value: exp.Expr, type_: str, arguments: Arguments) -> exp.Expr:
    return value.is_(exp.null())


def outside_bounds(
    value: exp.Expr, type_: str, arguments: Arguments, bound: Callable[[Any, str, bool], exp.Expr]
) -> exp.Expr:
    """Return the condition that a value lies outside of minimum and maximum.

    `bound(limit, type, up)` writes a limit as a literal of the type; where it must be rounded, up or down.
    """
    if any(isinstance(limit, (int, float)) for limit in arguments.values()) and base_of(type_) not in NUMBERS:
        raise NotAudited(f"{type_} has no range of numbers")  # as text, '9' is more than '10'
    return either(
        compare(this=value.copy(), expression=bound(arguments[name], type_, up))
        for name, (compare, up) in _BOUNDS.items()
        if name in arguments
    )


_BOUNDS: Mapping[str, tuple[Any, bool]] = {
    "minimum": (exp.LT, True),  # x < 10.5 is x < 11 for integers
    "exclusiveMinimum": (exp.LTE, False),
    "maximum": (exp.GT, False),
    "exclusiveMaximum": (exp.GTE, True),
}


def outside(measure: exp.Expr, arguments: Arguments, low: str, high: str) -> exp.Expr:
    """Return the condition that a count lies outside of the arguments called `low` and `high`."""
    conditions: list[exp.Expr] = []
    if low in arguments:
        conditions.append(exp.LT(this=measure.copy(), expression=number(int(arguments[low]))))
    if high in arguments:
        conditions.append(exp.GT(this=measure.copy(), expression=number(int(arguments[high]))))
    return either(conditions)
