"""From the type a query on PostgreSQL returns to the declared one: nothing is cut off without a word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from platform_core.contracts.postgres_types import postgres_type
from platform_core.resources.postgres.connection import run
from platform_core.sql.quoting import quoted, text

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["fitted_value", "misfits"]

_INTEGERS = {"smallint", "integer", "bigint"}
_FLOATS = {"real", "double precision"}
_TEXTS = re.compile(r"text|character varying|character\b|name|unknown|\"char\"|citext")
_NUMERIC = re.compile(r"numeric(?:\((\d+),(-?\d+)\))?\Z")
_TEMPORAL = {"timestamp without time zone", "timestamp with time zone"}
# Casting one value at a time, to count those that fail: asked only after something did.
_MISFIT = """
CREATE OR REPLACE FUNCTION pg_temp.platform_misfit(value text, cast_of text) RETURNS boolean LANGUAGE plpgsql AS $body$
DECLARE fits text;
BEGIN
    EXECUTE cast_of INTO fits USING value;
    RETURN false;
EXCEPTION WHEN data_exception OR feature_not_supported THEN
    RETURN true;
END
$body$
"""


def fitted_value(value: str, declared: str, given: str) -> str:
    """Return the expression that makes of `value`, of PostgreSQL's type `given`, the `declared` DuckDB type.

    It fails on a value that does not fit. `value` may be any expression.
    """
    wanted = postgres_type(declared)
    if wanted == given:
        return value
    source, lossy = _source(value, wanted, given), _lossy(value, wanted, given)
    if not lossy:
        return f"{source}::{wanted}"
    # Casting this text fails, where casting the value would make 2 of 1.5 without a word.
    return (
        f"CASE WHEN {lossy} THEN ('cut: ' || {value}::text)::{_failing(wanted)}::{wanted} ELSE {source}::{wanted} END"
    )


def misfits(
    connection: Connection[Any], query: str, columns: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, int]:
    """Count, for each column, the values of `query` that do not fit their declared type."""
    doubtful = {name: kind for name, kind in columns.items() if postgres_type(kind) != given[name]}
    if not doubtful:
        return {}
    run(connection, _MISFIT)
    counts = ", ".join(
        f"count(*) FILTER (WHERE pg_temp.platform_misfit({quoted(name)}::text, {text(_single(kind, given[name]))}))"
        for name, kind in doubtful.items()
    )
    found = run(connection, f"SELECT {counts} FROM {query}").fetchall()[0]  # noqa: S608 - quoted
    return dict(zip(doubtful, found, strict=True))


def _single(declared: str, given: str) -> str:
    return f"SELECT {fitted_value(f'($1::{given})', declared, given)}"


def _source(value: str, wanted: str, given: str) -> str:
    if wanted in _INTEGERS and _TEXTS.match(given):
        return f"{value}::numeric"  # DuckDB reads 517.0 and 1e2 as whole numbers, and so does this
    if wanted == "boolean" and (given in _INTEGERS or given in _FLOATS or _NUMERIC.match(given)):
        return f"({value} <> 0)"
    if wanted == "jsonb" and given not in ("json", "jsonb") and not _TEXTS.match(given):
        return f"to_jsonb({value})"
    if wanted == "date" and _TEXTS.match(given):
        return f"{value}::timestamp"
    return value


def _lossy(value: str, wanted: str, given: str) -> str:
    """Return the condition under which PostgreSQL would cut something off a value; empty where it never does."""
    exact, texts = _NUMERIC.match(given), _TEXTS.match(given)
    found = ""
    if wanted in _INTEGERS and (exact or texts or given in _FLOATS):
        number = f"{value}::numeric" if texts else value
        found = f"{number} <> trunc({number})"
    elif (scaled := _NUMERIC.match(wanted)) and scaled[2] and (exact or texts):
        found = f"(round({value}::numeric, {scaled[2]}) <> {value}::numeric OR {value}::numeric = 'NaN')"
    elif scaled and given in _FLOATS:
        found = f"{value} = 'NaN'"  # rounded, as DuckDB does it; but no DECIMAL is not a number
    elif wanted == "boolean" and (exact or given in _INTEGERS or given in _FLOATS):
        found = f"{value} NOT IN (0, 1)"
    elif wanted == "date" and (texts or given in _TEMPORAL):
        found = f"{value}::timestamp::date::timestamp <> {value}::timestamp"
    elif wanted == "timestamp without time zone" and texts:
        # An offset other than zero would be dropped, not applied.
        found = f"({value}::timestamptz AT TIME ZONE 'UTC') <> {value}::timestamp"
    elif wanted == "time without time zone" and given in _TEMPORAL:
        found = "true"
    return found


def _failing(wanted: str) -> str:
    """A text that no cast to this type takes; text itself takes everything."""
    return "integer" if wanted in ("text", "jsonb") else wanted
