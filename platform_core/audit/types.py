"""Whether the types that are stored are those a contract declares."""

from __future__ import annotations

from collections.abc import Mapping

from platform_core.contracts.model import Column
from platform_core.contracts.physical import canonical_type, split_type
from platform_core.contracts.types import duckdb_type, logical_family

__all__ = ["same_type"]


def same_type(column: Column, stored: str) -> bool:
    """Return whether the DuckDB type `stored` is what `column` declares.

    A physicalType, an integer or number format and a timezone are exact. Where a contract gives only the logicalType,
    every type of that family will do: INTEGER for an integer, DECIMAL for a number.
    """
    actual = canonical_type(stored)
    if actual is None or actual == duckdb_type(column):
        return actual is not None
    if _exact(column):
        return False
    base, inner = split_type(actual)
    fields = dict(inner)
    if column.logical_type == "object" and base == "STRUCT":
        return _same_fields(column, fields)
    if column.logical_type in ("array", "map") and base in ("LIST", "MAP") and column.children:
        kind = {"array": "LIST", "map": "MAP"}[column.logical_type]
        pairs = zip(column.children, fields.values(), strict=False)
        return base == kind and all(same_type(child, type_) for child, type_ in pairs)
    family = logical_family(actual)
    return family == column.logical_type or (column.logical_type == "number" and family == "integer")


def _exact(column: Column) -> bool:
    numeric = column.logical_type in ("integer", "number")
    declared = canonical_type(column.physical_type) not in (None, "STRUCT", "LIST", "MAP")
    return declared or "timezone" in column.options or (numeric and "format" in column.options)


def _same_fields(column: Column, fields: Mapping[str, str]) -> bool:
    if not column.children:
        return True
    names = {child.name for child in column.children}
    return names == set(fields) and all(same_type(child, fields[child.name]) for child in column.children)
