"""What PostgreSQL stores for a DuckDB type, and which DuckDB type one of PostgreSQL is.

There is one system of types, DuckDB's: a contract means the same on every engine. What PostgreSQL has no like for
(unsigned and small integers, nested values) is stored in the next type that holds every value of it.
"""

from __future__ import annotations

import re

from platform_core.contracts.physical import canonical_type, split_type
from platform_core.names import MAX_LENGTH

__all__ = ["duckdb_type_of", "name_unheld", "postgres_type"]

_TYPES = {
    **{"BOOLEAN": "boolean", "TINYINT": "smallint", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint"},
    **{"UTINYINT": "smallint", "USMALLINT": "integer", "UINTEGER": "bigint", "UBIGINT": "numeric(20,0)"},
    # 2**127 has 39 digits, as 2**128 has.
    **{"HUGEINT": "numeric(39,0)", "UHUGEINT": "numeric(39,0)", "FLOAT": "real", "DOUBLE": "double precision"},
    **{"VARCHAR": "text", "BLOB": "bytea", "UUID": "uuid", "BIT": "bit varying", "INTERVAL": "interval"},
    **{"DATE": "date", "TIME": "time without time zone", "TIME WITH TIME ZONE": "time with time zone"},
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "timestamp without time zone"),
    **{"TIMESTAMP WITH TIME ZONE": "timestamp with time zone"},
    **dict.fromkeys(("STRUCT", "MAP", "LIST", "JSON"), "jsonb"),
}
_DECIMAL = re.compile(r"numeric\((\d+),(\d+)\)\Z")


def postgres_type(type_: str) -> str:
    """Return the PostgreSQL type that holds every value of a DuckDB type, as `format_type()` of PostgreSQL prints it.

    STRUCT, MAP, LIST and JSON become jsonb. Raises ValueError when `type_` is no DuckDB type.
    """
    canonical = canonical_type(type_)
    if canonical is None:
        raise ValueError(f"{type_} is no DuckDB type")
    base, inner = split_type(canonical)
    if base == "DECIMAL":
        return f"numeric({','.join(value for _, value in inner)})"
    return _TYPES[base]


def duckdb_type_of(type_: str) -> str | None:
    """Return the DuckDB type of a PostgreSQL type as `format_type()` prints it; None when there is none like it.

    A `numeric` without precision has none: it holds values that no DECIMAL does. `jsonb` is JSON: what is nested in
    it only a contract knows.
    """
    if type_.startswith("numeric") and type_.rstrip("[]") == type_:
        found = _DECIMAL.match(type_)
        return canonical_type(f"DECIMAL({found[1]},{found[2]})") if found else None
    return canonical_type(type_) if "numeric[]" not in type_ else None


# Each table of PostgreSQL has them already, and no quoting makes room for another.
_SYSTEM = frozenset({"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"})


def name_unheld(name: str) -> str:
    """Say why PostgreSQL cannot hold a column of this name; an empty string when it can."""
    if len(name.encode()) > MAX_LENGTH:
        return f"column '{name[:20]}...' has a name of more than {MAX_LENGTH} bytes"  # it would be cut off silently
    return f"column '{name}' has the name of a column that every table of PostgreSQL has" if name in _SYSTEM else ""
