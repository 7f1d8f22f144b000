"""The platform's own custom properties: known ones, each in its place and with a value it can have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from platform_core.contracts.lint.elements import columns, entries
from platform_core.contracts.places import Lint, did_you_mean, shown
from platform_core.documents import Keys
from platform_core.findings import Finding
from platform_core.names import name_problem

__all__ = ["custom"]

Test = Callable[[Any], bool]


def _one_of(*values: str) -> Test:
    return lambda value: isinstance(value, str) and value in values


def _whole(least: int) -> Test:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")


def _names_of_columns(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and name for name in value)


# where it may stand -> name -> (test, what it may be)
_KNOWN: dict[str, dict[str, tuple[Test, str]]] = {
    "contract": {
        "platformAllowEmpty": (lambda value: isinstance(value, bool), "true or false"),
        "platformVersions": (_whole(1), "a whole number from 1"),
        "platformSuccessorOf": (lambda value: isinstance(value, str) and not name_problem(value), "a dataset's name"),
    },
    "schema object": {"platformReserved": (_names_of_columns, "a list of names, such as [old_name]")},
    "relationship": {
        "platformSeverity": (_one_of("error", "warning"), "error or warning"),
        "platformThreshold": (_number, "a number from 0"),
        "platformUnit": (_one_of("rows", "percent"), "rows or percent"),
    },
    "quality rule": {"platformScope": (_one_of("partition", "dataset"), "partition or dataset")},
    "column": {"platformSeverity": (_one_of("error", "warning"), "error or warning")},
}
_RESERVED = "platformReserved"
_NAMES = sorted({name for names in _KNOWN.values() for name in names})


def custom(lint: Lint) -> Iterator[Finding]:
    """Yield findings about every custom property whose name begins with `platform`."""
    yield from _walk(lint, lint.document.data, ())
    yield from _reserved(lint)


def _walk(lint: Lint, value: Any, keys: Keys) -> Iterator[Finding]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(lint, item, (*keys, index))
    elif isinstance(value, dict):
        if "customProperties" in value:
            yield from _element(lint, keys, value)
        for key, inner in value.items():
            if key != "customProperties":
                yield from _walk(lint, inner, (*keys, key))


def _element(lint: Lint, keys: Keys, element: Mapping[str, Any]) -> Iterator[Finding]:
    home = _home(keys)
    given: dict[str, Any] = {}
    for place, item in entries(element, "customProperties", keys):
        name, value = item.get("property"), item.get("value")
        if not isinstance(name, str) or not name.lower().startswith("platform"):
            continue
        if name in given:
            yield lint.finding("duplicate-property", place, "it stands twice.", "Keep one of them.")
        given[name] = value
        known = _KNOWN.get(home, {})
        if name not in _NAMES:
            message = f"{shown(name)} is no property of the platform."
            yield lint.finding("unknown-property", place, message, did_you_mean(name, known or _NAMES))
        elif name not in known:
            homes = " or ".join(f"a {other}" for other, names in _KNOWN.items() if name in names)
            message = f"{name} means nothing here."
            yield lint.finding(
                "misplaced-property", place, message, f"It belongs to {homes}.".replace("a contract", "the contract")
            )
        elif not known[name][0](value):
            message = f"{name} cannot be {shown(value)}."
            yield lint.finding("bad-property", (*place, "value"), message, f"Write {known[name][1]}.")
    yield from _threshold(lint, keys, given)


def _threshold(lint: Lint, keys: Keys, given: Mapping[str, Any]) -> Iterator[Finding]:
    limit, unit = given.get("platformThreshold"), given.get("platformUnit", "rows")
    if not _number(limit):
        if "platformUnit" in given and "platformThreshold" not in given:
            fix = "Add platformThreshold: how many violations are allowed."
            yield lint.finding("bad-property", (*keys, "customProperties"), "platformUnit without a threshold.", fix)
        return
    if unit == "percent" and limit is not None and limit > 100:
        yield lint.finding("bad-threshold", (*keys, "customProperties"), f"{limit} percent is more than 100.")
    if unit == "rows" and limit is not None and limit != int(limit):
        message = f"platformThreshold {limit}: rows are counted 0, 1, 2, ..."
        fix = "Write a whole number, or add platformUnit: percent."
        yield lint.finding("bad-threshold", (*keys, "customProperties"), message, fix)


def _reserved(lint: Lint) -> Iterator[Finding]:
    """A name that a removed column had is not given to another one: old queries would read it in its place."""
    schema = next((item for _, item in entries(lint.document.data, "schema")), {})
    given = [item.get("value") for _, item in entries(schema, "customProperties") if item.get("property") == _RESERVED]
    taken = {str(name).lower() for value in given if isinstance(value, list) for name in value}
    for keys, column in columns(lint.document.data) if taken else ():
        if isinstance(column.get("name"), str) and _path(lint.document.data, keys).lower() in taken:
            message = "the name belongs to a column that was removed (platformReserved)."
            yield lint.finding("reserved-name", (*keys, "name"), message, "Give the column another name.")


def _path(data: Any, keys: Keys) -> str:
    """Return the path of a column as changes write it: 'address.street', 'lines[].note'."""
    parts, before = "", None
    for key in keys:
        data = data[key]
        if before == "properties":
            parts += f".{data.get('name')}"
        elif key == "items" or before == "map":
            parts += "[]" if key == "items" else f"{{{key}}}"
        before = key
    return parts.removeprefix(".")


def _home(keys: Keys) -> str:
    if not keys:
        return "contract"
    parent = keys[-2] if len(keys) > 1 and isinstance(keys[-1], int) else keys[-1]
    named = {
        "schema": "schema object",
        "relationships": "relationship",
        "quality": "quality rule",
        "properties": "column",
        "items": "column",
    }
    return named.get(str(parent), "")
