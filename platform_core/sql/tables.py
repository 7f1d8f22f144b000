"""The tables a query reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from platform_core.sql.syntax import Node, line_of, parse

__all__ = ["TableRead", "qualify", "reads", "table_reads"]


@dataclass(frozen=True, order=True)
class TableRead:
    """A table named in a query: `location.dataset`, or a bare `dataset` (then `location` is empty).

    `line` counts from 1; `place` is the byte at which the name starts. `catalog` is empty in any sound query.
    """

    location: str
    dataset: str
    line: int = 1
    place: int = 0
    catalog: str = ""

    def __str__(self) -> str:
        return ".".join(part for part in (self.catalog, self.location, self.dataset) if part)


def reads(query: str, location: str = "") -> tuple[TableRead, ...]:
    """Return each table that `query` reads, once, in order of first mention; a bare name gets `location`.

    In lower case, as all locations and datasets are named: DuckDB does not tell them apart by case either.

    The names of common table expressions are no tables. Raises SyntaxProblem when it is not a SELECT.
    """
    found: dict[tuple[str, str, str], TableRead] = {}
    for tree in parse(query):
        for table in sorted(table_reads(tree, query), key=lambda table: table.place):
            home, dataset = (table.location or location).lower(), table.dataset.lower()
            named = TableRead(home, dataset, table.line, table.place, table.catalog)
            found.setdefault((table.catalog, home, dataset), named)
    return tuple(found.values())


def qualify(query: str, location: str) -> str:
    """Return `query` with `location` written before every bare table name; everything else stays as it was typed.

    Raises SyntaxProblem when it is not a SELECT.
    """
    raw = query.encode()
    bare = {table.place for tree in parse(query) for table in table_reads(tree, query) if not table.location}
    for place in sorted(bare, reverse=True):
        raw = raw[:place] + f'"{location}".'.encode() + raw[place:]
    return raw.decode()


def table_reads(tree: Node, query: str) -> Iterator[TableRead]:
    """Yield every mention of a table below `tree`, with scopes as DuckDB has them."""
    # (node, names of the common table expressions it sees): a loop, since depth is the query's choice.
    waiting: list[tuple[Any, frozenset[str]]] = [(tree, frozenset())]
    while waiting:
        item, names = waiting.pop()
        if isinstance(item, list):
            waiting.extend((child, names) for child in item)
        if not isinstance(item, dict):
            continue
        for entry in (item.get("cte_map") or {}).get("map") or ():
            # Each sees those before it. A plain one does not see itself: WITH t AS (SELECT * FROM t) reads a table t.
            own = {entry["key"].lower()} if "RECURSIVE" in _kinds(entry["value"]) else set()
            waiting.append((entry["value"], names | own))
            names = names | {entry["key"].lower()}
        if item.get("type") == "BASE_TABLE":
            table = _table(item, query)
            if table.location or table.dataset.lower() not in names:
                yield table
        waiting.extend((value, names) for key, value in item.items() if key != "cte_map")


def _kinds(entry: Node) -> str:
    node = ((entry.get("query") or {}).get("node")) or {}
    return str(node.get("type") or "")


def _table(node: Node, query: str) -> TableRead:
    place = int(node.get("query_location") or 0)
    schema, catalog = node.get("schema_name") or "", node.get("catalog_name") or ""
    return TableRead(schema, node["table_name"], line_of(query, place), place, catalog)
