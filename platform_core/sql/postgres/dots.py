"""Calls without parentheses: to Postgres, `(x).f` is f(x) where x has no field f, and so is `x.f` of what is no row.

Such a call has no name in the tree: what looks like a column could read a file or run text as SQL.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from platform_core.sql.postgres.functions import FUNCTIONS
from platform_core.sql.postgres.syntax import written
from platform_core.sql.postgres.tables import named

__all__ = ["dotted"]

# What the columns of table functions are called where a query gives them no name.
_OWN = frozenset({"key", "value", "ordinality"})


def dotted(tree: exp.Expr, query: str) -> Iterator[tuple[exp.Expr, str]]:
    """Yield each name after a dot that could be a call of a function, with the name.

    The row of a table, a subquery or VALUES is a row: no function that could do harm takes one. What a function
    in FROM returns may be a single value, and the alias stands for it.
    """
    single = dict(_single_values(tree, query))
    for node in tree.find_all(exp.Dot, exp.Column):
        if isinstance(node, exp.Dot):
            if isinstance(node.expression, exp.Identifier):
                yield node, node.expression.name
        elif isinstance(node.this, exp.Identifier) and named(node.args.get("table")) in single:
            name = named(node.this)
            if name not in single[named(node.args.get("table"))] | _OWN | FUNCTIONS:
                yield node, name


def _single_values(tree: exp.Expr, query: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the alias of each function in FROM, with the names that its columns are given."""
    found: dict[str, frozenset[str]] = {}
    for node in tree.find_all(exp.Unnest, exp.Lateral, exp.Table):
        source = node if isinstance(node, exp.Unnest) else node.this
        if isinstance(source, (exp.Subquery, exp.Identifier)):
            continue
        alias = node.args.get("alias")
        columns = [named(column) for column in (alias.args.get("columns") or ())] if alias is not None else []
        columns.append(named(node.args.get("offset")))  # that of WITH ORDINALITY, to the parser
        name = named(alias.this) if alias is not None and alias.this is not None else _called(source, query)
        # The same alias may stand in another part of the query: each of its columns is one in either.
        found[name] = found.get(name, frozenset({name})) | set(columns)
    yield from found.items()


def _called(source: exp.Expr | None, query: str) -> str:
    if isinstance(source, exp.Unnest):
        return "unnest"
    if source is None:
        return ""
    return written(query, source) or source.name.lower()
