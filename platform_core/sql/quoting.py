"""Names and texts inside SQL that we write by hand. Where a whole tree is built instead, sqlglot quotes."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["one_file", "quoted", "text"]


def quoted(name: str) -> str:
    """Return an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def one_file(path: Path) -> str:
    """Return a path as a text literal that means this one file: DuckDB takes a plain path for a pattern.

    A file called '*.csv' would else read all others, and through links what lies outside the folder.
    """
    return text(re.sub(r"([*?\[])", r"[\1]", str(path)))


def text(value: str) -> str:
    """Return an SQL text literal."""
    return "'" + value.replace("'", "''") + "'"
