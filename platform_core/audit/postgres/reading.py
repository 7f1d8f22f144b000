"""How tables of PostgreSQL are read: their columns in the words of DuckDB, and each as rules compare it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from sqlglot import exp

from platform_core.audit.conditions import call, column
from platform_core.audit.outcome import NotAudited
from platform_core.audit.postgres.literals import cast
from platform_core.audit.types import base_of
from platform_core.contracts.postgres_types import duckdb_type_of, postgres_type
from platform_core.sql.relation import Relation, quoted_table

__all__ = ["NESTED", "Source", "bytewise", "described", "filled_json"]

NESTED = frozenset({"STRUCT", "LIST", "MAP", "JSON"})
Place = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Source:
    """Tables that together make one relation. `types` are DuckDB's, `stored` those of each table as PostgreSQL says."""

    places: tuple[Place, ...]
    types: Mapping[str, str]
    stored: Sequence[Mapping[str, str]]

    def select(self, names: Sequence[str] | None = None) -> exp.Query:
        """Return the query of all rows, each column as rules compare it; one that a table lacks is NULL there."""
        wanted = list(self.types) if names is None else list(names)
        if not self.places:
            return exp.select(*(self._column(name, None) for name in wanted)).where(exp.false())
        parts: list[exp.Query] = [
            exp.select(*(self._column(name, stored.get(name)) for name in wanted)).from_(quoted_table(*place))
            for place, stored in zip(self.places, self.stored, strict=True)
        ]
        return reduce(lambda one, other: exp.Union(this=one, expression=other, distinct=False), parts)

    def rows(self, names: Sequence[str] | None = None) -> exp.Subquery:
        """Return what stands after FROM, with all columns or those named."""
        return self.select(names).subquery("delivery", copy=False)  # thousands of partitions make a large tree

    def _column(self, name: str, stored: str | None) -> exp.Expr:
        type_ = self.types.get(name)
        value: exp.Expr = exp.null() if stored is None else column(name)
        if type_ is not None:
            value = _read(value, type_, stored)
        return exp.alias_(value, name, quoted=True)


def _read(value: exp.Expr, type_: str, stored: str | None) -> exp.Expr:
    if duckdb_type_of("text") == type_:
        return bytewise(value if stored == "text" else cast(value, "text"))
    if base_of(type_) in NESTED:
        array = stored is not None and stored.endswith("]")
        kept = call("to_jsonb", value) if array else value if stored == "jsonb" else cast(value, "jsonb")
        return filled_json(kept)
    if stored is None or (duckdb_type_of(stored) != type_ and _declared(type_) not in (None, stored)):
        return cast(value, _declared(type_) or "text")
    return value


def bytewise(value: exp.Expr) -> exp.Expr:
    """Return a text that is compared by its bytes, as on DuckDB, whatever the collation of the database."""
    return exp.Collate(this=value, expression=exp.to_identifier("C", quoted=True))


def filled_json(value: exp.Expr) -> exp.Expr:
    """Return a jsonb value with the null of JSON made that of SQL."""
    return exp.Nullif(this=value, expression=cast(exp.Literal.string("null"), "jsonb"))


def described(connection: Any, relation: Relation, as_stored: bool = False) -> Source:
    """Return a relation knowing what its tables hold, in its declared columns.

    `as_stored` keeps the columns and types that are there: a delivery is judged by what it is. Raises NotAudited for a
    relation of another engine or a table that is not there.
    """
    if relation.files or relation.identifier:
        raise NotAudited("it lies on another engine, and PostgreSQL cannot read it")
    stored = _columns(connection, relation.places)
    if relation.columns and not as_stored:
        return Source(relation.places, dict(relation.columns), stored)
    types: dict[str, str] = {} if stored else dict(relation.columns)
    for table in stored:
        for name, kind in table.items():
            types.setdefault(name, _type(kind, relation.columns.get(name)))
    return Source(relation.places, types, stored)


def _columns(connection: Any, places: Sequence[Place]) -> list[dict[str, str]]:
    """Return the columns of each table and their types, asked for all at once."""
    found: dict[Place, dict[str, str]] = {place: {} for place in places}
    rows = connection.execute(
        "SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)"
        " FROM unnest(%s::text[], %s::text[]) AS wanted(home, name)"
        " JOIN pg_namespace n ON n.nspname = wanted.home"
        " JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        ([home for home, _ in places], [name for _, name in places]),
    ).fetchall()
    for home, name, column_name, type_ in rows:
        found[home, name][column_name] = type_
    for place, columns in found.items():
        if not columns:
            raise NotAudited(f"there is no table {'.'.join(place)}, or it has no columns")
    return [found[place] for place in places]


def _type(stored: str, declared: str | None) -> str:
    """Return the DuckDB type: the declared one where it is stored so, as for what is nested."""
    if declared is not None and _declared(declared) == stored:
        return declared
    return duckdb_type_of(stored) or (f"{stored} without precision" if stored == "numeric" else stored)


def _declared(type_: str) -> str | None:
    try:
        return postgres_type(type_)
    except ValueError:
        return None
