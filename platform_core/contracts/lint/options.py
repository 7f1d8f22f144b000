"""Enums and logicalTypeOptions: values of the right type, limits in the right order, patterns the engine can run."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from platform_core.contracts.lint.elements import columns, entries, mapping
from platform_core.contracts.lint.patterns import pattern_problem
from platform_core.contracts.places import Lint, did_you_mean, shown
from platform_core.documents import Keys
from platform_core.findings import Finding

__all__ = ["fits", "moment", "options"]

_FORMATS = (
    *("email", "uuid", "uri", "hostname", "ipv4", "ipv6", "date", "time", "date-time"),
    *("byte", "binary", "password"),
)
_LOWER = (("minimum", False), ("exclusiveMinimum", True))
_UPPER = (("maximum", False), ("exclusiveMaximum", True))
_COUNTS = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"))
_EXAMPLES = {"date": '"2025-01-31"', "timestamp": '"2025-01-31 09:00:00"', "time": '"09:00:00"'}
_DATE, _TIME = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d(:\d\d(\.\d+)?)?"
# What Python of every version and DuckDB read alike.
_WRITTEN = {
    "date": re.compile(rf"{_DATE}\Z", re.ASCII),
    "time": re.compile(rf"{_TIME}\Z", re.ASCII),
    "timestamp": re.compile(rf"{_DATE}([ T]{_TIME}(Z|[+-]\d\d:\d\d)?)?\Z", re.ASCII),
}
_FRACTION = re.compile(r"\.\d+")
_NAMES = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}


def options(lint: Lint) -> Iterator[Finding]:
    """Yield findings about enums and options of every column."""
    for keys, column in columns(lint.document.data):
        logical = str(column.get("logicalType"))
        yield from _enum(lint, keys, column, logical)
        found = mapping(column.get("logicalTypeOptions"))
        where: Keys = (*keys, "logicalTypeOptions")
        yield from _limits(lint, where, found, logical)
        for least, most in _COUNTS:
            if _whole(found.get(least)) and _whole(found.get(most)) and found[least] > found[most]:
                message = f"{least} {found[least]} is more than {most} {found[most]}: no value can pass."
                yield lint.finding("impossible-limits", (*where, least), message)
        if isinstance(found.get("pattern"), str) and (problem := pattern_problem(found["pattern"])):
            yield lint.finding("bad-pattern", (*where, "pattern"), f"{problem[0]}.", problem[1])
        format_ = found.get("format")
        if logical == "string" and isinstance(format_, str) and format_ not in _FORMATS:
            message = f"format {shown(format_)} is not known: nothing would be checked."
            yield lint.finding("unknown-format", (*where, "format"), message, did_you_mean(format_, _FORMATS))


def fits(value: Any, logical: str) -> bool:
    """Say whether a value written in YAML is one of logicalType `logical`."""
    if logical == "string":
        return isinstance(value, str)
    if logical == "boolean":
        return isinstance(value, bool)
    if logical == "integer":
        return _whole(value)
    if logical == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return moment(value, logical) is not None if logical in _EXAMPLES else False


def _enum(lint: Lint, keys: Keys, column: Mapping[str, Any], logical: str) -> Iterator[Finding]:
    if column.get("enum") and logical in ("object", "array", "map", "vector"):
        yield lint.finding(
            "bad-enum", (*keys, "enum"), f"a column of type {logical} cannot have an enum.", "Take it out."
        )
        return
    seen: set[tuple[type, Any]] = set()
    for place, entry in entries(column, "enum", keys):
        value = entry.get("value")
        if "value" not in entry or isinstance(value, (dict, list, datetime.date)):
            continue  # reported by the schema
        if value is None:
            fix = "Take it out: a missing value passes every rule except required."
            yield lint.finding("bad-enum", place, "an enum value is empty.", fix)
        elif (logical in _NAMES or logical in _EXAMPLES) and not fits(value, logical):
            yield lint.finding("bad-enum", place, f"the value is not {_kind(logical)}.", _rewrite(value, logical))
        if (type(value), value) in seen:
            yield lint.finding("bad-enum", place, "the value stands twice.", "Keep one of them.")
        seen.add((type(value), value))


def _kind(logical: str) -> str:
    return _NAMES.get(logical, f"a {logical} such as {_EXAMPLES.get(logical)}")


def _rewrite(value: Any, logical: str) -> str:
    if logical == "string" and isinstance(value, bool):
        return 'Put it in quotes, as in value: "no": YAML reads bare yes, no, on, off as true and false.'
    if logical == "string":
        return f'Put it in quotes: value: "{value}".'
    return f"Write {_kind(logical)}" + (", without quotes." if isinstance(value, str) and logical in _NAMES else ".")


def _limits(lint: Lint, keys: Keys, found: Mapping[str, Any], logical: str) -> Iterator[Finding]:
    bounds: dict[str, Any] = {}
    for name, _ in (*_LOWER, *_UPPER):
        value = found.get(name)
        if isinstance(value, float) and not math.isfinite(value):
            yield lint.finding("bad-limit", (*keys, name), f"{name} is {value}.", "Write a number, or leave it out.")
        elif isinstance(value, str) and logical in _EXAMPLES:
            when = moment(value, logical)
            if when is None:
                fix = f"Write {name}: {_EXAMPLES[logical]}."
                yield lint.finding("bad-limit", (*keys, name), f"{name} {shown(value)} is no {logical}.", fix)
            else:
                bounds[name] = when
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            bounds[name] = value
    for low, open_low in _LOWER:
        for high, open_high in _UPPER:
            if low in bounds and high in bounds:
                order = bounds[low] > bounds[high]
                if order or (bounds[low] == bounds[high] and (open_low or open_high)):
                    message = f"{low} {found[low]} and {high} {found[high]}: no value can pass."
                    yield lint.finding("impossible-limits", (*keys, low), message)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def moment(value: Any, logical: str) -> datetime.date | datetime.time | None:
    """Return a date, time or timestamp as contracts write it; None when it is none. Without a zone it is in UTC."""
    if not isinstance(value, str) or not _WRITTEN[logical].match(value):
        return None
    value = _FRACTION.sub(lambda found: found[0][:7].ljust(7, "0"), value)
    try:
        if logical == "date":
            return datetime.date.fromisoformat(value)
        if logical == "time":
            return datetime.time.fromisoformat(value)
        when = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=datetime.timezone.utc)
