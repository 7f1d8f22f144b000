"""Which columns identify a row: alone, or the smallest combination that cannot be unique by chance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from platform_core.contracts.infer.personal import words
from platform_core.contracts.infer.profile import Profile

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["identifies", "is_id", "is_measure", "primary_key"]

_IDS = frozenset(
    {"id", "ids", "key", "code", "uuid", "guid", "nr", "no", "num", "number", "sku", "isbn", "ean", "icao", "iata"}
    | {"pk", "sk", "ref", "reference", "identifier", "serial", "vin", "slug", "hash"}
)
_MEASURES = frozenset(
    {"delay", "distance", "amount", "price", "cost", "total", "count", "qty", "quantity", "sum", "avg", "mean", "rate"}
    | {"score", "speed", "temp", "temperature", "humid", "humidity", "pressure", "weight", "height", "length", "width"}
    | {"size", "age", "duration", "lat", "latitude", "lon", "long", "lng", "longitude", "alt", "altitude", "seats"}
    | {"engines", "elevation", "percent", "pct", "ratio", "value", "balance", "time", "seconds", "minutes", "hours"}
    | {"days", "revenue", "volume", "power", "depth", "min", "max", "median", "stddev", "points", "rank", "level"}
)
_CALENDAR = frozenset({"year", "quarter", "month", "week", "day", "hour", "minute", "weekday", "dow"})
_CANDIDATES = 10
_WIDEST = 4
_BY_CHANCE = 3.0  # collisions to be expected if the columns were independent; fewer and uniqueness proves nothing
_SAMPLE = 20_000


def primary_key(connection: DuckDBPyConnection, columns: Sequence[Profile], dataset: str) -> tuple[Profile, ...]:
    """Return the columns of the primary key of the table `typed`; none when nothing sensible identifies a row."""
    single = [column for column in columns if column.unique and identifies(column, columns, dataset)]
    if single:
        return (min(single, key=lambda column: _cost(column, dataset)),)
    usable = [column for column in columns if _usable(column)]
    usable = sorted(usable, key=lambda column: _cost(column, dataset))[:_CANDIDATES]
    usable.sort(key=columns.index)
    odds = {column.column: _odds(connection, column) for column in usable}
    for width in range(2, min(_WIDEST, len(usable)) + 1):
        wide = sorted(combinations(usable, width), key=lambda group: sum(_cost(column, dataset) for column in group))
        for group in wide:
            if _not_by_chance(group, odds, dataset) and _is_unique(connection, group):
                return group
    return ()


def identifies(column: Profile, columns: Sequence[Profile], dataset: str) -> bool:
    """Say whether a column that is unique in the data is meant to be: by its name, or as the leading column."""
    if column.logical not in ("string", "integer", "date", "timestamp") or column.type == "BLOB":
        return False
    if column.personal or is_measure(column) or column.longest > 64 or column.rows < 2:
        return False
    return is_id(column, dataset) or (column is columns[0] and column.rows >= 5)


def is_measure(column: Profile) -> bool:
    """Say whether a column measures something, so that its uniqueness would be an accident."""
    return column.logical == "number" or (
        column.logical == "integer"
        and bool(_MEASURES & set(words(column.name)))
        and not (_IDS & set(words(column.name)))
    )


def is_id(column: Profile, dataset: str) -> bool:
    """Say whether a column's name says that it identifies something."""
    parts = words(column.name)
    return (
        bool(_IDS & set(parts[-1:]))
        or column.name.lower() in (dataset, dataset.removesuffix("s"))
        or bool(re.search(r"(id|key|code)$", parts[-1] if parts else "") and len(parts) == 1 and len(parts[0]) > 3)
    )


def _usable(column: Profile) -> bool:
    return (
        column.complete
        and column.logical in ("string", "integer", "date", "timestamp")
        and column.type != "BLOB"
        and column.distinct > 1
        and column.longest <= 64
        and not column.personal
        and not is_measure(column)
    )


def _cost(column: Profile, dataset: str) -> int:
    if is_id(column, dataset):
        return 0
    if column.logical in ("date", "timestamp"):
        return 1
    if column.logical == "string":
        return 2
    return 3 if _CALENDAR & set(words(column.name)) else 4


def _odds(connection: DuckDBPyConnection, column: Profile) -> float:
    """Return how likely two random rows agree in a column."""
    counts = f"SELECT count(*)::DOUBLE AS n FROM typed GROUP BY {column.column}"
    query = f"SELECT sum(n * n) FROM ({counts})"
    return float(connection.execute(query).fetchall()[0][0]) / column.rows**2


def _not_by_chance(group: Sequence[Profile], odds: dict[str, float], dataset: str) -> bool:
    rows = group[0].rows
    expected = rows * (rows - 1) / 2
    different = 1.0
    for column in group:
        expected *= odds[column.column]
        different *= column.distinct
    wanted = _BY_CHANCE / 3 if all(_cost(column, dataset) <= 1 for column in group) else _BY_CHANCE
    # Above a million rows, different values are estimated.
    return 1.5 * different >= rows and expected >= wanted


def _is_unique(connection: DuckDBPyConnection, group: Sequence[Profile]) -> bool:
    columns = ", ".join(column.column for column in group)
    for rows in (f"(SELECT {columns} FROM typed LIMIT {_SAMPLE})", "typed"):
        query = f"SELECT (SELECT count(*) FROM {rows}) = (SELECT count(*) FROM (SELECT DISTINCT {columns} FROM {rows}))"
        if not connection.execute(query).fetchall()[0][0]:
            return False
    return True
