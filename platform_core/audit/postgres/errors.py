"""What PostgreSQL says when it fails: of a rule without the values it likes to quote, of the server as an error."""

from __future__ import annotations

from platform_core.errors import PlatformError

__all__ = ["raise_trouble", "without_values"]

_VALUES = {
    "22P02": "a value cannot be converted to the type that the rule compares with",
    "22007": "a value cannot be converted to the type that the rule compares with",
    "22003": "a value is out of the range of its type",
    "22008": "a value is out of the range of its type",
    "22012": "a division by zero",
    "2201B": "PostgreSQL cannot use its pattern",
}
_TROUBLE = {
    "08": "the connection was lost",
    "40": "others were at work on the same tables",
    "53": "it has run out of something",
    "57": "it is being shut down, or ended the session",
    "58": "its machine failed it",
}
_NAMED = {
    "53100": "its disk is full",
    "53200": "it is out of memory",
    "53300": "it has no connection left",
    "55P03": "a table stayed locked by others",
    "57014": "a query was cancelled, or took longer than statement_timeout allows",
    "42501": "this role may not read it",
}


def without_values(error: Exception) -> str:
    """Return one sentence about an error of a query, without data. Raises PlatformError for trouble of the server."""
    raise_trouble(error)
    state = getattr(error, "sqlstate", None) or ""
    if state in _VALUES:
        return _VALUES[state]
    if state.startswith("42"):  # raised before a row is read: it can only quote the query
        return " ".join(str(error).splitlines()[0].split())
    return f"{type(error).__name__} while reading the data"


def raise_trouble(error: Exception) -> None:
    """Raise PlatformError when `error` says nothing about data or rules, but that the server could not be asked.

    Then nobody knows what the audit would have said: it is no refusal, and may be tried again.
    """
    import psycopg

    if isinstance(error, PlatformError):
        raise error
    if not isinstance(error, psycopg.Error):
        return
    state = error.sqlstate or ""
    lost = not state and isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
    said = _NAMED.get(state) or ("the connection was lost" if lost else _TROUBLE.get(state[:2]))
    if said is None:
        return
    hint = "Grant it: platformctl workspace grants." if state == "42501" else "Look after the server, then run again."
    raise PlatformError(f"PostgreSQL could not do the audit: {said}.", hint=hint) from None
