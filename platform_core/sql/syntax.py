"""The syntax tree of a query as DuckDB itself parses it.

What runs a query must be what judged it: a second parser could be told one thing while the engine does another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from platform_core.sql.quoting import text

__all__ = ["MAX_BYTES", "Node", "SyntaxProblem", "is_count", "line_of", "parse", "selected", "walk"]

MAX_BYTES = 256 * 1024
Node = dict[str, Any]


class SyntaxProblem(Exception):
    """The text is no SELECT that DuckDB understands; `message` says why, `line` counts from 1."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@lru_cache(maxsize=1)
def _parser() -> Any:
    import duckdb

    return duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": False})


def parse(query: str) -> list[Node]:
    """Return the tree of each statement of `query`. Nothing is bound or run.

    Raises SyntaxProblem for anything but SELECT statements, and for text over 256 KB.
    """
    if len(query.encode()) > MAX_BYTES:
        raise SyntaxProblem(f"The query is longer than {MAX_BYTES // 1024} KB.")
    if "\0" in query:
        raise SyntaxProblem("The query holds a NUL character.")
    # As a literal: to bind a parameter, DuckDB imports pandas wherever it is installed (0.3 s of CPU).
    row = _parser().cursor().execute(f"SELECT json_serialize_sql({text(query)})").fetchone()
    try:
        answer = json.loads(row[0])
    except RecursionError:
        raise SyntaxProblem("The query is nested too deeply.") from None
    if answer["error"]:
        place = int(answer.get("position") or 0)
        message = str(answer.get("error_message") or "it cannot be parsed").rstrip(".!")
        raise SyntaxProblem(message, line_of(query, place))
    return [statement["node"] for statement in answer["statements"]]


def selected(query: str) -> str:
    """Return `query` as it stands after FROM in another."""
    return f"({query.strip().rstrip(';')}\n)"


def walk(tree: Any) -> Iterator[Node]:
    """Yield every node below `tree` (and itself), in no order that matters. A loop: depth is the query's choice."""
    waiting = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def is_count(query: str) -> bool:
    """Whether `query` returns a count of rows and nothing else: a number that tells no value of the data."""
    trees = parse(query)
    listed = trees[0].get("select_list") or [] if len(trees) == 1 else []
    return len(listed) == 1 and listed[0].get("function_name") in ("count", "count_star", "count_if", "countif")


def line_of(query: str, place: int) -> int:
    """Return the line, from 1, of the byte at `place` (DuckDB counts bytes)."""
    return query.encode()[:place].count(b"\n") + 1
