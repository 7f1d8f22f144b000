"""Patterns in the RE2 subset: the engine's own syntax, linear in time, with the same meaning on every engine."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

__all__ = ["pattern_problem"]

_EXPLAINED = (
    (r"\(\?(?:=|!|<=|<!)", "looks ahead or behind (?= ?! ?<= ?<!)", "Say what the whole value looks like instead."),
    (r"\\[1-9]|\(\?P=", "refers back to a group", "Write the repeated part out, or use a rule of type sql."),
    (r"\(\?>|[*+?}]\+", "has an atomic or possessive part", "Take the '+' or '?>' out: matching is linear anyway."),
    (r"\(\?\(", "has a condition", "Write the cases as alternatives: a|b."),
    (r"\(\?<[A-Za-z]", "names a group as (?<name>...)", "Write (?P<name>...), or a plain group."),
    (r"\\Z", "uses \\Z", "Leave it out: the whole value must match."),
    (r"\\u", "uses \\u", "Write \\x{...} with the code in hexadecimal."),
    (r"\\[hHRXKGeck]", "uses an escape of another engine", "Write the characters out, as in [ \\t]."),
)
_ESCAPED_PAIR = re.compile(r"\\\\")


def pattern_problem(pattern: str) -> tuple[str, str] | None:
    """Return (what is wrong, what to write instead), or None when the engine can use the pattern."""
    error = _engine_says(pattern)
    if not error:
        return None
    bare = _ESCAPED_PAIR.sub("", pattern)
    for shape, what, fix in _EXPLAINED:
        if re.search(shape, bare):
            return f"the pattern {what}, which the engine (RE2) cannot do", fix
    return f"the pattern is not valid: {error}", "Mend it; the syntax is that of RE2, and the whole value must match."


@cache
def _connection() -> Any:
    import duckdb

    return duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": False})


def _engine_says(pattern: str) -> str:
    import duckdb

    try:
        _connection().execute("SELECT regexp_full_match('', ?)", [pattern]).fetchone()
    except duckdb.Error as error:
        return str(error).splitlines()[0].split("Error: ", 1)[-1].rstrip(".")
    return ""
