"""What dbt says went wrong, without the values of the data that databases like to quote."""

from __future__ import annotations

import re

__all__ = ["without_values"]

# What databases say before they read a row: it can only quote the query. All other errors may quote the data.
_BEFORE_READING = {"Binder Error", "Catalog Error", "Parser Error", "Permission Error", "Compilation Error"}
_KIND = re.compile(r"^([A-Z][A-Za-z ]{0,40} Error)\b")
# PostgreSQL does not name a kind. These are what it says of the query alone; the place comes from dbt.
_OF_A_QUERY = re.compile(
    r"(?:relation|column|schema|operator|type|function) .{1,200} does not exist$"
    r"|syntax error at (?:or near \".{1,60}\"|end of input)$|missing FROM-clause entry for table \".{1,60}\"$"
    r"|column .{1,200} must appear in the GROUP BY clause|column .{1,60} specified more than once$"
    r"|permission denied for \w+ \S{1,80}$"
)
_DATABASE = "Database Error in "
_MOST_LINES = 12


def without_values(message: str) -> str:
    """Return a message of dbt with what it says of the project, and only the kind of what a database said of data."""
    kept: list[str] = []
    for line in (line.strip() for line in message.strip().splitlines()):
        found = _KIND.match(line)
        kind = found[1] if found else ""
        if not kind and kept and kept[-1].startswith(_DATABASE):
            kept.append(line if _OF_A_QUERY.match(line) else "an error while reading the data")
            break
        if kind and kind not in _BEFORE_READING and not re.match(rf"{kind} in \w+ ", line) and line != kind:
            kept.append(f"{kind} while reading the data")
            break
        kept.append(line)
        if kind in _BEFORE_READING and kind != "Compilation Error":
            break  # below it the query is shown
    return "\n".join(line for line in kept[:_MOST_LINES] if line)
