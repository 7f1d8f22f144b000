"""The columns a query uses, for each table it reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from platform_core.sql.bound import Needed, needed_columns
from platform_core.sql.syntax import SyntaxProblem, parse
from platform_core.sql.tables import table_reads

__all__ = ["ColumnUsage", "column_usage", "tables_of"]

# `location/dataset` -> its columns; with the types that DuckDB has for them, where they are known
Schema = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class ColumnUsage:
    """What a query needs: `used` are columns by `location/dataset`, in order of the schema.

    `missing` are those it names that no table has: by the table they are sought in, by "" where it could be any.
    `open` are the tables of which it would hand on, or take into account, any column that is added, as far as is known.
    """

    used: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    open: frozenset[str] = frozenset()


def column_usage(
    query: str, schema: Schema, location: str = "", dialect: str = "duckdb", asked: Collection[str] | None = None
) -> ColumnUsage:
    """Return the columns that `query` uses of each table of `schema` it reads, and those it names in vain.

    A column is used when the query does not run without it, or does something else: one that is named counts, also
    where its value is then dropped; of a `SELECT *` those that something behind it uses. DuckDB is asked, in whose
    words queries of PostgreSQL are put first. Where it cannot be (`schema` does not map columns to types, a table is
    not in it, a function is unknown), all columns that the query names count, and with any `SELECT *` all there are.
    A bare table name belongs to `location`; the catalog part of a name says nothing. Tables outside `schema` are passed
    over. `dialect` is `duckdb` or `postgres`.
    Only the tables `asked` about are looked into, None for all.
    Raises SyntaxProblem when the query cannot be understood.
    """
    if dialect == "duckdb" and (found := _planned(query, schema, location, asked)) is not None:
        return ColumnUsage({asset: needed.columns for asset, needed in found.items()}, open=_open(found))
    from platform_core.sql.column_names import columns_at_most, in_other_words, understood, usage_by_name

    tree = understood(query, dialect)
    text = in_other_words(tree, "duckdb") if dialect != "duckdb" else ""
    by_name, missing = usage_by_name(tree.copy(), schema, location, dialect)
    planned = _planned(text, schema, location, asked) if text else None
    if planned is None:
        return ColumnUsage(columns_at_most(tree, schema, location), missing)
    # The other engine may look up a name elsewhere: what either says.
    both = {
        asset: {*columns, *(planned[asset].columns if asset in planned else ())} for asset, columns in by_name.items()
    }
    used = {asset: tuple(column for column in schema[asset] if column in names) for asset, names in both.items()}
    return ColumnUsage(used, missing, _open(planned))


def _open(found: Mapping[str, Needed]) -> frozenset[str]:
    return frozenset(asset for asset, needed in found.items() if needed.open)


def _planned(query: str, schema: Schema, location: str, asked: Collection[str] | None) -> dict[str, Needed] | None:
    """Return what DuckDB says; None where it cannot be asked."""
    if (read := tables_of(query, schema, location)) is None:
        return None
    tables, catalogs = read
    wanted = [asset for asset in tables if asked is None or asset in asked]
    if not wanted:
        return {}
    return needed_columns(query, tables, wanted, location, catalogs)


def tables_of(query: str, schema: Schema, location: str) -> tuple[dict[str, Mapping[str, Any]], set[str]] | None:
    """Return the tables that a query in DuckDB's words reads, with the types of their columns, and catalogs it names.

    None where it is no single SELECT, or reads a table that `schema` does not map to columns with types.
    """
    try:
        trees = parse(query)
    except SyntaxProblem:
        return None
    if len(trees) != 1:
        return None
    named = list(table_reads(trees[0], query))
    assets = {asset.lower(): asset for asset in schema}
    tables: dict[str, Mapping[str, Any]] = {}
    for table in named:
        asset = assets.get(f"{table.location or location}/{table.dataset}".lower())
        columns = schema[asset] if asset else None
        if asset is None or not isinstance(columns, Mapping) or not all(columns.values()):
            return None
        tables[asset] = columns
    return tables, {table.catalog for table in named} - {""}
