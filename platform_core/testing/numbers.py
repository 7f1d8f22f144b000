"""Integers and numbers that satisfy minimum, maximum and multipleOf, and the values beside them that do not."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from random import Random
from typing import Any

from platform_core.contracts import Column
from platform_core.contracts.physical import split_type
from platform_core.testing.domain import Domain
from platform_core.testing.grid import spread

__all__ = ["number_domain", "number_reader"]

_BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64, "HUGEINT": 128}
_UNSIGNED = {"UTINYINT": 8, "USMALLINT": 16, "UINTEGER": 32, "UBIGINT": 64, "UHUGEINT": 128}


def number_domain(column: Column, type_: str) -> Domain:
    """Return the domain of an integer or number column stored as `type_`."""
    base, inner = split_type(type_)
    low, high, step = _limits(base, inner)
    held = _bits(str(column.options.get("format")))
    shape = _shaper(base, step)
    options = {name: Decimal(str(value)) for name, value in column.options.items() if name in _RULES}
    rules = {name: _RULES[name](bound) for name, bound in options.items()}
    floors = [options[name] for name in ("minimum", "exclusiveMinimum") if name in options]
    ceilings = [options[name] for name in ("maximum", "exclusiveMaximum") if name in options]
    if held and (held[0] > low or held[1] < high):  # the stored type is wider than the format asked for
        rules["format"] = lambda value: held[0] <= value <= held[1]
        floors, ceilings = [*floors, held[0]], [*ceilings, held[1]]
    bottom, top = max([low, *floors]), min([high, *ceilings])
    grid = _grid(step, options.get("multipleOf"), bottom, top, base)

    def candidates(random: Random) -> Iterator[Any]:
        start = Decimal(0) if not floors and not ceilings else bottom
        steps = _steps(start, top, grid)
        yield from (
            shape(count * grid) for count in spread(random, *steps, not floors and bool(ceilings), not ceilings)
        )
        if start > bottom:
            yield from (shape(-count * grid) for count in range(1, _steps(bottom, -grid, grid)[1]))
        yield from (shape(bound) for bound in [*floors, *ceilings] if low <= bound <= high)

    def edges(random: Random) -> Iterator[Any]:
        for bound in [*floors, *ceilings]:
            for distance in (Decimal(0), step, grid, Decimal(1), Decimal(1000)):
                yield from (bound - distance, bound + distance)
        if "multipleOf" in options:
            for value in Domain(candidates).pool(random, 8):
                yield from (Decimal(str(value)) + step, Decimal(str(value)) - step)
                yield Decimal(str(value)) + options["multipleOf"] / 2

    return Domain(candidates, rules, lambda random: (shape(value) for value in edges(random) if low <= value <= high))


def _bits(form: str) -> tuple[Decimal, Decimal] | None:
    """Return the least and the greatest value of an ODCS integer format, such as i32 or u8."""
    found = re.fullmatch(r"([iu])(8|16|32|64|128)", form)
    if found is None:
        return None
    size = int(found[2])
    return (
        (Decimal(-(2 ** (size - 1))), Decimal(2 ** (size - 1) - 1))
        if found[1] == "i"
        else (Decimal(0), Decimal(2**size - 1))
    )


def number_reader(type_: str) -> Callable[[Any], Any]:
    """Return what turns a number as written in YAML into the one a column of `type_` holds."""
    base, inner = split_type(type_)
    return _shaper(base, _limits(base, inner)[2])


def _limits(base: str, inner: Any) -> tuple[Decimal, Decimal, Decimal]:
    """The least and the greatest value of a type, and the step between neighbours."""
    if base in _BITS:
        return Decimal(-(2 ** (_BITS[base] - 1))), Decimal(2 ** (_BITS[base] - 1) - 1), Decimal(1)
    if base in _UNSIGNED:
        return Decimal(0), Decimal(2 ** _UNSIGNED[base] - 1), Decimal(1)
    if base == "DECIMAL":
        precision, scale = (int(size) for _, size in inner)
        step = Decimal(1).scaleb(-scale)
        return -(10**precision - 1) * step, (10**precision - 1) * step, step
    return -(Decimal(10) ** 15), Decimal(10) ** 15, Decimal("0.25")


def _grid(step: Decimal, multiple: Decimal | None, low: Decimal, high: Decimal, base: str) -> Decimal:
    """The distance between values: whole multiples where asked, finer steps where the range is narrow."""
    if multiple is None:
        if base in ("FLOAT", "DOUBLE"):
            for _ in range(40):  # halves and quarters are exact in binary, tenths are not
                if (high - low) / step >= 200:
                    break
                step /= 2
        return step
    if base in ("FLOAT", "DOUBLE"):
        return multiple
    scale = max(-int(multiple.as_tuple().exponent), -int(step.as_tuple().exponent), 0)
    return Decimal(math.lcm(int(multiple.scaleb(scale)), int(step.scaleb(scale)))).scaleb(-scale)


def _steps(low: Decimal, high: Decimal, grid: Decimal) -> tuple[int, int]:
    return math.ceil(low / grid), math.floor(high / grid)


def _shaper(base: str, step: Decimal) -> Callable[[Any], Any]:
    """Turn a number as written in YAML, or computed here, into what the column holds."""
    if base in _BITS or base in _UNSIGNED:
        return int
    if base == "DECIMAL":
        return lambda value: Decimal(str(value)).quantize(step)
    return float


def _compare(test: Callable[[Decimal, Decimal], bool]) -> Callable[[Decimal], Callable[[Any], bool]]:
    return lambda bound: lambda value: test(Decimal(str(value)), bound)


_RULES: dict[str, Callable[[Decimal], Callable[[Any], bool]]] = {
    "minimum": _compare(lambda value, bound: value >= bound),
    "maximum": _compare(lambda value, bound: value <= bound),
    "exclusiveMinimum": _compare(lambda value, bound: value > bound),
    "exclusiveMaximum": _compare(lambda value, bound: value < bound),
    "multipleOf": _compare(lambda value, bound: value % bound == 0),
}
