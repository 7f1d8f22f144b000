"""Brings rows of the database to DuckDB: by COPY through a CSV file, into Parquet."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.contracts.physical import split_type
from platform_core.contracts.postgres_types import postgres_type
from platform_core.errors import PlatformError
from platform_core.resources.postgres.connection import reading
from platform_core.resources.postgres.errors import explained
from platform_core.resources.postgres.selects import described, rows_of
from platform_core.resources.warehouse.refused import room
from platform_core.resources.warehouse.storage import storage_type
from platform_core.sql.quoting import quoted, text
from platform_core.sql.relation import Relation

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["bring"]

_LINE = 2 << 20  # bytes: what DuckDB takes for the longest line unless told otherwise
_LONGEST = 128 << 20


def bring(relation: Relation, folder: Path) -> Relation:
    """Return the rows of tables as a Parquet file in `folder`. Raises PlatformError when they cannot be read."""
    address: Any = relation.home
    folder.mkdir(parents=True, exist_ok=True)
    name = secrets.token_hex(8)
    raw, target = folder / f"{name}.csv", folder / f"{name}.parquet"
    try:
        with room():
            with reading(address) as connection, explained(address):
                columns = described(connection, relation)
                _copy_out(connection, relation, columns, raw)
            _to_parquet(raw, columns, target)
    finally:
        raw.unlink(missing_ok=True)
    return Relation.of([target], columns)


def _copy_out(connection: Connection[Any], relation: Relation, columns: Mapping[str, str], path: Path) -> None:
    values = ", ".join(_written(quoted(name), kind) for name, kind in columns.items())
    rows = rows_of(connection, Relation.tables(*relation.places, columns=columns))
    # Quoted always: an empty text is not NULL.
    statement = f"COPY (SELECT {values} FROM ({rows}) AS rows) TO STDOUT (FORMAT csv, FORCE_QUOTE *)"  # noqa: S608
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy, path.open("wb") as file:
        for chunk in copy:
            file.write(chunk)


def _written(value: str, declared: str) -> str:
    """Return the expression whose text DuckDB reads as the declared type."""
    wanted = postgres_type(declared)
    if wanted == "interval":
        return f"replace(replace({value}::text, 'mon', 'month'), '+', '')"
    if wanted == "date" or wanted.startswith("timestamp"):
        before = f"regexp_replace({value}::text, '^(\\S+)(.*) BC$', '\\1 (BC)\\2')"
        return f"CASE WHEN {value} < '0001-01-01' THEN {before} ELSE {value}::text END"
    return value


def _to_parquet(raw: Path, columns: Mapping[str, str], target: Path) -> None:
    import duckdb

    line = min(max(_LINE, raw.stat().st_size), _LONGEST)
    names = {name: f"c{place}" for place, name in enumerate(columns)}
    listed = ", ".join(f"'{name}': 'VARCHAR'" for name in names.values())
    source = (
        f"read_csv({text(str(raw))}, auto_detect=false, header=false, delim=',', quote='\"', escape='\"', nullstr='', "
        f"allow_quoted_nulls=false, max_line_size={line}, buffer_size={2 * line}, columns={{{listed}}})"
    )
    values = ", ".join(f"{_read(names[name], kind)} AS {quoted(name)}" for name, kind in columns.items())
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        try:
            connection.execute(
                f"COPY (SELECT {values} FROM {source}) TO {text(str(target))} "  # noqa: S608 - quoted
                "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
            )
        except duckdb.Error as error:
            failed = type(error).__name__ if "No space left" not in str(error) else "No space left on device"
        else:
            return
    raise PlatformError(f"What PostgreSQL holds cannot be read by DuckDB ({failed}).")


def _read(value: str, declared: str) -> str:
    base, _ = split_type(declared)
    if base in {"STRUCT", "MAP", "LIST"}:
        value = f"CAST({value} AS JSON)"
    elif base == "BLOB":
        value = f"unhex(substr({value}, 3))"
    return f"CAST(CAST({value} AS {declared}) AS {storage_type(declared)})"
