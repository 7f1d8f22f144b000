"""The limits of a column's values: ranges and lengths by inclusion, steps, patterns, formats, vectors."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from platform_core.contracts.diff.change import Changes, Place
from platform_core.contracts.diff.patterns import compared
from platform_core.contracts.diff.spans import Direction, Spans, direction, number, spans
from platform_core.contracts.lattice import family
from platform_core.contracts.lint.options import moment
from platform_core.contracts.model import Column
from platform_core.contracts.types import duckdb_type

__all__ = ["limits"]

_RANGE = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
_COUNTS = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"))
_EMBEDDING = {"dimensions": None, "elementType": "float32", "embeddingModel": None, "embeddingModelVersion": None}
_BITS = {"8": 8, "16": 16, "32": 32, "64": 64, "128": 128}
_MOMENTS = ("date", "timestamp", "time")
_MEANINGS = ("password", "binary")  # formats that say what a text is; nothing checks how it is written
_HANDLED = {
    *(*_RANGE, *_EMBEDDING, *(name for pair in _COUNTS for name in pair), "normalized", "distanceMetric", "timezone"),
    *("multipleOf", "uniqueItems", "pattern", "format", "defaultTimezone", "required"),
}


def limits(found: Changes, place: Place, old: Column, new: Column) -> None:
    """Add the changes of a column's logicalTypeOptions, but those that are its type or its fields."""
    one, other = old.options, new.options
    if one == other and old.logical_type == new.logical_type:
        return
    here = place.down("logicalTypeOptions")
    _range(found, here, old, new)
    for names in _COUNTS:
        _counts(found, here, names, one, other)
    _multiple_of(found, here, one.get("multipleOf"), other.get("multipleOf"))
    _pattern(found, here, one.get("pattern"), other.get("pattern"))
    _format(found, here, old, new)
    _vector(found, here, one, other)
    if bool(one.get("uniqueItems")) != bool(other.get("uniqueItems")):
        kind = "unique-items-added" if other.get("uniqueItems") else "unique-items-removed"
        found.add("range", kind, here.down("uniqueItems"), one.get("uniqueItems"), other.get("uniqueItems"))
    zones = [options.get("defaultTimezone") or "Etc/UTC" for options in (one, other)]
    if zones[0] != zones[1]:
        found.add("type", "timezone-changed", here.down("defaultTimezone"), *zones)
    for key in sorted({*one, *other} - _HANDLED):
        if one.get(key) != other.get(key):
            found.add("contract", "other-changed", here.down(key), one.get(key), other.get(key), name=key)


def _range(found: Changes, place: Place, old: Column, new: Column) -> None:
    kinds = _line(old), _line(new)
    if not kinds[0] or not kinds[1] or (kinds[0] != kinds[1] and set(kinds) != {"integer", "number"}):
        return  # values of another kind: a change of type, or nothing that has limits
    whole = kinds == ("integer", "integer")
    before, after = _allowed(old, kinds[0], whole), _allowed(new, kinds[1], whole)
    way = direction(before, after)
    if way != "equal":
        found.add("range", f"range-{_SAID[way]}", place, _written(old.options), _written(new.options))


_SAID = {"looser": "loosened", "tighter": "tightened", "moved": "moved"}


def _line(column: Column) -> str:
    """Return on which line the values lie: integer, number, date, timestamp or time; empty when on none."""
    if column.logical_type in _MOMENTS:
        return column.logical_type
    if column.logical_type not in ("integer", "number"):
        return ""
    return "integer" if "integer" in (column.logical_type, family(duckdb_type(column))) else "number"


def _allowed(column: Column, line: str, whole: bool) -> Spans:
    values = {name: _placed(column.options.get(name), line) for name in _RANGE}
    low, high = values["minimum"], values["maximum"]
    form = str(column.options.get("format"))
    if line == "integer" and form[:1] in ("i", "u") and form[1:] in _BITS:
        bits = _BITS[form[1:]]
        least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if form[0] == "i" else (0, 2**bits - 1)
        low = least if low is None else max(low, least)
        high = most if high is None else min(high, most)
    above, below = values["exclusiveMinimum"], values["exclusiveMaximum"]
    return spans(low, high, above=above, below=below, whole=whole or line == "date")


def _placed(value: Any, line: str) -> Any:
    """Return where a limit lies on its line; None for no limit. Days are counted."""
    if line not in _MOMENTS:
        return number(value)
    found = moment(value, line)
    return found.toordinal() if line == "date" and isinstance(found, datetime.date) else found


def _written(options: Mapping[str, Any]) -> str | None:
    said = [f"{name} {options[name]}" for name in (*_RANGE, "format") if name in options]
    return ", ".join(said) or None


def _counts(found: Changes, place: Place, names: tuple[str, str], old: Any, new: Any) -> None:
    sets = [spans(number(each.get(names[0])) or 0, number(each.get(names[1])), whole=True) for each in (old, new)]
    way = direction(sets[0], sets[1])
    if way != "equal":
        said = [", ".join(f"{name} {each[name]}" for name in names if name in each) or None for each in (old, new)]
        found.add("range", f"length-{_SAID[way]}", place, *said)


def _multiple_of(found: Changes, place: Place, old: Any, new: Any) -> None:
    before, after = number(old), number(new)
    if before == after:
        return
    grown, shrunk = _divides(after, before), _divides(before, after)
    kind = "loosened" if grown else "tightened" if shrunk else "changed"
    found.add("range", f"multiple-of-{kind}", place.down("multipleOf"), old, new)


def _divides(step: Fraction | None, other: Fraction | None) -> bool:
    """Say whether every multiple of `other` is one of `step`; None: every number is."""
    return step is None or (other is not None and step != 0 and (other / step).denominator == 1)


def _pattern(found: Changes, place: Place, old: Any, new: Any) -> None:
    if old == new:
        return
    way: Direction | None
    if old is None or new is None:
        kind = "removed" if new is None else "added"
    else:
        way = compared(str(old), str(new))
        kind = {"equal": "respelled", "looser": "loosened", "tighter": "tightened"}.get(way or "", "changed")
    found.add("pattern", f"pattern-{kind}", place.down("pattern"), old, new)


def _format(found: Changes, place: Place, old: Column, new: Column) -> None:
    """Add a change of the format in which texts are written; that of numbers is a range, and a type."""
    said = old.options.get("format"), new.options.get("format")
    checked = [_checked_format(column) for column in (old, new)]
    if checked[0] != checked[1]:
        kind = "added" if checked[0] is None else "removed" if checked[1] is None else "changed"
        found.add("pattern", f"format-{kind}", place.down("format"), *said)
    elif said[0] != said[1] and {old.logical_type, new.logical_type} <= {"string", *_MOMENTS}:
        found.add("text", "definition-changed", place.down("format"), *said, name="format")


def _checked_format(column: Column) -> str | None:
    form = column.options.get("format")
    if form is None or form in _MEANINGS or column.logical_type not in ("string", *_MOMENTS):
        return None
    # What is stored as a date is not written in any format.
    return str(form) if duckdb_type(column) in ("VARCHAR", "BLOB") else None


def _vector(found: Changes, place: Place, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    for key, default in {**_EMBEDDING, "normalized": False}.items():
        before, after = old.get(key, default), new.get(key, default)
        if before != after:
            found.add("type", "embedding-changed", place.down(key), before, after, name=key)
    if old.get("distanceMetric") != new.get("distanceMetric"):
        values = old.get("distanceMetric"), new.get("distanceMetric")
        found.add("type", "distance-metric-changed", place.down("distanceMetric"), *values)
