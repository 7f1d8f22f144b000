"""What a column of text holds: the strictest type that every value of it can be read as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["MARKERS", "TextType", "text_types"]

# Texts that often stand for a missing value; named in a note, never taken for one unasked.
MARKERS = ("na", "n/a", "n.a.", "null", "none", "nan", "nil", "-", "--", "?", "\\n", "#n/a", "missing", "unknown")

_INTEGER = r"[+-]?(0|[1-9][0-9]{0,18})"
_NUMBER = r"[+-]?(0|[1-9][0-9]*)?(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
_ZONE = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)"

# In this order: the first that every value has. A leading zero makes no number: 01234 is a code.
CANDIDATES: dict[str, str] = {
    "BOOLEAN": "lower({c}) IN ('true', 'false')",
    "BIGINT": f"regexp_full_match({{c}}, '{_INTEGER}') AND try_cast({{c}} AS BIGINT) IS NOT NULL",
    "DOUBLE": f"regexp_full_match({{c}}, '{_NUMBER}') AND isfinite(try_cast({{c}} AS DOUBLE))",
    "DATE": f"regexp_full_match({{c}}, '{_DATE}') AND try_cast({{c}} AS DATE) IS NOT NULL",
    "TIMESTAMP": f"regexp_full_match({{c}}, '{_DATE}[ T]{_TIME}') AND try_cast({{c}} AS TIMESTAMP) IS NOT NULL",
    "TIMESTAMP WITH TIME ZONE": (
        f"regexp_full_match({{c}}, '{_DATE}[ T]{_TIME} ?{_ZONE}') AND try_cast({{c}} AS TIMESTAMPTZ) IS NOT NULL"
    ),
    "TIME": f"regexp_full_match({{c}}, '{_TIME}') AND try_cast({{c}} AS TIME) IS NOT NULL",
}
_TYPED_IN_JSON = ("BOOLEAN", "BIGINT", "DOUBLE")  # a JSON text that looks like a number is a text


@dataclass(frozen=True)
class TextType:
    """The type a column of text has, and how many values stand in the way of a stricter one (`markers`)."""

    type: str
    marker: str = ""
    markers: int = 0
    stricter: str = ""
    digits: int = 0  # significant digits at most, for DOUBLE
    scale: int | None = None  # digits after the point, when every value has the same number of them


def text_types(connection: DuckDBPyConnection, columns: list[str], dates_only: bool) -> dict[str, TextType]:
    """Return the type of each of the text columns of the table `data`.

    `dates_only`: numbers and booleans written as text stay text (JSON).
    """
    allowed = [name for name in CANDIDATES if not (dates_only and name in _TYPED_IN_JSON)]
    found: dict[str, TextType] = {}
    hopeful = {column: _possible(connection, column, allowed) for column in columns}
    for column, names in hopeful.items():
        found[column] = TextType("VARCHAR")
        for name in names:
            result = _judge(connection, column, name)
            if result:
                found[column] = result
                break
    return found


def _possible(connection: DuckDBPyConnection, column: str, names: list[str]) -> list[str]:
    """Ask a sample first: most types are out after it, and each costs a regular expression over every value."""
    wanted = ", ".join(f"count(*) FILTER ({_test(name, 'v')})" for name in names)
    sample = f"SELECT {column} AS v FROM data WHERE {column} IS NOT NULL LIMIT 500"
    marker = f"lower(v) NOT IN ({', '.join(['?'] * len(MARKERS))})"
    query = f"SELECT count(*), {wanted} FROM ({sample}) WHERE {marker}"
    total, *counts = connection.execute(query, list(MARKERS)).fetchall()[0]
    return [name for name, count in zip(names, counts, strict=True) if count == total] if total else []


def _test(name: str, column: str) -> str:
    return CANDIDATES[name].replace("{c}", column)


def _judge(connection: DuckDBPyConnection, column: str, name: str) -> TextType | None:
    marks = f"lower({column}) IN ({', '.join(['?'] * len(MARKERS))})"
    query = (
        f"SELECT count({column}), count(*) FILTER ({_test(name, column)}), count(*) FILTER ({marks}), "
        f"min({column}) FILTER ({marks}), max({column}) FILTER ({marks}) FROM data"
    )
    total, good, markers, first, last = connection.execute(query, [*MARKERS, *MARKERS, *MARKERS]).fetchall()[0]
    if total and good == total:
        return _digits(connection, column) if name == "DOUBLE" else TextType(name)
    if good and good + markers == total and first == last:
        return TextType("VARCHAR", first, markers, name)
    return None


def _digits(connection: DuckDBPyConnection, column: str) -> TextType:
    fraction = f"length(regexp_extract({column}, '\\.([0-9]+)$', 1))"
    query = (
        f"SELECT max(length(regexp_replace({column}, '[^0-9]', '', 'g'))), min({fraction}), max({fraction}), "
        f"bool_or(contains(lower({column}), 'e')) FROM data"
    )
    digits, low, high, exponent = connection.execute(query).fetchall()[0]
    if exponent:
        return TextType("DOUBLE")
    return TextType("DOUBLE", digits=digits, scale=low if low == high and low else None)
