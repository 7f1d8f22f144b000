"""The domain of each column of a contract: its type, its enum and its options together, nested ones too."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from random import Random
from typing import Any

from platform_core.contracts import Column
from platform_core.contracts.types import duckdb_type
from platform_core.testing.domain import Domain, Values, identity
from platform_core.testing.metrics import listed, metric_of
from platform_core.testing.numbers import number_domain, number_reader
from platform_core.testing.patterns import fits, make
from platform_core.testing.text import text_domain
from platform_core.testing.times import time_domain, time_reader

__all__ = ["QUALITY", "Impossible", "domain_of", "read_listed"]

QUALITY = "quality"  # `quality 0` in the rules of a domain is the column's first quality rule


class Impossible(ValueError):
    """The rules of a contract leave no value. `column` names whose (None: the dataset's), the message says why."""

    def __init__(self, column: Column | None, message: str) -> None:
        super().__init__(message)
        self.column = column


def domain_of(column: Column) -> Domain:
    """Return the domain of a column. Raises Impossible when one of its rules cannot be read."""
    try:
        domain = _by_type(column)
        if column.enum:
            domain = _among(column, domain, "enum", column.enum)
        for place, rule in enumerate(column.quality):
            domain = _with_metric(column, domain, f"{QUALITY} {place}", rule)
        return domain
    except (ValueError, ArithmeticError, KeyError, TypeError) as error:
        raise error if isinstance(error, Impossible) else Impossible(column, str(error)) from error


def _among(column: Column, whole: Domain, rule: str, listed: Iterable[Any]) -> Domain:
    """Leave of a domain the values listed (an enum, the valid values of a quality rule)."""
    values = [_reader(column)(value) for value in listed]
    known = set(map(identity, values))
    return Domain(
        lambda random: iter(random.sample(values, len(values))),
        {**whole.rules, rule: lambda value: identity(value) in known},
        lambda random: _around(whole, random, len(values)),
    )


def _with_metric(column: Column, domain: Domain, name: str, rule: Mapping[str, Any]) -> Domain:
    """Take from a domain what a library metric counts as missing or invalid."""
    metric, pattern = metric_of(rule), "".join(listed(rule, "pattern"))
    if metric == "missingValues":
        missing = set(map(identity, read_listed(column, rule, "missingValues")))
        tests = {**domain.rules, name: lambda value: identity(value) not in missing}
        return Domain(domain.candidates, tests, domain.edges)
    if metric != "invalidValues":
        return domain
    if valid := read_listed(column, rule, "validValues"):
        domain = _among(column, domain, name, valid)
    if pattern:
        made = domain.candidates if {"enum", "pattern", name} & set(domain.rules) else _made_of(pattern)
        earlier = domain.rules.get(name, lambda value: True)
        tests = {**domain.rules, name: lambda value: earlier(value) and fits(pattern, str(value))}
        return Domain(made, tests, lambda random: _around(domain, random, 5))
    return domain


def _made_of(pattern: str) -> Values:
    return lambda random: (make(pattern, random) for _ in count())


def read_listed(column: Column, rule: Mapping[str, Any], argument: str) -> list[Any]:
    """Return the values listed in an argument of a quality rule that the column could hold, null aside."""
    found = []
    for value in listed(rule, argument):
        with contextlib.suppress(ValueError, ArithmeticError, TypeError):
            found += [_reader(column)(value)] if value is not None else []
    return found


def _around(whole: Domain, random: Random, wanted: int) -> Iterator[Any]:
    good = whole.pool(random, wanted + 3)
    yield from (*good, *whole.edges(random))
    for value in good:
        if isinstance(value, str):
            yield from (value + "~", "~" + value[1:], value[:-1])


def _by_type(column: Column) -> Domain:
    kind, stored = column.logical_type, duckdb_type(column)
    if kind in _NESTED:
        return _NESTED[kind](column)
    if kind == "boolean":
        return Domain(lambda random: iter((True, False)))
    if kind in ("integer", "number"):
        return number_domain(column, stored)
    # Dates kept as text are text in a format.
    timed = kind in ("date", "timestamp", "time") and stored != "VARCHAR"
    return time_domain(column, stored) if timed else text_domain(column, stored)


def _reader(column: Column) -> Callable[[Any], Any]:
    """Enum values stand in YAML: return what turns one into what the column holds."""
    if column.logical_type in ("integer", "number"):
        return number_reader(duckdb_type(column))
    if column.logical_type in ("date", "timestamp", "time") and duckdb_type(column) != "VARCHAR":
        return time_reader(column, duckdb_type(column))
    return lambda value: value if column.logical_type == "boolean" else str(value)


def _pool(column: Column, random: Random, wanted: int) -> list[Any]:
    values = domain_of(column).pool(random, wanted)
    if not values:
        raise Impossible(column, "its rules leave no value")
    return values


def _object(column: Column) -> Domain:
    if not column.children:  # stored as JSON text
        return Domain(lambda random: (f'{{"{column.name}": {place}}}' for place in range(1, 10**6)))
    least, most = int(column.options.get("minProperties", 0)), column.options.get("maxProperties")
    needed = set(column.options.get("required", ())) | {child.name for child in column.children if child.required}
    names = [child.name for child in column.children]
    rules: dict[str, Callable[[Any], bool]] = {}
    if least:
        rules["minProperties"] = lambda value: _filled(value) >= least
    if most is not None:
        rules["maxProperties"] = lambda value: _filled(value) <= int(most)
    if column.options.get("required"):
        rules["requiredFields"] = lambda value: all(value[name] is not None for name in column.options["required"])
    # Needed fields first: where only some may be filled, it is those.
    kept = sorted(names, key=lambda name: name not in needed)[: len(names) if most is None else int(most)]

    def whole(random: Random) -> Iterator[dict[str, Any]]:
        pools = {child.name: _pool(child, random, 40) for child in column.children}
        while True:
            yield {name: random.choice(pool) for name, pool in pools.items()}

    def edges(random: Random) -> Iterator[Any]:
        full = next(whole(random))
        yield from ({**full, name: None} for name in names)
        for count_ in range(len(names) + 1):
            yield {name: full[name] if place < count_ else None for place, name in enumerate(names)}

    return Domain(
        lambda random: ({n: v if n in kept else None for n, v in o.items()} for o in whole(random)), rules, edges
    )


def _filled(value: Mapping[str, Any]) -> int:
    return sum(item is not None for item in value.values())


def _array(column: Column) -> Domain:
    least, most = int(column.options.get("minItems", 0)), column.options.get("maxItems")
    unique = bool(column.options.get("uniqueItems"))
    top = int(most) if most is not None else least + 3
    rules: dict[str, Callable[[Any], bool]] = {}
    if least:
        rules["minItems"] = lambda value: len(value) >= least
    if most is not None:
        rules["maxItems"] = lambda value: len(value) <= top
    if unique:
        rules["uniqueItems"] = lambda value: len(set(map(identity, value))) == len(value)

    def items(random: Random) -> list[Any]:
        wanted = max(top, 10)
        return _pool(column.children[0], random, wanted) if column.children else _words(wanted)

    def candidates(random: Random) -> Iterator[Any]:
        pool = items(random)
        while True:
            size = random.randint(min(max(least, 1), top), min(top, least + 4))
            yield random.sample(pool, min(size, len(pool))) if unique else random.choices(pool, k=size)

    def edges(random: Random) -> Iterator[Any]:
        pool = items(random)
        yield from (pool[: least - 1], (pool * (top + 1))[: top + 1], pool[: top + 1])
        yield from (pool[:1] * max(least, 2), [*pool[: max(least, 1)], pool[0]])

    return Domain(candidates, rules, edges)


def _words(wanted: int) -> list[str]:
    return [f"item {place}" for place in range(1, wanted + 1)]


def _map(column: Column) -> Domain:
    def candidates(random: Random) -> Iterator[Any]:
        keys, values = (
            ([_words(10)] * 2) if not column.children else [_pool(item, random, 10) for item in column.children]
        )
        while True:
            yield [(key, random.choice(values)) for key in random.sample(keys, random.randint(1, min(3, len(keys))))]

    return Domain(candidates)


def _vector(column: Column) -> Domain:
    size, whole = int(column.options["dimensions"]), str(column.options.get("elementType", ""))
    binary = whole == "binary"

    def candidates(random: Random) -> Iterator[Any]:
        while True:
            if whole in ("int8", "uint8", "binary"):
                yield [random.randint(0, 1 if binary else 100) for _ in range(size)]
            elif column.options.get("normalized"):
                yield [float(place == direction) for direction in [random.randrange(size)] for place in range(size)]
            else:
                yield [random.randint(-4, 4) / 4 for _ in range(size)]

    rules = {"dimensions": lambda value: len(value) == size}
    return Domain(
        candidates, rules, lambda random: iter([next(candidates(random))[1:], [*next(candidates(random)), 0]])
    )


_NESTED: dict[str, Callable[[Column], Domain]] = {"object": _object, "array": _array, "map": _map, "vector": _vector}
