"""The tables that a query for Postgres reads."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from platform_core.sql.postgres.syntax import line_of, parse
from platform_core.sql.tables import TableRead

__all__ = ["named", "reads", "table_nodes"]


def reads(query: str, location: str = "") -> tuple[TableRead, ...]:
    """Return each table that `query` reads, once, in order of first mention; a bare name gets `location`.

    The names of common table expressions are no tables. Raises SyntaxProblem when it cannot be parsed.
    """
    found: dict[tuple[str, str, str], TableRead] = {}
    for tree in parse(query):
        tables = sorted((_read(table, query, location) for table in table_nodes(tree)), key=lambda table: table.place)
        for table in tables:
            found.setdefault((table.catalog, table.location, table.dataset), table)
    return tuple(found.values())


def _read(table: exp.Table, query: str, location: str) -> TableRead:
    starts = [part.meta["start"] for part in table.parts if "start" in part.meta]
    home = named(table.args.get("db")) or location
    place = min(starts, default=0)
    return TableRead(home, named(table.this), line_of(query, table), place, named(table.args.get("catalog")))


def named(part: exp.Expr | None) -> str:
    """Return a name as Postgres understands it: in lower case, unless it is quoted."""
    if not isinstance(part, exp.Identifier):
        return ""
    return str(part.this) if part.args.get("quoted") else str(part.this).lower()


def table_nodes(tree: exp.Expr) -> Iterator[exp.Table]:
    """Yield every mention of a table below `tree` (no function, no common table expression), by Postgres's scopes."""
    waiting: list[tuple[exp.Expr, frozenset[str]]] = [(tree, frozenset())]
    while waiting:
        node, names = waiting.pop()
        with_ = node.args.get("with_")
        if isinstance(with_, exp.With):
            every = [named(entry.args["alias"].this) for entry in with_.expressions]
            names = names | set(every if with_.args.get("recursive") else ())
            for entry, alias in zip(with_.expressions, every, strict=True):
                # Each sees those before it. A plain one not itself: WITH t AS (SELECT * FROM t) reads a table t.
                waiting.append((entry.this, names))
                names = names | {alias}
        table = node if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier) else None
        if table is not None and (table.args.get("db") is not None or named(table.this) not in names):
            yield table
        waiting.extend((child, names) for child in node.iter_expressions() if child is not with_)
