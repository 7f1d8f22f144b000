"""Whether a query that a team wrote for Postgres is safe to run: one SELECT, of known parts, over tables alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sqlglot import exp

from platform_core.findings import Finding
from platform_core.sql.complaints import ASK_FOR_FUNCTION, Say, by_line, complaints, moves
from platform_core.sql.postgres.dots import dotted
from platform_core.sql.postgres.functions import FUNCTIONS, NOT_REPEATABLE, TABLE_FUNCTIONS, TYPES
from platform_core.sql.postgres.parts import PARTS, REFUSED
from platform_core.sql.postgres.syntax import DIALECT, line_of, literals, parse, written
from platform_core.sql.postgres.tables import named, table_nodes
from platform_core.sql.syntax import SyntaxProblem

__all__ = ["guard", "judge"]

_SYSTEM = {"information_schema", "pg_catalog", "pg_toast", "public"}
_MOVING = {"now", "today", "tomorrow", "yesterday"}  # texts that Postgres reads as a moment near the present one
_TIMES = {"DATE", "TIME", "TIMETZ", "TIMESTAMP", "TIMESTAMPTZ"}
_WHO = {"user", "system_user"}  # the parser takes them for columns
_FIX = "Derive the value from the inputs."


def guard(query: str, path: Path | None = None, subject: str = "query", first_line: int = 1) -> list[Finding]:
    """Return what makes `query` unsafe to run on Postgres: nothing, when it may run.

    Allowed is exactly one SELECT (with common table expressions and set operations), of functions and types on the
    allow list, over plain tables. Level `warning` is for what gives another answer each time. `first_line` is the line
    of `path` on which the query starts.
    """

    say = complaints(path, subject, first_line)
    try:
        trees = parse(query)
    except SyntaxProblem as problem:
        message = f"this query cannot be read as Postgres's SQL: {problem.message}."
        return [say("sql-syntax", message, "Mend the query.", problem.line)]
    if len(trees) != 1:
        return [say("sql-statements", f"{len(trees)} statements; one SELECT is allowed.", "Keep one SELECT.")]
    try:
        found = list(judge(trees[0], query, say))
        if literals(trees[0].sql(DIALECT, comments=False)) != literals(query):
            found.append(say("sql-unknown", "a text or a number in it is not understood.", "Write it otherwise."))
    except RecursionError:
        return [say("sql-syntax", "the query is nested too deeply.", "Split it into common table expressions.")]
    return by_line(set(found))


def judge(tree: exp.Expr, query: str, say: Say) -> Iterator[Finding]:
    """Yield what is wrong with one statement."""
    if not isinstance(tree, exp.Query) or isinstance(tree, exp.Table):
        yield say("sql-not-select", "only a SELECT may run here.", "Write one SELECT (or WITH ... SELECT).")
        return
    yield from _tables(tree, query, say)
    for dot, name in dotted(tree, query):
        message = f"'.{name}' would call a function of that name, where it is no column."
        fix = "Write table.column, the name that the FROM gives the column, or the call itself: name(...)."
        yield say("sql-function", message, fix, line_of(query, dot))
    for node in tree.walk():
        yield from _node(node, query, say)


def _tables(tree: exp.Expr, query: str, say: Say) -> Iterator[Finding]:
    for table in table_nodes(tree):
        line, name, home = line_of(query, table), named(table.this), named(table.args.get("db"))
        if table.args.get("catalog") is not None:
            yield say("sql-catalog", f"'{home}.{name}' names a database.", f"Write {home}.{name}.", line)
        elif home in _SYSTEM or home.startswith("pg_") or (not home and name.startswith("pg_")):
            shown = f"{home}.{name}" if home else name
            yield say("sql-system-table", f"'{shown}' is a table of the engine.", "Read datasets only.", line)
    for select in tree.find_all(exp.Select):
        yield from _twice(select, query, say)
        if not select.expressions:
            yield say("sql-empty", "a SELECT names no column.", "Write what it selects.", line_of(query, select))


def _twice(select: exp.Select, query: str, say: Say) -> Iterator[Finding]:
    """Two datasets of one name in one FROM: the versions that are read stand there under that name alone."""
    source = select.args.get("from_") or select.args.get("from")
    joined = [join.this for join in select.args.get("joins") or ()]
    seen: set[str] = set()
    for table in [*([source.this] if source is not None else []), *joined]:
        name = table.alias_or_name if isinstance(table, exp.Table) else ""
        if name and name in seen:
            message = f"two datasets are called {name} here."
            yield say("sql-alias", message, "Give each a name of its own: FROM a.x AS x1.", line_of(query, table))
        seen.add(name)


def _node(node: exp.Expr, query: str, say: Say) -> Iterator[Finding]:
    kind = type(node).__name__
    if isinstance(node, exp.Column) and len(node.parts) == 1 and named(node.this) in _WHO and not node.this.quoted:
        fix = "Derive the value from the inputs; a column of that name is written with its table."
        yield say("sql-function", f"{named(node.this)} asks who runs the query.", fix, line_of(query, node))
    elif kind in REFUSED:
        yield say(*REFUSED[kind], line_of(query, node))
    elif isinstance(node, (exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.Localtime, exp.Localtimestamp)):
        yield _moving(written(query, node) or _spelled(kind), query, node, say)
    elif isinstance(node, exp.Cast):
        yield from _cast(node, query, say)
    elif isinstance(node, exp.Func) and kind not in PARTS:
        yield from _function(node, query, say)
    elif isinstance(node, exp.DataType):
        yield from _type(node, query, say)
    elif kind not in PARTS and not isinstance(node, (exp.Binary, exp.Unary, exp.Predicate, exp.Func)):
        # A later version of the parser may know more of SQL than was looked at here.
        message = f"the guard does not know this part of SQL ({kind})."
        yield say("sql-unknown", message, "Write it otherwise.", line_of(query, node))


def _spelled(kind: str) -> str:
    """Return the word that the parser has a class for: current_date of CurrentDate."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()


def _function(node: exp.Func, query: str, say: Say) -> Iterator[Finding]:
    """Judge a call by the name the team wrote; what has none and is in no list of ours is refused."""
    name = written(query, node) or (node.name.lower() if isinstance(node, exp.Anonymous) else "")
    line = line_of(query, node)
    parent = node.parent
    if isinstance(parent, exp.Dot) and parent.expression is node:
        fix = "Write the function without a schema."
        yield say("sql-function", f"{name}() is called with a schema before it.", fix, line)
    elif name in NOT_REPEATABLE:
        yield _moving(f"{name}()", query, node, say)
    elif name == "age" and len(node.expressions or [1, 2]) == 1:
        yield say(
            "sql-not-repeatable",
            "age() of one moment counts to the present day: a re-run would publish different data.",
            "Give it both moments: age(later, earlier).",
            line,
            "warning",
        )
    elif isinstance(parent, exp.Table) and name not in TABLE_FUNCTIONS:
        fix = "Read a dataset (location.dataset), or unnest(...), generate_series(...)."
        yield say("sql-function", f"the table function {name}() is not allowed.", fix, line)
    elif name not in FUNCTIONS:
        shown = f"function {name}()" if name else f"expression {type(node).__name__}"
        yield say("sql-function", f"the {shown} is not on the allow list of Postgres.", ASK_FOR_FUNCTION, line)


def _moving(what: str, query: str, node: exp.Expr, say: Say) -> Finding:
    return say("sql-not-repeatable", moves(what), _FIX, line_of(query, node), "warning")


def _type(node: exp.DataType, query: str, say: Say) -> Iterator[Finding]:
    name = node.this.name if isinstance(node.this, exp.DType) else str(node.this)
    if name not in TYPES:
        shown = node.sql("postgres")[:40]
        fix = "Cast to a type of plain values: text, bigint, numeric, date, timestamptz, jsonb ..."
        yield say("sql-type", f"the type {shown} is not on the allow list of Postgres.", fix, line_of(query, node))


def _cast(node: exp.Cast, query: str, say: Say) -> Iterator[Finding]:
    kind = node.to.this.name if isinstance(node.to, exp.DataType) and isinstance(node.to.this, exp.DType) else ""
    text = node.this.name.strip().lower() if isinstance(node.this, exp.Literal) else ""
    if kind in _TIMES and text in _MOVING:
        yield _moving(f"'{text}'", query, node, say)
