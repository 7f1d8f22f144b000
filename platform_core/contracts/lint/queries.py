"""Rules of type sql: only known variables, one safe SELECT, and which datasets it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from platform_core.contracts.lint.elements import quality_rules
from platform_core.contracts.places import Lint, did_you_mean, shown
from platform_core.documents import Keys
from platform_core.findings import Finding

__all__ = ["query", "tables_read"]

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_KNOWN = ("table", "column", "object", "property")


def query(lint: Lint, keys: Keys, rule: Mapping[str, Any], column: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Yield findings about the query of one rule of type sql."""
    text, place = rule.get("query"), (*keys, "query")
    if not isinstance(text, str):
        return
    unknown = [name for name in dict.fromkeys(_VARIABLE.findall(text)) if name not in _KNOWN]
    for name in unknown:
        why = "Other variables are never filled, least of all from the environment: that could print a secret."
        message = f"the variable {shown(f'${{{name}}}')} is not allowed."
        fix = did_you_mean(name, _KNOWN) if name else "Write ${table} or ${column}."
        yield lint.finding("bad-variable", place, message, fix, why=why)
    if unknown:
        return
    from platform_core.sql import SyntaxProblem, fill, guard

    first = _first_line(lint, place, text)
    try:
        filled = fill(text, lint.dataset, str(column.get("name")) if column else "")
    except SyntaxProblem as problem:
        yield lint.finding("bad-query", place, f"the query cannot be read: {problem.message}.")
        return
    for finding in guard(filled, lint.document.path, lint.subject(keys), first):
        yield replace(finding, message=f"{lint.place(keys)}: {finding.message}")


def tables_read(lint: Lint) -> Iterator[tuple[int, str, str]]:
    """Yield (line, location or nothing, dataset) for each table that the queries of the contract read."""
    for keys, rule, column in quality_rules(lint.document.data):
        text = rule.get("query")
        if rule.get("type") != "sql" or not isinstance(text, str):
            continue
        from platform_core.sql import SyntaxProblem, fill, reads

        first = _first_line(lint, (*keys, "query"), text)
        try:
            filled = fill(text, lint.dataset, str(column.get("name")) if column else "")
            tables = reads(filled)
        except SyntaxProblem:
            continue  # reported by `query`
        yield from ((first + table.line - 1, table.location, table.dataset) for table in tables if not table.catalog)


def _first_line(lint: Lint, place: Keys, text: str) -> int:
    """A text of several lines begins below its key."""
    return lint.document.where(*place).line + ("\n" in text)
