"""Names and texts inside SQL that we write by hand. Where a whole tree is built instead, sqlglot quotes."""

__all__ = ["quoted", "text"]


def quoted(name: str) -> str:
    """Return an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return an SQL text literal."""
    return "'" + value.replace("'", "''") + "'"
