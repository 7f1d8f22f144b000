"""Columns: names that collide, types that contradict, keys that cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from platform_core.contracts.lint.elements import Element, columns, entries, mapping, own_columns, schema_object
from platform_core.contracts.physical import canonical_type
from platform_core.contracts.places import Lint, shown
from platform_core.contracts.types import logical_family
from platform_core.documents import Keys
from platform_core.findings import Finding

__all__ = ["RESERVED_COLUMN", "family_of", "structure"]

RESERVED_COLUMN = "_partition"  # the warehouse keeps the partition of each row in it
_SAME = {("number", "integer"), ("integer", "number"), ("vector", "array"), ("object", "string")}
_NESTED = ("object", "array", "map", "vector")


def structure(lint: Lint) -> Iterator[Finding]:
    """Yield findings about the columns, at every depth."""
    data = lint.document.data
    own = list(own_columns(data))
    if schema_object(data) and not own:
        fix = "List the columns under 'properties', each with name and logicalType."
        yield lint.finding("no-columns", ("schema", 0), "the contract promises no column.", fix)
    yield from _names(lint, own)
    for keys, column in columns(data):
        yield from _names(lint, list(entries(column, "properties", keys)))
        yield from _type(lint, keys, column)
        if len(keys) > 4 and column.get("primaryKey") is True:
            fix = "A primary key is made of columns of the dataset itself."
            yield lint.finding("bad-primary-key", (*keys, "primaryKey"), "a nested field cannot be a key.", fix)
    yield from _primary_key(lint, own)


def _names(lint: Lint, siblings: list[Element]) -> Iterator[Finding]:
    seen: dict[str, Keys] = {}
    for keys, column in siblings:
        name = column.get("name")
        if not isinstance(name, str):
            continue
        if name.lower() in seen:
            line = lint.document.where(*seen[name.lower()]).line
            message = f"the name stands twice (first on line {line}; upper and lower case are one to SQL)."
            yield lint.finding("duplicate-column", keys, message, "Take one out, or give it another name.")
        seen.setdefault(name.lower(), keys)
        if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > 255:
            message = "a column's name is 1 to 255 printable characters, without spaces around it."
            yield lint.finding("bad-name", (*keys, "name"), message)
        elif name.lower() == RESERVED_COLUMN:
            yield lint.finding(
                "bad-name", (*keys, "name"), "the platform keeps this name for itself.", "Choose another."
            )


def _type(lint: Lint, keys: Keys, column: Mapping[str, Any]) -> Iterator[Finding]:
    logical, physical = column.get("logicalType"), column.get("physicalType")
    if logical is None:
        fix = (
            "Add logicalType: string (or integer, number, boolean, date, timestamp, time, object, array, map, vector)."
        )
        yield lint.finding("missing-type", keys, "nothing says what type it has.", fix)
    if not isinstance(physical, str) or not isinstance(logical, str):
        return
    canonical = canonical_type(physical)
    if canonical is None:
        if logical not in _NESTED:
            message = f"physicalType {shown(physical)} is no type of the engine; logicalType decides."
            fix = "Write a type of DuckDB or PostgreSQL, such as DECIMAL(10,2), or leave it out."
            yield lint.finding("unknown-type", (*keys, "physicalType"), message, fix, level="warning")
        return
    if physical.strip().lower() == "jsonb" and logical in _NESTED:
        return  # how PostgreSQL keeps them
    family = logical_family(canonical)
    if family != logical and (logical, family) not in _SAME:
        message = f"logicalType is {logical}, but physicalType {shown(physical)} holds {family}."
        yield lint.finding("type-conflict", (*keys, "physicalType"), message, "Change one of them.")
    zone = mapping(column.get("logicalTypeOptions")).get("timezone")
    if family == "timestamp" and isinstance(zone, bool) and zone != canonical.endswith("WITH TIME ZONE"):
        message = f"timezone is {str(zone).lower()}, but physicalType {shown(physical)} says otherwise."
        yield lint.finding("type-conflict", (*keys, "physicalType"), message, "Change one of them.")


def _primary_key(lint: Lint, own: list[Element]) -> Iterator[Finding]:
    taken: dict[int, str] = {}
    keyed = [(keys, column) for keys, column in own if column.get("primaryKey") is True]
    given = [column for _, column in keyed if "primaryKeyPosition" in column]
    for keys, column in own:
        position = column.get("primaryKeyPosition", -1)
        if column.get("primaryKey") is not True and position != -1:
            fix = "Add primaryKey: true, or take primaryKeyPosition out."
            yield lint.finding("bad-primary-key", (*keys, "primaryKeyPosition"), "a position, but no key.", fix)
    for keys, column in keyed:
        position, name = column.get("primaryKeyPosition"), str(column.get("name"))
        place: Keys = (*keys, "primaryKeyPosition")
        if column.get("required") is False:
            fix = "Write required: true, or leave it out: a key column always is."
            yield lint.finding(
                "bad-primary-key", (*keys, "required"), "part of the primary key, yet not required.", fix
            )
        if column.get("logicalType") in ("object", "array", "map", "vector"):
            yield lint.finding("bad-primary-key", keys, f"a column of type {column['logicalType']} cannot be a key.")
        if position is None and given and len(keyed) > 1:
            yield lint.finding(
                "bad-primary-key", keys, "has no position; other key columns do.", "Number all: 1, 2, ..."
            )
        if not isinstance(position, int):
            continue
        if position < 1:
            yield lint.finding("bad-primary-key", place, f"position {position}; they count from 1.")
        elif position in taken:
            message = f"position {position} is taken by column '{taken[position]}'."
            yield lint.finding("bad-primary-key", place, message, "Number the key's columns 1, 2, ...")
        elif position > len(keyed):
            message = f"position {position} in a key of {len(keyed)}."
            yield lint.finding("bad-primary-key", place, message, "Number the key's columns 1, 2, ...")
        taken.setdefault(position, name)


def family_of(column: Mapping[str, Any]) -> str:
    """Return the kind of type a column is compared as: its logicalType, or what its physicalType holds."""
    logical, physical = column.get("logicalType"), column.get("physicalType")
    canonical = canonical_type(physical) if isinstance(physical, str) else None
    return logical_family(canonical) if canonical else str(logical or "")
