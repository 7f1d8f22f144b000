"""A column that a query names and nothing it reads has: DuckDB says so before there is a row."""

from __future__ import annotations

import re
from dataclasses import dataclass

from platform_core.sql.bound import complaint
from platform_core.sql.columns import Schema, tables_of

__all__ = ["UnknownColumn", "unknown_column"]

# In the words of DuckDB; other complaints are about something else, or cannot be told from it.
_SAID = (
    re.compile(r'Referenced column "?(?P<name>.+?)"? (?:was )?not found'),
    re.compile(r'does not have a column named "(?P<name>.+?)"(?:\n|\Z)'),
    re.compile(r'Column "(?P<name>.+?)" does not exist on (?:left|right) side of join'),
    re.compile(r'Column "(?P<name>.+?)" in (?:EXCLUDE|REPLACE|RENAME) list not found'),
)
_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)


@dataclass(frozen=True)
class UnknownColumn:
    """A name in vain, on which line of the query (from 1), and the columns that there are."""

    name: str
    line: int
    known: tuple[str, ...]


def unknown_column(query: str, schema: Schema, location: str = "") -> UnknownColumn | None:
    """Return the first column that `query`, one SELECT for DuckDB, names and no table of `schema` has.

    None when there is none, and where it cannot be told: `schema` does not know a table, the query has another mistake.
    """
    if (read := tables_of(query, schema, location)) is None:
        return None
    tables, catalogs = read
    said = complaint(query, tables, location, catalogs)
    for pattern in _SAID:
        if found := pattern.search(said):
            name = found["name"]
            known = tuple(dict.fromkeys(column for columns in tables.values() for column in columns))
            return UnknownColumn(name, _line(said, query, name), known)
    return None


def _line(said: str, query: str, name: str) -> int:
    if found := _LINE.search(said):
        return max(int(found[1]) - 1, 1)  # the first is PREPARE
    lines = query.lower().splitlines()
    return next((number for number, line in enumerate(lines, 1) if name.lower() in line), 1)
