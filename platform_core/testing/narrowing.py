"""Rows that belong to one partition: the contract narrowed to the days, the year and month, or the key it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from platform_core.contracts import Column, Contract
from platform_core.testing.domains import Impossible, domain_of

__all__ = ["narrowed"]

Window = tuple[datetime, datetime]
_TIMES = ("date", "timestamp")


def narrowed(contract: Contract, key: str, window: Window | None) -> Contract:
    """Return the contract with those columns narrowed that say which partition a row belongs to.

    `window` is the time a partition covers, its end not included; None for a partition that is only a name. The columns
    are those with ODCS `partitioned: true`; without any, what names and keys suggest: year, month and day, the dates of
    the primary key, an enum that holds the key. A column in which nothing would be left stays as it is.
    """
    changes = dict(_by_time(contract, window) if window else _by_name(contract, key))
    columns = tuple(
        _narrow(column, changes[column.name]) if column.name in changes else column for column in contract.columns
    )
    return replace(contract, columns=columns)


def _by_time(contract: Contract, window: Window) -> Iterator[tuple[str, dict[str, Any]]]:
    start, end = window
    last = end - timedelta(microseconds=1)
    for part in ("year", "month", "day"):
        first, until = getattr(start, part), getattr(last, part)
        same_before = part == "year" or (start.year == last.year and (part == "month" or start.month == last.month))
        for column in contract.columns:
            if column.logical_type == "integer" and column.name == part and same_before:
                yield column.name, {"enum": [{"value": value} for value in range(first, until + 1)]}
    for column in _time_columns(contract):
        yield column.name, {"minimum": start.isoformat(), "exclusiveMaximum": end.isoformat()}


def _time_columns(contract: Contract) -> list[Column]:
    times = [column for column in contract.columns if column.logical_type in _TIMES]
    marked = [column for column in times if column.data.get("partitioned")]
    keyed = [column for column in times if column.primary_key_position]
    return marked or keyed or (times if len(times) == 1 else [])


def _by_name(contract: Contract, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    texts = [column for column in contract.columns if column.logical_type == "string"]
    marked = [column for column in texts if column.data.get("partitioned")]
    for column in marked or [column for column in texts if key in column.enum]:
        yield column.name, {"enum": [{"value": key}]}


def _narrow(column: Column, change: Mapping[str, Any]) -> Column:
    if "enum" in change:
        data = {**column.data, **change}
    else:
        kept = {name: value for name, value in column.options.items() if name not in ("minimum", "exclusiveMinimum")}
        kept = {name: value for name, value in kept.items() if name not in ("maximum", "exclusiveMaximum")}
        data = {**column.data, "logicalTypeOptions": {**kept, **change}}
    new = replace(column, data=data)
    try:
        allowed, found = domain_of(column), domain_of(new).pool(Random(0), 20)
    except Impossible:
        return column
    return new if found and all(allowed.accepts(value) for value in found) else column
