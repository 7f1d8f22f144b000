"""What in a query gives another answer each time it is run over the same tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from platform_core.sql.functions import NOT_REPEATABLE
from platform_core.sql.syntax import Node, line_of, walk

__all__ = ["moving"]

# DuckDB's parser takes these for columns, and finds out only when it binds them that no table has one.
_WORDS = {"current_date", "current_localtime", "current_localtimestamp", "current_time", "current_timestamp"}
_WORDS |= {"localtime", "localtimestamp"}


def moving(tree: Node, query: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, what moves, and what to write instead, for everything in the `tree` of `query` that moves.

    Not found here, as they may be meant: LIMIT, windows and lists that leave their order open.
    """
    for node in walk(tree):
        line = line_of(query, int(node.get("query_location") or 0))
        kind = node.get("class") or node.get("type")
        names = [str(name) for name in node.get("column_names") or ()]
        function = str(node.get("function_name") or "").lower()
        if kind == "COLUMN_REF" and len(names) == 1 and names[0].lower() in _WORDS:
            fix = f"Derive the value from the inputs; a column of that name is written with its table, t.{names[0]}."
            yield line, names[0].lower(), fix
        elif function in NOT_REPEATABLE:
            yield line, f"{function}()", "Derive the value from the inputs."
        elif function == "age" and len(node.get("children") or ()) == 1:
            yield (
                line,
                "age() of one moment counts to the present day: it",
                "Give it both moments: age(later, earlier).",
            )
        elif _sampled(node):
            yield line, "a sample of rows", "Choose rows by their values, as in WHERE hash(id) % 10 = 0."


def _sampled(node: dict[str, Any]) -> bool:
    return isinstance(node.get("sample"), dict)
