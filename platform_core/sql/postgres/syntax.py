"""The syntax tree of a query for Postgres, as sqlglot parses it, and where in the text each part of it stands.

sqlglot knows many functions by what they mean, and writes some of them otherwise than they were: LOG(10, x) for
log10(x), CURRENT_TIMESTAMP for now(). Here a call stays the call it was: its name is hidden from the parser.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokens import Token, TokenType

from platform_core.sql.syntax import MAX_BYTES, SyntaxProblem

__all__ = ["DIALECT", "line_of", "literals", "parse", "written"]

DIALECT = "postgres"
_MARK = "call__of__"
# Words before a parenthesis that are no plain call: they have a syntax of their own between their parentheses.
_FORMS = {"CAST", "EXTRACT", "NORMALIZE", "OVERLAY", "POSITION", "SUBSTRING", "TRIM", "COALESCE", "SETS", "SOME"}
_FORMS |= {"GROUP", "MATERIALIZED", "ORDINALITY"}


def parse(query: str) -> list[exp.Expr]:
    """Return the tree of each statement of `query`. Raises SyntaxProblem for what cannot be parsed, or is too long."""
    if len(query.encode()) > MAX_BYTES:
        raise SyntaxProblem(f"The query is longer than {MAX_BYTES // 1024} KB.")
    if "\0" in query:
        raise SyntaxProblem("The query holds a NUL character.")
    if _MARK in query.lower():
        raise SyntaxProblem(f"A name with {_MARK} in it is not to be had.")
    try:
        with _quiet():
            return [_shown(tree) for tree in _trees(query) if tree and not isinstance(tree, exp.Semicolon)]
    except ParseError as error:
        told: dict[str, Any] = error.errors[0] if error.errors else {}
        near = str(told.get("highlight") or "").strip()
        said = f"syntax error at or near '{near[:40]}'" if near else "it ends too early, or a quote is not closed"
        raise SyntaxProblem(said, int(told.get("line") or 1)) from None
    except SqlglotError:
        raise SyntaxProblem("it cannot be read: a quote or a comment is not closed") from None
    except RecursionError:
        raise SyntaxProblem("The query is nested too deeply.") from None


def _trees(query: str) -> list[exp.Expr | None]:
    dialect = Postgres()
    tokens = _without_intervals(dialect.tokenize(query))
    for place, (token, after) in enumerate(pairwise(tokens)):
        call = token.token_type == TokenType.VAR and after.token_type == TokenType.L_PAREN
        if call and token.text.upper() not in _FORMS:
            name = _MARK + token.text.lower()
            tokens[place] = Token(TokenType.VAR, name, token.line, token.col, token.start, token.end, token.comments)
    found: list[exp.Expr | None] = list(dialect.parser().parse(tokens, query))
    return found


def _without_intervals(tokens: list[Token]) -> list[Token]:
    """Write INTERVAL '1 day 02:30' as '1 day 02:30'::INTERVAL: of the first, sqlglot keeps the first number only."""
    found: list[Token] = []
    for token in tokens:
        before = found[-1] if found else None
        if token.token_type == TokenType.STRING and before is not None and before.token_type == TokenType.INTERVAL:
            found[-1:] = [token, Token(TokenType.DCOLON, "::", token.line, token.col, token.start, token.end), before]
        else:
            found.append(token)
    return found


def literals(query: str) -> list[str]:
    """Return the texts and numbers that a query holds, sorted: what it is rewritten to must hold the same."""
    tokens = Postgres().tokenize(query)
    texts = [f"'{token.text}" for token in tokens if token.token_type == TokenType.STRING]
    numbers = []
    for before, token in pairwise([None, *tokens]):
        if token is not None and token.token_type == TokenType.NUMBER:
            # .5 is a dot and a number to the tokenizer, and written 0.5 again.
            dot = before is not None and before.token_type == TokenType.DOT and query[before.start - 1 : before.start]
            numbers.append(str(Decimal(f".{token.text}" if dot and not dot.isalnum() else token.text).normalize()))
    return sorted(texts + numbers)


def _shown(tree: exp.Expr) -> exp.Expr:
    for node in tree.find_all(exp.Anonymous, exp.Identifier):
        if isinstance(node.this, str) and node.this.startswith(_MARK):
            node.set("this", node.this.removeprefix(_MARK))
    return tree


def line_of(query: str, node: exp.Expr) -> int:
    """Return the line, from 1, on which a part of the query starts: its own, else that of the first part of it."""
    starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
    if not starts and node.parent is not None:
        return line_of(query, node.parent)
    return query.count("\n", 0, min(starts, default=0)) + 1


def written(query: str, node: exp.Expr) -> str:
    """Return the word the team wrote for a function, in lower case; empty when it is no word (a cast, an operator)."""
    start, end = node.meta.get("start"), node.meta.get("end")
    return query[start : end + 1].strip('"').lower() if start is not None and end is not None else ""


@contextmanager
def _quiet() -> Iterator[None]:
    """sqlglot logs the text of what it does not know, and the guard says what is wrong with it."""
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
