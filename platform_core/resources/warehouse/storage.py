"""How a declared type lies in Parquet and Delta. Delta has no time, UUID, interval, enum or unsigned type.

Declared types are DuckDB's, as `contracts.types.duckdb_type` gives them. What Delta lacks is stored as the next type
that loses nothing and that other engines can read (a time as the text 12:34:56.789), and cast back by our readers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from platform_core.errors import PlatformError
from platform_core.sql.quoting import quoted

if TYPE_CHECKING:
    from deltalake import Schema

__all__ = ["PARTITION_COLUMN", "delta_schema", "field_paths", "storage_type"]

PARTITION_COLUMN = "_partition"

_PLAIN = {
    "boolean": "boolean",
    "tinyint": "byte",
    "smallint": "short",
    "integer": "integer",
    "bigint": "long",
    "float": "float",
    "double": "double",
    "varchar": "string",
    "blob": "binary",
    "date": "date",
    "timestamp": "timestamp_ntz",
    "timestamp with time zone": "timestamp",
}
_STORED_AS = {
    "utinyint": "SMALLINT",
    "usmallint": "INTEGER",
    "uinteger": "BIGINT",
    "ubigint": "DECIMAL(20,0)",
    "hugeint": "DECIMAL(38,0)",
    "uhugeint": "DECIMAL(38,0)",
    "time": "VARCHAR",
    "time with time zone": "VARCHAR",
    "uuid": "VARCHAR",
    "interval": "VARCHAR",
    "enum": "VARCHAR",
    "bit": "VARCHAR",
    "timestamp_s": "TIMESTAMP",
    "timestamp_ms": "TIMESTAMP",
}


def storage_type(declared: str) -> str:
    """Return the DuckDB type under which values of the `declared` type are stored.

    Raises PlatformError when the engine cannot keep the type without loss.
    """
    return _storage(_parsed(declared), declared)


def delta_schema(columns: Mapping[str, str], partitioned: bool) -> Schema:
    """Build the Delta schema of a table from its declared columns (name -> DuckDB type).

    Every column is nullable: whether nulls are allowed is the contract's business, and it may change.
    """
    from deltalake import Field, Schema

    if PARTITION_COLUMN in {name.lower() for name in columns}:
        raise PlatformError(f"'{PARTITION_COLUMN}' is reserved.", hint="Give the column another name in the contract.")
    declared = [Field(name, _delta(_parsed(storage_type(kind)))) for name, kind in columns.items()]
    return Schema([*declared, Field(PARTITION_COLUMN, _delta(_parsed("VARCHAR")))] if partitioned else declared)


def field_paths(declared: str) -> list[str]:
    """Return the paths of all fields of objects inside a type: `a`, `a.b`; items of lists and maps add no step."""
    return list(_fields(_parsed(declared), ""))


def _fields(kind: Any, above: str) -> Iterator[str]:
    if kind.id in {"list", "array"}:
        yield from _fields(kind.children[0][1], above)
    elif kind.id == "map":
        for _, child in kind.children:
            yield from _fields(child, above)
    elif kind.id == "struct":
        for name, child in kind.children:
            yield above + name
            yield from _fields(child, f"{above}{name}.")


def _parsed(declared: str) -> Any:
    import duckdb

    try:
        return duckdb.sqltype(declared)
    except duckdb.Error as error:
        raise PlatformError(f"'{declared}' is not a type of DuckDB.", hint="Correct physicalType.") from error


def _storage(kind: Any, declared: str) -> str:
    if kind.id in {"list", "array"}:
        return _storage(kind.children[0][1], declared) + "[]"
    if kind.id == "map":
        return f"MAP({', '.join(_storage(child, declared) for _, child in kind.children)})"
    if kind.id == "struct":
        return f"STRUCT({', '.join(f'{quoted(name)} {_storage(child, declared)}' for name, child in kind.children)})"
    if kind.id in _STORED_AS:
        return _STORED_AS[kind.id]
    if kind.id == "varchar":
        return "VARCHAR"  # JSON is text with a name
    if kind.id in _PLAIN or kind.id == "decimal":
        return str(kind)
    raise PlatformError(
        f"The type {declared} cannot be stored without loss.", hint="Use TIMESTAMP for TIMESTAMP_NS, else VARCHAR."
    )


def _delta(kind: Any) -> Any:
    from deltalake.schema import ArrayType, Field, MapType, PrimitiveType, StructType

    if kind.id == "list":
        return ArrayType(_delta(kind.children[0][1]), contains_null=True)
    if kind.id == "map":
        key, value = (_delta(child) for _, child in kind.children)
        return MapType(key, value, value_contains_null=True)
    if kind.id == "struct":
        return StructType([Field(name, _delta(child), nullable=True) for name, child in kind.children])
    if kind.id == "decimal":
        precision, scale = (value for _, value in kind.children)
        return PrimitiveType(f"decimal({precision},{scale})")
    return PrimitiveType(_PLAIN[kind.id])
