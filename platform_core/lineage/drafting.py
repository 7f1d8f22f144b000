"""The need of somebody who has not written one: all that a contract guarantees today of what is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from platform_core.contracts.model import Column, Contract
from platform_core.contracts.sla import sla_duration
from platform_core.contracts.types import duckdb_type
from platform_core.lineage.guarantees import never_null, promised_values, unique_sets
from platform_core.lineage.need_lint import LEVELS
from platform_core.lineage.needs import Need, NeededColumn, ServiceLevel, plain

__all__ = ["drafted"]

# Families whose types are read alike: what is relied on is that it is text, a date, ...
_ALIKE = {"string": "VARCHAR", "date": "DATE", "boolean": "BOOLEAN", "time": "TIME", "integer": "BIGINT"}
_INNER = {"array": ("items",), "map": ("key", "value")}


def drafted(
    contract: Contract, columns: Iterable[str] | None, dataset: str = "", version: str = "", *, short: bool = False
) -> Need:
    """Return what relies on everything that `contract` guarantees today of `columns` (None: of all).

    `dataset` is its `location/dataset`. It is always met by that contract. The key counts whichever columns are read:
    who counts rows or joins relies on it. The version only where `version` names a range: a number alone hurts nobody.
    Columns that the contract has not are left out. With `short`, as people would write it, a type is left out where its
    family says it.
    """
    used = None if columns is None else set(columns)
    needed = [column for column in contract.columns if used is None or column.name in used]
    unique = unique_sets(contract)
    known = {column.name: column for column in contract.columns}
    keys = [key for key in unique if all(never_null(known[name]) for name in key)]
    # Of a column that is unique by itself, the column says so.
    keys = [key for key in keys if len(key) > 1 or key[0] not in {column.name for column in needed}]
    return Need(
        dataset=dataset or contract.dataset,
        version=version,
        columns=tuple(_column(column, short, {key[0] for key in unique if len(key) == 1}) for column in needed),
        keys=tuple(dict.fromkeys(keys)),
        service_levels=tuple(_levels(contract)),
    )


def _column(column: Column, short: bool, unique: set[str] | None = None, name: str = "") -> NeededColumn:
    parts = _INNER.get(column.logical_type, ())
    own = unique is not None  # a column of the dataset, not one within another
    names = parts if column.children and parts else [child.name for child in column.children]
    return NeededColumn(
        name=name or column.name,
        logical_type=column.logical_type,
        physical_type=_physical(column, short),
        required=never_null(column) if own else column.required,
        unique=column.unique or column.name in (unique or ()),
        enum=tuple(promised_values(column) if own else (plain(value) for value in column.enum)) or None,
        children=tuple(_column(child, short, None, part) for child, part in zip(column.children, names, strict=False)),
    )


def _physical(column: Column, short: bool) -> str:
    """The type; if `short`, where the family alone would let a type in that is read otherwise."""
    if column.children:
        return ""  # said by what is in it
    type_ = duckdb_type(column)
    return "" if short and _ALIKE.get(column.logical_type) == type_ else type_


def _levels(contract: Contract) -> list[ServiceLevel]:
    found: dict[str, Any] = {}
    for entry in contract.data.get("slaProperties") or ():
        if entry.get("property") in LEVELS and sla_duration(entry) is not None:
            found.setdefault(entry["property"], ServiceLevel(entry["property"], entry["value"], entry["unit"]))
    return list(found.values())
