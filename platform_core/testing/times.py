"""Dates, timestamps and times of day within their bounds, and those beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta, timezone
from random import Random
from typing import Any

from platform_core.contracts import Column
from platform_core.testing.domain import Domain
from platform_core.testing.grid import spread

__all__ = ["time_domain", "time_reader"]

_EPOCH = datetime(1970, 1, 1)
_START = datetime(2024, 1, 1)  # where values lie when no rule says
_SECOND = 1_000_000  # the grid of timestamps and times counts microseconds
_RULES: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
}
_Clock = tuple[Callable[[Any], int], Callable[[int], Any], int, int, int, int]


def time_domain(column: Column, type_: str) -> Domain:
    """Return the domain of a date, timestamp or time column stored as `type_`."""
    read = time_reader(column, type_)
    count, value_at, least, most, start, step = _clock(column.logical_type, type_)
    bounds = {name: read(text) for name, text in column.options.items() if name in _RULES}
    floors = [count(bounds[name]) for name in ("minimum", "exclusiveMinimum") if name in bounds]
    ceilings = [count(bounds[name]) for name in ("maximum", "exclusiveMaximum") if name in bounds]
    low, high = max([start if not ceilings else least, *floors]), min([most, *ceilings])
    if high - low < 100 * step:
        step = 1
    rules = {name: _rule(_RULES[name], bound) for name, bound in bounds.items()}

    def candidates(random: Random) -> Iterator[Any]:
        ends = (-(-low // step), high // step, not floors and bool(ceilings), not ceilings)
        yield from (value_at(place * step) for place in spread(random, *ends))

    def edges(random: Random) -> Iterator[Any]:
        for bound in [*floors, *ceilings]:
            for distance in (0, 1, step, 400 * step):
                places = (bound - distance, bound + distance)
                yield from (value_at(place) for place in places if least <= place <= most)

    return Domain(candidates, rules, edges)


def time_reader(column: Column, type_: str) -> Callable[[Any], Any]:
    """Return what turns a value as written in YAML into the one the column holds.

    A timestamp without zone, for a column with one, is taken as UTC. Raises ValueError for text in another form.
    """
    zoned = type_.upper().endswith("WITH TIME ZONE")

    def stamp(value: Any) -> datetime:
        read = value if isinstance(value, datetime) else datetime.fromisoformat(_iso(value))
        if read.tzinfo is not None:
            read = read.astimezone(timezone.utc).replace(tzinfo=None)
        return read.replace(tzinfo=timezone.utc) if zoned else read

    if column.logical_type == "date" and not type_.upper().startswith("TIMESTAMP"):
        return lambda value: stamp(value).replace(tzinfo=None).date()
    if column.logical_type == "time":
        return lambda value: value if isinstance(value, time) else time.fromisoformat(_iso(value))
    return stamp


def _iso(value: Any) -> str:
    text = str(value).strip()
    return text[:-1] + "+00:00" if text.endswith("Z") else text  # Python 3.10 does not read the Z


def _rule(test: Callable[[Any, Any], bool], bound: Any) -> Callable[[Any], bool]:
    return lambda value: test(value, bound)


def _clock(logical_type: str, type_: str) -> _Clock:
    """How values of a type are counted: to a number, back, the least and the greatest, where to start, the step."""
    if logical_type == "time":
        return (
            _of_day,
            lambda count: (_EPOCH + timedelta(microseconds=count)).time(),
            0,
            86400 * _SECOND - 1,
            0,
            _SECOND,
        )
    if logical_type == "date" and not type_.upper().startswith("TIMESTAMP"):
        first, last = date(1900, 1, 1).toordinal(), date(2200, 1, 1).toordinal()
        return date.toordinal, date.fromordinal, first, last, _START.toordinal(), 1
    zone = timezone.utc if type_.upper().endswith("WITH TIME ZONE") else None

    def count(value: datetime) -> int:
        return (value.replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1)

    def value_at(micros: int) -> datetime:
        return (_EPOCH + timedelta(microseconds=micros)).replace(tzinfo=zone)

    return count, value_at, count(datetime(1900, 1, 1)), count(datetime(2200, 1, 1)), count(_START), 3600 * _SECOND


def _of_day(value: time) -> int:
    return ((value.hour * 60 + value.minute) * 60 + value.second) * _SECOND + value.microsecond
