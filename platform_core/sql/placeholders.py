"""The placeholders of a quality rule's SQL: ${table}, ${object}, ${column}, ${property}."""

from __future__ import annotations

import re

from sqlglot import exp, tokenize
from sqlglot.errors import TokenError
from sqlglot.tokens import TokenType

from platform_core.sql.syntax import SyntaxProblem

__all__ = ["fill"]

_PLACEHOLDER = re.compile(r"\$?\{(table|object|column|property)\}")  # the older form of ODCS has no dollar


def fill(query: str, table: str, column: str = "") -> str:
    """Return `query` with the placeholders replaced by quoted identifiers.

    Only where a name may stand: inside text or a comment a placeholder stays what it is, so no name can break out of
    its quotes. Raises SyntaxProblem for a `${column}` in a rule that belongs to no column.
    """
    mark = "platform_name_"
    while mark in query:
        mark += "x_"
    found: list[re.Match[str]] = []

    def stand_in(match: re.Match[str]) -> str:
        found.append(match)
        return f"{mark}{len(found) - 1}_"

    marked = _PLACEHOLDER.sub(stand_in, query)
    try:
        tokens = tokenize(marked, read="duckdb")
    except TokenError as error:
        raise SyntaxProblem("a quote or a comment is not closed") from error
    stands_for = {f"{mark}{index}_": match for index, match in enumerate(found)}
    for token in reversed(tokens):
        if token.token_type == TokenType.VAR and token.text in stands_for:
            noun = stands_for[token.text][1]
            name = table if noun in ("table", "object") else column
            if not name:
                raise SyntaxProblem(f"${{{noun}}} stands in a rule that belongs to no column", token.line)
            quoted = exp.to_identifier(name, quoted=True).sql("duckdb")
            marked = marked[: token.start] + quoted + marked[token.end + 1 :]
    for text, match in reversed(stands_for.items()):
        marked = marked.replace(text, match[0])
    return marked
