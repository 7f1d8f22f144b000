"""Whether a query that a team wrote is safe to run: one SELECT, of known functions, over tables and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from platform_core.findings import Finding
from platform_core.sql.complaints import ASK_FOR_FUNCTION, Say, by_line, complaints, moves
from platform_core.sql.functions import NOT_REPEATABLE, SCALARS, TABLE_FUNCTIONS
from platform_core.sql.repeatable import moving
from platform_core.sql.syntax import Node, SyntaxProblem, line_of, parse, walk
from platform_core.sql.tables import table_reads

__all__ = ["guard"]


def guard(query: str, path: Path | None = None, subject: str = "query", first_line: int = 1) -> list[Finding]:
    """Return what makes `query` unsafe to run on DuckDB: nothing, when it may run.

    Allowed is exactly one SELECT (with common table expressions and set operations), of functions on the allow list,
    over plain tables. The whole tree is judged, as DuckDB itself parses it. Level `warning`
    (`sql-not-repeatable`) is for what gives another answer each time: the time of day, random values, samples.
    `first_line` is the line of `path` on which the query starts.
    """

    say = complaints(path, subject, first_line)
    try:
        trees = parse(query)
    except SyntaxProblem as problem:
        if "Only SELECT" in problem.message:
            return [say("sql-not-select", "only a SELECT may run here.", "Write one SELECT (or WITH ... SELECT).")]
        return [
            say("sql-syntax", f"DuckDB cannot read this query: {problem.message}.", "Mend the query.", problem.line)
        ]
    if len(trees) != 1:
        return [say("sql-statements", f"{len(trees)} statements; one SELECT is allowed.", "Keep one SELECT.")]
    found = [*_tables(trees[0], query, say), *_nodes(trees[0], query, say)]
    for line, what, fix in moving(trees[0], query):
        found.append(say("sql-not-repeatable", moves(what), fix, line, "warning"))
    return by_line(found)


_SYSTEM = {"information_schema", "pg_catalog", "main", "temp", "system"}
_SYSTEM_PREFIXES = ("duckdb_", "pragma_", "sqlite_", "pg_")


def _tables(tree: Node, query: str, say: Say) -> Iterator[Finding]:
    for table in table_reads(tree, query):
        name = table.dataset
        if table.catalog:
            fix = f"Write {table.location}.{name}."
            yield say("sql-catalog", f"'{table}' names a database.", fix, table.line)
        elif any(sign in name for sign in "./\\:*?[") or not name:
            fix = "Name a dataset: location.dataset."
            yield say("sql-file", f"'{name}' would read a file, not a dataset.", fix, table.line)
        elif table.location.lower() in _SYSTEM or (not table.location and name.lower().startswith(_SYSTEM_PREFIXES)):
            yield say("sql-system-table", f"'{table}' is a table of the engine.", "Read datasets only.", table.line)


def _nodes(tree: Node, query: str, say: Say) -> Iterator[Finding]:
    for node in walk(tree):
        kind = node.get("class") or node.get("type")
        if not isinstance(kind, str):
            continue
        line = line_of(query, int(node.get("query_location") or 0))
        if kind in ("FUNCTION", "WINDOW"):
            yield from _function(node, line, say)
        elif kind == "TABLE_FUNCTION":
            yield from _table_function(node, line, say)
        elif kind in _REFUSED:
            yield say(*_REFUSED[kind], line)
        elif kind not in _HARMLESS and not kind.endswith("_TYPE_INFO"):
            # A later version of the engine may know more of SQL than was looked at here.
            yield say("sql-unknown", f"the guard does not know this part of SQL ({kind}).", "Write it otherwise.", line)
        if node.get("at_clause"):
            yield say("sql-version", "a query reads what is published now.", "Remove AT (...).", line)


_REFUSED = {
    "SHOW_REF": ("sql-not-select", "only a SELECT may run here.", "Remove DESCRIBE, SHOW or SUMMARIZE."),
    "PARAMETER": ("sql-parameter", "a parameter has no value here.", "Write the value out."),
}
_HARMLESS = {
    *("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"),
    *("BASE_TABLE", "SUBQUERY", "JOIN", "EXPRESSION_LIST", "EMPTY", "PIVOT"),
    *("COLUMN_REF", "CONSTANT", "STAR", "OPERATOR", "CAST", "LAMBDA", "COMPARISON", "CASE", "CONJUNCTION"),
    *("DEFAULT", "POSITIONAL_REFERENCE", "BETWEEN", "COLLATE"),
    *("ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER"),
    *("ORDER_DEFAULT", "ASCENDING", "DESCENDING"),
}


def _function(node: dict[str, Any], line: int, say: Say) -> Iterator[Finding]:
    """Judge a call by its name alone: a schema before it may be a column, as in `column.upper()`."""
    name = str(node.get("function_name") or "").lower()
    if name not in SCALARS and name not in NOT_REPEATABLE:
        yield say("sql-function", f"the function {name}() is not on the allow list.", ASK_FOR_FUNCTION, line)
    elif name in _BY_NAME:
        called = _text((node.get("children") or [{}, {}])[1:2])
        if called.lower() not in SCALARS:
            fix = f"Write it out, as in {name}(list, 'sum')." if not called else ASK_FOR_FUNCTION
            shown = f"{called}() is not on the allow list" if called else "it is no plain text"
            yield say("sql-function", f"{name}() calls a function by its name, and {shown}.", fix, line)


_BY_NAME = {"aggregate", "array_aggr", "array_aggregate", "list_aggr", "list_aggregate"}


def _text(nodes: list[dict[str, Any]]) -> str:
    """Return the text that a node stands for; nothing for what has to be computed first."""
    value = nodes[0].get("value") if nodes and nodes[0].get("class") == "CONSTANT" else None
    found = value.get("value") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _table_function(node: dict[str, Any], line: int, say: Say) -> Iterator[Finding]:
    name = str((node.get("function") or {}).get("function_name") or "").lower()
    if name not in TABLE_FUNCTIONS:
        fix = "Read a dataset (location.dataset), or unnest(...), range(...), generate_series(...)."
        yield say("sql-function", f"the table function {name}() is not allowed.", fix, line)
