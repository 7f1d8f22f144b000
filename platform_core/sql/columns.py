"""The columns a query uses, for each table it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from platform_core.sql.syntax import SyntaxProblem

__all__ = ["columns_read"]

_ALL = "*"  # stands for every column


def columns_read(query: str, schema: Mapping[str, Sequence[str]], location: str = "") -> dict[str, tuple[str, ...]]:
    """Return, for each `location/dataset` of `schema` that `query` reads, the columns it uses, in order of the schema.

    `schema` maps `location/dataset` to the names of its columns. A column counts when any part of the query names it,
    also in a join or a filter; `SELECT *`, `COLUMNS(...)` and a table used as a value count as all.
    Raises SyntaxProblem when the query cannot be understood, for example when no table has a column it names.
    """
    used: dict[str, set[str]] = {}
    for asset, name in _mentions(query, schema, location):
        used.setdefault(asset, set()).update(schema[asset] if name == _ALL else [name] if name else [])
    used = {asset: {name.lower() for name in names} for asset, names in used.items()}
    order = {asset: {column.lower(): column for column in columns} for asset, columns in schema.items()}
    return {
        asset: tuple(column for key, column in order[asset].items() if key in used[asset])
        for asset in schema
        if asset in used
    }


def _mentions(query: str, schema: Mapping[str, Sequence[str]], location: str) -> list[tuple[str, str]]:
    """Return pairs of asset and column; the asset alone, too, since a query may count rows and name no column."""
    from sqlglot.optimizer.scope import traverse_scope

    assets = {asset.lower(): asset for asset in schema}
    found: list[tuple[str, str]] = []
    try:
        tree = _qualified(query, schema, location)
        for scope in traverse_scope(tree):
            tables = {alias: source for alias, source in scope.sources.items() if isinstance(source, exp.Table)}
            known = {alias: assets.get(f"{table.db}/{table.name}".lower(), "") for alias, table in tables.items()}
            everything = any(not isinstance(star.parent, exp.Count) for star in scope.find_all(exp.Columns, exp.Star))
            for alias, asset in known.items():
                if asset:
                    names = {column.name for column in scope.columns if column.table == alias}
                    whole = any(table.name == alias for table in scope.find_all(exp.TableColumn))
                    found += [(asset, name) for name in ("", *sorted(names), *([_ALL] if everything or whole else []))]
    except SqlglotError as error:
        raise SyntaxProblem(str(error).splitlines()[0].rstrip(".") + ".") from error
    return found


def _qualified(query: str, schema: Mapping[str, Sequence[str]], location: str) -> Any:
    # No projection is pushed down: it would call every column behind a SELECT * used by those who read it.
    from sqlglot.optimizer.qualify import qualify

    nested: dict[str, Any] = {}
    for asset, columns in schema.items():
        home, _, dataset = asset.partition("/")
        nested.setdefault(home, {})[dataset] = dict.fromkeys(columns, "UNKNOWN")
    tree = parse_one(query, read="duckdb")
    return qualify(
        tree,
        schema=nested,
        dialect="duckdb",
        db=location or None,
        validate_qualify_columns=False,
        quote_identifiers=False,
        isolate_tables=False,
    )
