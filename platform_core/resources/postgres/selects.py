"""SELECTs over tables of versions, in the columns and types that are declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from platform_core.contracts.postgres_types import duckdb_type_of, postgres_type
from platform_core.resources.postgres.connection import run
from platform_core.resources.postgres.place import full
from platform_core.sql.quoting import quoted
from platform_core.sql.relation import Relation, quoted_table

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["described", "rows_of", "select_text", "selects", "types_in"]


def types_in(connection: Connection[Any], relation: Relation) -> dict[tuple[str, str], dict[str, str]]:
    """Return, for each table of a relation, its columns and their types as PostgreSQL prints them; in one query."""
    schemas, names = [place[0] for place in relation.places], [place[1] for place in relation.places]
    found = run(
        connection,
        "SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a "
        "JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE a.attnum > 0 AND NOT a.attisdropped "
        "AND (n.nspname, c.relname) IN (SELECT * FROM unnest(%s::name[], %s::name[])) ORDER BY a.attnum",
        (schemas, names),
    )
    types: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, kind in found:
        types.setdefault((schema, table), {})[column] = kind
    return types


def described(connection: Connection[Any], relation: Relation) -> dict[str, str]:
    """Return the columns of a relation, name -> DuckDB type: those declared, else those of its tables."""
    if relation.columns:
        return dict(relation.columns)
    return {
        column: duckdb_type_of(kind) or "VARCHAR"
        for columns in types_in(connection, relation).values()
        for column, kind in columns.items()
    }


def selects(connection: Connection[Any], relation: Relation) -> list[exp.Query]:
    """Return a SELECT for each table of a relation, projected to its declared columns; those it lacks are NULL."""
    columns, there = described(connection, relation), types_in(connection, relation)
    if not relation.places:
        return [exp.select(*(_column(name, kind, {}) for name, kind in columns.items())).where(exp.false())]
    return [
        exp.select(*(_column(name, kind, there.get(place, {})) for name, kind in columns.items())).from_(
            quoted_table(*place)
        )
        for place in relation.places
    ]


def rows_of(connection: Connection[Any], relation: Relation) -> str:
    """Return the text of a SELECT of all rows of a relation."""
    return " UNION ALL ".join(select.sql("postgres") for select in selects(connection, relation))


def select_text(schema: str, name: str, wanted: Mapping[str, str], present: Mapping[str, str]) -> str:
    """Return the text of a SELECT over one table of a version, of the `wanted` columns (name -> DuckDB type)."""
    values = ", ".join(
        f"{quoted(column) if column in present else f'NULL::{postgres_type(kind)}'} AS {quoted(column)}"
        for column, kind in wanted.items()
    )
    return f"SELECT {values} FROM {full(schema, name)}"  # noqa: S608 - quoted


def _column(name: str, kind: str, present: Mapping[str, str]) -> exp.Expr:
    wanted = postgres_type(kind)
    value: exp.Expr = exp.column(exp.to_identifier(name, quoted=True)) if name in present else exp.null()
    if present.get(name) != wanted:
        value = exp.cast(value, wanted, dialect="postgres")
    return exp.alias_(value, name, quoted=True)
