"""Types: what DuckDB stores for an ODCS column, and which ODCS type a DuckDB type is.

`physicalType` wins where it is a DuckDB type; else `logicalType` and its options decide. Types that a Delta table
cannot hold (unsigned and 128 bit integers, UUID, INTERVAL) become the smallest one that can hold their values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platform_core.contracts.model import Column, Contract
from platform_core.contracts.physical import canonical_type, split_type
from platform_core.sql.quoting import quoted

__all__ = [
    "canonical_type",
    "declared_type",
    "duckdb_type",
    "logical_family",
    "logical_type",
    "property_of",
    "types_of",
]

_INTEGERS = {
    **{"i8": "TINYINT", "i16": "SMALLINT", "i32": "INTEGER", "i64": "BIGINT", "i128": "DECIMAL(38,0)"},
    **{"u8": "SMALLINT", "u16": "INTEGER", "u32": "BIGINT", "u64": "DECIMAL(20,0)", "u128": "DECIMAL(38,0)"},
}
_NUMBERS = {"f32": "FLOAT", "f64": "DOUBLE"}
_VECTORS = {"float64": "DOUBLE", "int8": "TINYINT", "uint8": "SMALLINT", "binary": "TINYINT"}
_PLAIN = {"string": "VARCHAR", "date": "DATE", "time": "TIME", "boolean": "BOOLEAN"}

# DuckDB type -> (logicalType, the type to store, options); all others are stored as they are
_FAMILIES: dict[str, str] = {
    **dict.fromkeys(("VARCHAR", "UUID", "JSON", "INTERVAL", "BIT", "BLOB"), "string"),
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "integer"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "integer"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "number"),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "timestamp"),
    **{"TIMESTAMP WITH TIME ZONE": "timestamp", "TIME": "time", "TIME WITH TIME ZONE": "time"},
    **{"DATE": "date", "BOOLEAN": "boolean", "STRUCT": "object", "LIST": "array", "MAP": "map"},
}
_STORED = {
    **dict.fromkeys(("UUID", "JSON", "INTERVAL", "BIT"), "VARCHAR"),
    **{"UTINYINT": "SMALLINT", "USMALLINT": "INTEGER", "UINTEGER": "BIGINT", "UBIGINT": "DECIMAL(20,0)"},
    **{"HUGEINT": "DECIMAL(38,0)", "UHUGEINT": "DECIMAL(38,0)", "TIME WITH TIME ZONE": "TIME"},
    **dict.fromkeys(("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "TIMESTAMP"),
}


def duckdb_type(column: Column) -> str:
    """Return the DuckDB type a column is stored as, such as `DECIMAL(10,2)` or `STRUCT("a" BIGINT)`.

    An object without fields is stored as JSON text (VARCHAR), an array without items as a list of text.
    """
    physical = declared_type(column)
    if physical:
        return physical
    if column.logical_type in ("object", "array", "map", "vector"):
        return _nested(column)
    options = column.options
    if column.logical_type == "integer":
        return _INTEGERS.get(str(options.get("format")), "BIGINT")
    if column.logical_type == "number":
        return _NUMBERS.get(str(options.get("format")), "DOUBLE")
    if column.logical_type == "timestamp":
        return "TIMESTAMP WITH TIME ZONE" if options.get("timezone") else "TIMESTAMP"
    binary = column.logical_type == "string" and options.get("format") in ("binary", "byte")
    return "BLOB" if binary else _PLAIN[column.logical_type]


def types_of(contract: Contract) -> dict[str, str]:
    """Return the DuckDB type of each column of a contract, in their order."""
    return {column.name: duckdb_type(column) for column in contract.columns}


def declared_type(column: Column) -> str | None:
    """Return the DuckDB type that `physicalType` says; None where it leaves the type to what stands beside it.

    `jsonb` is how PostgreSQL keeps everything nested: what it holds is said by the properties and items.
    """
    kept = column.physical_type.strip().lower() == "jsonb"
    nested = column.logical_type in ("array", "map", "vector") or (column.logical_type == "object" and column.children)
    return None if kept and nested else canonical_type(column.physical_type)


def _nested(column: Column) -> str:
    inner = [duckdb_type(child) for child in column.children]
    if column.logical_type == "object":
        fields = (f"{quoted(child.name)} {type_}" for child, type_ in zip(column.children, inner, strict=True))
        return f"STRUCT({', '.join(fields)})" if inner else "VARCHAR"
    if column.logical_type == "map":
        return f"MAP({inner[0]}, {inner[1]})" if len(inner) == 2 else "MAP(VARCHAR, VARCHAR)"
    if column.logical_type == "vector":
        return _VECTORS.get(str(column.options.get("elementType")), "FLOAT") + "[]"
    return f"{inner[0] if inner else 'VARCHAR'}[]"


def logical_family(physical: str) -> str:
    """Return the ODCS logicalType of a canonical DuckDB type."""
    return _FAMILIES[split_type(physical)[0]]


def logical_type(type_: str) -> tuple[str, str, Mapping[str, Any]]:
    """Return (logicalType, physicalType to store, logicalTypeOptions) of a DuckDB type as DuckDB prints it.

    Types unknown here are text. For nested types take `property_of`, which also tells the inner ones.
    """
    canonical = canonical_type(type_) or "VARCHAR"
    base, _ = split_type(canonical)
    options: dict[str, Any] = {}
    if base == "UUID":
        options["format"] = "uuid"
    if base == "BLOB":
        options["format"] = "binary"
    if base.startswith("TIMESTAMP"):
        options["timezone"] = base == "TIMESTAMP WITH TIME ZONE"
    stored = _STORED.get(base, canonical)
    if base in ("STRUCT", "LIST", "MAP"):
        stored = base
    return _FAMILIES[base], stored, options


def property_of(name: str, type_: str) -> dict[str, Any]:
    """Return the ODCS property (name, types, options, and what is nested in it) of a column of a DuckDB type."""
    logical, stored, options = logical_type(type_)
    found: dict[str, Any] = {"name": name, "logicalType": logical}
    inner = split_type(canonical_type(type_) or "VARCHAR")[1]
    if logical == "object":
        found["properties"] = [property_of(field, field_type) for field, field_type in inner]
    elif logical == "array":
        found["items"] = _item(inner[0][1])
    elif logical == "map":
        found["map"] = {"key": _item(inner[0][1]), "value": _item(inner[1][1])}
    else:
        found["physicalType"] = stored
    if options:
        found["logicalTypeOptions"] = dict(options)
    return found


def _item(type_: str) -> dict[str, Any]:
    item = property_of("item", type_)
    del item["name"]
    return item
