"""Types: families that engines treat alike, and whether what is stored is what a contract declares."""

from __future__ import annotations

from collections.abc import Mapping

from platform_core.contracts.model import Column
from platform_core.contracts.physical import canonical_type, split_type
from platform_core.contracts.types import declared_type, duckdb_type, logical_family

__all__ = ["FLOATS", "INTEGERS", "NUMBERS", "base_of", "same_type"]

# The integers of DuckDB, and the greatest that each can hold.
_SIGNED = {"TINYINT": 7, "SMALLINT": 15, "INTEGER": 31, "BIGINT": 63}
_UNSIGNED = {"UTINYINT": 8, "USMALLINT": 16, "UINTEGER": 32, "UBIGINT": 64}
INTEGERS = {type_: 2**bits - 1 for type_, bits in {**_SIGNED, **_UNSIGNED}.items()}
FLOATS = frozenset({"FLOAT", "DOUBLE"})
NUMBERS = {*INTEGERS, "HUGEINT", "UHUGEINT", *FLOATS, "DECIMAL"}


def base_of(type_: str) -> str:
    """Return a DuckDB type without its parameters: DECIMAL of DECIMAL(10,2); LIST for every list and array."""
    return "LIST" if type_.endswith("]") else type_.partition("(")[0]


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
    declared = declared_type(column) not in (None, "STRUCT", "LIST", "MAP")
    return declared or "timezone" in column.options or (numeric and "format" in column.options)


def _same_fields(column: Column, fields: Mapping[str, str]) -> bool:
    if not column.children:
        return True
    names = {child.name for child in column.children}
    return names == set(fields) and all(same_type(child, fields[child.name]) for child in column.children)
