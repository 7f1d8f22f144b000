"""Which SQL a team writes: that of the engine its location is on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from platform_core.errors import PlatformError
from platform_core.findings import Finding
from platform_core.locations.engines import DUCKDB_DELTA, POSTGRES
from platform_core.sql.tables import TableRead

__all__ = ["Dialect", "dialect_of", "spoken"]


class _Guard(Protocol):
    def __call__(
        self, query: str, path: Path | None = None, subject: str = "query", first_line: int = 1
    ) -> list[Finding]: ...


@dataclass(frozen=True)
class Dialect:
    """How a query is judged (`guard`) and what it reads (`reads`; raises SyntaxProblem for what it cannot parse)."""

    name: str
    guard: _Guard
    reads: Callable[[str, str], tuple[TableRead, ...]]


def spoken(query: str, written: str, engine: str) -> str:
    """Return a query written for one engine in the words of another, as far as these say the same.

    For a machine without the engine it was written for: what a team tries out there, not what is published.
    """
    if written == engine:
        return query
    from sqlglot import transpile
    from sqlglot.errors import SqlglotError

    names = {DUCKDB_DELTA: "duckdb", POSTGRES: "postgres"}
    try:
        (text,) = transpile(query, read=names[written], write=names[engine])
    except (SqlglotError, ValueError) as error:
        message = "the query cannot be tried out here: DuckDB has no words for it."
        raise PlatformError(message, hint="Set PLATFORM_POSTGRES_URL to a database to try it in.") from error
    return text


def dialect_of(engine: str) -> Dialect:
    """Return the dialect in which queries of an engine are written."""
    if engine == POSTGRES:
        from platform_core.sql import postgres

        return Dialect("Postgres", postgres.guard, postgres.reads)
    from platform_core.sql.safety import guard
    from platform_core.sql.tables import reads

    return Dialect("DuckDB", guard, reads)
