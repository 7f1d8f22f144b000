"""Rules of one column that its data keeps, rounded outward: enums, ranges, patterns."""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING, Any

from platform_core.contracts.infer.personal import words
from platform_core.contracts.infer.profile import ORDERED, Profile
from platform_core.contracts.variables import variables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["enum_values", "limits", "pattern"]

_MOST = 12  # values of an enum
_FREE = frozenset(
    {"note", "notes", "comment", "comments", "remark", "remarks", "text", "message", "title", "name", "subject"}
)
_EVIDENCE = 20  # values before a range or a pattern says anything
_DOMAINS: dict[str, tuple[int, int]] = {
    **{"month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59), "second": (0, 59), "quarter": (1, 4)},
    **{"week": (1, 53), "lat": (-90, 90), "latitude": (-90, 90), "lon": (-180, 180), "lng": (-180, 180)},
    **{"long": (-180, 180), "longitude": (-180, 180), "percent": (0, 100), "pct": (0, 100), "weekday": (0, 7)},
}
_EPOCHS = (2000, 1900)
_END = 2100
# That no value was below zero says little about these.
_SIGNED = frozenset(
    {"temp", "temperature", "dewp", "delta", "change", "diff", "difference", "delay", "profit", "balance", "net"}
    | {"offset", "gain", "margin", "elevation", "alt", "altitude", "x", "y", "z", "lat", "lon"}
)
# Shapes of codes, the tightest first; a fixed length makes them evident.
_SHAPES = ("[0-9]", "[A-Z]", "[a-z]", "[A-Z0-9]", "[a-z0-9]", "[A-Za-z]", "[A-Za-z0-9]")
_UUID = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"


def enum_values(column: Profile, *, partition: bool = False) -> tuple[str, ...]:
    """Return the values of a text column that are few, each often seen; nothing for what may be about people.

    In one `partition` of several, a single value is that partition's: often its key, in every row.
    """
    if column.logical != "string" or column.personal or not column.values or _FREE & set(words(column.name)):
        return ()
    if partition and len(column.values) == 1:
        return ()
    counts = [count for _, count in column.values]
    seen = len(counts) <= _MOST and min(counts) >= 3 and column.filled >= 10 * len(counts)
    # Whatever looks like a variable of ODCS would be one in the contract.
    printable = all(
        isinstance(value, str) and value.isprintable() and len(value) <= 64 and not variables(value)
        for value, _ in column.values
    )
    return tuple(value for value, _ in column.values) if seen and printable else ()


def limits(column: Profile, identifying: bool, *, partition: bool = False) -> dict[str, Any]:
    """Return minimum and maximum of a column, never tighter than its data; nothing when they would say nothing.

    The single number of one `partition` of several says nothing about the others.
    """
    if column.logical not in ORDERED or column.personal or column.lowest is None or column.filled < 2:
        return {}
    if column.logical in ("date", "timestamp"):
        return _years(column)
    domain = next((_DOMAINS[word] for word in reversed(words(column.name)) if word in _DOMAINS), None)
    if domain and domain[0] <= column.lowest and column.highest <= domain[1] and not column.nan:
        return {"minimum": domain[0], "maximum": domain[1]}
    if identifying or column.filled < _EVIDENCE or column.nan:
        return {}
    if "year" in words(column.name) and column.lowest >= 1900 and column.highest < _END:
        return {"minimum": _start(int(column.lowest)), "maximum": _END}
    signed = column.lowest >= 0 and _SIGNED & set(words(column.name))
    found = {} if signed else {"minimum": _down(column.lowest)}
    single = partition and column.lowest == column.highest
    return {} if single else {**found, "maximum": _up(column.highest)}


def pattern(connection: DuckDBPyConnection, column: Profile) -> str:
    """Return the pattern of a text column whose values are codes of one length; empty when none is evident."""
    if column.type != "VARCHAR" or column.personal or column.distinct < _EVIDENCE or not 0 < column.longest <= 36:
        return ""
    tests = [f"{shape}{{{column.longest}}}" for shape in _SHAPES if column.longest <= 20]
    if column.longest == 36:
        tests = [_UUID]
    if not tests:
        return ""
    wanted = ", ".join("bool_and(regexp_full_match(v, ?))" for _ in tests)
    values = f"SELECT DISTINCT {column.column} AS v FROM typed WHERE {column.column} IS NOT NULL"
    row = connection.execute(f"SELECT {wanted} FROM ({values})", tests).fetchall()[0]
    return next((test for test, holds in zip(tests, row, strict=True) if holds), "")


def _years(column: Profile) -> dict[str, Any]:
    """Keep out the dates that stand for 'unknown' (0001, 9999); what the data will bring stays open."""
    known = isinstance(column.lowest, datetime.date) and isinstance(column.highest, datetime.date)
    if not known or column.lowest.year < _EPOCHS[-1] or column.highest.year >= _END:
        return {}
    first, last = datetime.date(_start(column.lowest.year), 1, 1), datetime.date(_END, 1, 1)
    if column.logical == "date":
        return {"minimum": first.isoformat(), "maximum": last.isoformat()}
    zone = "T00:00:00Z" if "ZONE" in column.type else " 00:00:00"
    return {"minimum": f"{first}{zone}", "maximum": f"{last}{zone}"}


def _start(year: int) -> int:
    return next((epoch for epoch in _EPOCHS if year >= epoch), _EPOCHS[-1])


def _down(value: Any) -> int:
    """Zero, or a round number below the lowest value and a quarter of it."""
    return 0 if value >= 0 else -_up(-value)


def _up(value: Any) -> int:
    """Return 1, 2 or 5 times a power of ten, a quarter above the value or more."""
    if value <= 1:
        return 1 if value > 0 else 0
    wanted = math.ceil(value)
    wanted += wanted // 4
    power = 10 ** (len(str(wanted)) - 1)
    return next(step * power for step in (1, 2, 5, 10) if step * power >= wanted)
