"""What the guards of all engines say of a team's query: the same findings in the same words, each on its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from platform_core.errors import Where
from platform_core.findings import Finding, Level

__all__ = ["ASK_FOR_FUNCTION", "Say", "by_line", "complaints", "moves"]

Say = Callable[..., Finding]  # (id, message, fix, line of the query = 1, level = "error")
ASK_FOR_FUNCTION = "Use a function that computes from its arguments; ask the platform team if one is missing."
_WHY = "A query may read its declared inputs and nothing else: no files, no network, no settings, no other tables."


def complaints(path: Path | None, subject: str, first_line: int) -> Say:
    """Return how to complain of a query that starts on `first_line` of `path`; without a path the text has the line."""

    def say(id: str, message: str, fix: str, line: int = 1, level: Level = "error") -> Finding:
        where = Where(path, first_line + line - 1) if path else None
        text = message if path else f"line {line}: {message}"
        return Finding(id, level, subject, text, _WHY, fix, where)

    return say


def moves(what: str) -> str:
    """Say that something gives another answer each time."""
    return f"{what} gives another answer each time: a re-run would publish different data."


def by_line(found: Iterable[Finding]) -> list[Finding]:
    return sorted(found, key=lambda finding: (finding.where.line if finding.where else 0, finding.message))
