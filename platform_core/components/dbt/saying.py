"""What dbt says went wrong, without the values of the data that databases like to quote."""

from __future__ import annotations

import re

__all__ = ["without_values"]

# What databases say before they read a row: it can only quote the query. All other errors may quote the data.
_BEFORE_READING = {"Binder Error", "Catalog Error", "Parser Error", "Permission Error", "Compilation Error"}
_KIND = re.compile(r"^([A-Z][A-Za-z ]{0,40} Error)\b")
_MOST_LINES = 12


def without_values(message: str) -> str:
    """Return a message of dbt with what it says of the project, and only the kind of what a database said of data."""
    kept: list[str] = []
    for line in (line.strip() for line in message.strip().splitlines()):
        found = _KIND.match(line)
        kind = found[1] if found else ""
        if kind and kind not in _BEFORE_READING and not re.match(rf"{kind} in \w+ ", line) and line != kind:
            kept.append(f"{kind} while reading the data")
            break
        kept.append(line)
        if kind in _BEFORE_READING and kind != "Compilation Error":
            break  # below it the query is shown
    return "\n".join(line for line in kept[:_MOST_LINES] if line)
