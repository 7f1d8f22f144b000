"""Rows from pools of values, such that every key of the contract is distinct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from random import Random
from typing import Any

from platform_core.contracts import Contract
from platform_core.testing.domain import identity
from platform_core.testing.domains import Impossible
from platform_core.testing.metrics import metric_of

__all__ = ["Unit", "fill", "keys_of"]

Key = tuple[str, ...]


@dataclass(frozen=True)
class Unit:
    """Columns that take their values together (mostly one column), and the different values they may take.

    Of one column a value stands for itself, of several it is a tuple.
    """

    columns: Key
    pool: Sequence[Any]


def keys_of(contract: Contract) -> list[Key]:
    """Return the sets of columns that must be distinct: unique columns, the primary key, duplicate rules."""
    keys: list[Key] = [(column.name,) for column in contract.columns if column.unique]
    keys += [contract.primary_key] if contract.primary_key else []
    keys += [(c.name,) for c in contract.columns for rule in c.quality if metric_of(rule) == "duplicateValues"]
    for rule in contract.quality:
        if metric_of(rule) == "duplicateValues":
            keys.append(tuple((rule.get("arguments") or {}).get("properties") or [c.name for c in contract.columns]))
    return list(dict.fromkeys(keys))


def fill(units: Sequence[Unit], keys: Sequence[Key], wanted: int, random: Random) -> dict[str, list[Any]]:
    """Return values by column: `wanted` rows, fewer when a key has fewer values.

    Raises Impossible when a key has none.
    """
    covers = [[unit for unit in units if set(unit.columns) & set(key)] for key in keys]
    rows = min([wanted, *(prod(len(unit.pool) for unit in cover) for cover in covers)])
    if rows == 0 and wanted:
        raise Impossible(None, "one of its keys has no value to take")
    chosen: dict[Key, list[Any]] = {}
    distinct: set[Key] = set()
    for cover in sorted(covers, key=len):
        if any(unit.columns in distinct for unit in cover):
            continue
        wide = next((unit for unit in cover if len(unit.pool) >= rows and unit.columns not in chosen), None)
        if wide is not None:
            chosen[wide.columns] = random.sample(list(wide.pool), rows)
            distinct.add(wide.columns)
        else:
            _combine(cover, rows, random, chosen)
    for unit in units:
        if unit.columns not in chosen:
            chosen[unit.columns] = _scatter(unit.pool, rows, random)
    return _without_repeats(_by_column(units, chosen), keys)


def _combine(cover: Sequence[Unit], rows: int, random: Random, chosen: dict[Key, list[Any]]) -> None:
    """Number the combinations of narrow units as a clock counts, and take different numbers."""
    total = prod(len(unit.pool) for unit in cover)
    numbers = random.sample(range(total), rows)
    for unit in cover:
        chosen.setdefault(unit.columns, [unit.pool[number % len(unit.pool)] for number in numbers])
        numbers = [number // len(unit.pool) for number in numbers]


def _scatter(pool: Sequence[Any], rows: int, random: Random) -> list[Any]:
    """Use every value once where there is room, so that each branch of a query over an enum sees a row."""
    values = [*pool[:rows], *random.choices(pool, k=max(rows - len(pool), 0))]
    random.shuffle(values)
    return values


def _by_column(units: Sequence[Unit], chosen: dict[Key, list[Any]]) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {}
    for unit in units:
        rows = chosen[unit.columns]
        for place, name in enumerate(unit.columns):
            values[name] = list(rows) if len(unit.columns) == 1 else [row[place] for row in rows]
    return values


def _without_repeats(values: dict[str, list[Any]], keys: Sequence[Key]) -> dict[str, list[Any]]:
    """Drop rows that repeat a key: only keys that overlap leave any."""
    for key in keys:
        seen: set[Any] = set()
        keep = []
        for row, found in enumerate(zip(*(values[name] for name in key), strict=True)):
            mark = identity(list(found))
            if mark not in seen:
                seen.add(mark)
                keep.append(row)
        if keep and len(keep) < len(values[key[0]]):
            values = {name: [column[row] for row in keep] for name, column in values.items()}
    return values
