"""What stands inside objects, arrays and maps: where, and how to put a value there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from platform_core.contracts import Column
from platform_core.testing.domains import domain_of

__all__ = ["Place", "places"]

_STEPS = {"array": ("item",), "map": ("key", "value")}


@dataclass(frozen=True)
class Place:
    """A column, or what is nested in one. `path` begins with the column's name; `item`, `key` and `value` stand for
    what has no name. `whole` makes a value of the top column that holds a given value here.
    """

    path: tuple[str, ...]
    column: Column
    whole: Callable[[Any], Any]


def places(column: Column, random: Random) -> Iterator[Place]:
    """Yield the column itself and everything nested in it."""
    yield from _inside(Place((column.name,), column, lambda value: value), random)


def _inside(outer: Place, random: Random) -> Iterator[Place]:
    yield outer
    column = outer.column
    if not column.children:
        return
    good = next((value for value in domain_of(column).pool(random, 8) if value), None)
    steps = _STEPS.get(column.logical_type, tuple(child.name for child in column.children))
    for number, (child, step) in enumerate(zip(column.children, steps, strict=True)):
        holding = _holder(column.logical_type, step, number, good)
        yield from _inside(Place((*outer.path, step), child, _chained(outer.whole, holding)), random)


def _chained(outer: Callable[[Any], Any], inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: outer(inner(value))


def _holder(kind: str, step: str, number: int, good: Any) -> Callable[[Any], Any]:
    """Return what puts a value into a good one, in the place of a field, the first item, or a first key or value."""
    if kind == "object":
        return lambda value: {**(good or {}), step: value}
    rest = list(good or [])
    if kind == "array":
        return lambda value: [value, *rest[1:]]
    first = rest[0] if rest else (None, None)
    return lambda value: [(value, first[1]) if number == 0 else (first[0], value), *rest[1:]]
