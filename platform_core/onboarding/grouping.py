"""The key of what a query gives, where the query itself says it: GROUP BY columns that are never empty."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from platform_core.contracts import Contract

__all__ = ["grouping_key"]


def grouping_key(query: str, inputs: Collection[Contract]) -> tuple[str, ...]:
    """Return the columns that identify a row of the result; none when that is not certain from query and contracts.

    Certain is a plain GROUP BY over columns that the inputs' contracts require, all of them in the result, without an
    outer join (which makes empty what was required).
    """
    import sqlglot
    from sqlglot import exp

    try:
        tree: Any = sqlglot.parse_one(query, read="duckdb")
    except sqlglot.errors.SqlglotError:
        return ()
    group = tree.args.get("group") if isinstance(tree, exp.Select) else None
    if group is None or any(group.args.get(kind) for kind in ("grouping_sets", "cube", "rollup", "totals")):
        return ()
    if any(join.side for join in tree.find_all(exp.Join)) or tree.args.get("with_") or tree.args.get("with"):
        return ()
    if tree.find(exp.Subquery, exp.Unnest, exp.Explode) or any(item.is_star for item in tree.selects):
        return ()
    names = [_projected(tree, item) for item in _grouped(tree, group)]
    certain = all(name and _required(column, inputs) for name, column in names)
    return tuple(name for name, _ in names) if certain else ()


def _grouped(tree: Any, group: Any) -> list[Any]:
    """Return what is grouped by; GROUP BY ALL means every projection that aggregates nothing."""
    from sqlglot import exp

    if not group.args.get("all"):
        return list(group.expressions)
    return [item.unalias() for item in tree.selects if not item.find(exp.AggFunc)]


def _projected(tree: Any, item: Any) -> tuple[str, str]:
    """Return the name that a grouped column has in the result, and its name in the input; empty when unclear."""
    from sqlglot import exp

    if isinstance(item, exp.Literal) and item.is_int and 1 <= int(item.this) <= len(tree.selects):
        item = tree.selects[int(item.this) - 1].unalias()
    if not isinstance(item, exp.Column):
        return "", ""
    for projection in tree.selects:
        column = projection.unalias()
        if isinstance(column, exp.Column) and column.name == item.name and item.table in ("", column.table):
            return projection.alias_or_name, column.name
    return "", ""


def _required(column: str, inputs: Collection[Contract]) -> bool:
    # Whose column it is matters little: it must be required wherever one of that name could come from.
    found = [known for contract in inputs for known in contract.columns if known.name.lower() == column.lower()]
    return bool(found) and all(known.required for known in found)
