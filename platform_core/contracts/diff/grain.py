"""What one row is, and how rows are cut into partitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from platform_core.contracts.diff.change import Changes, Place
from platform_core.contracts.model import Column, Contract

__all__ = ["Cut", "cuts", "partition_columns", "primary_key"]

Cut = Mapping[str, Any]
_BORDERS = ("start_date", "end_date", "keys")


def primary_key(found: Changes, old: Contract, new: Contract, renamed: Mapping[str, str]) -> None:
    """Add a change of the primary key. `renamed` gives the old name of a new column."""
    before, after = old.primary_key, tuple(renamed.get(name, name) for name in new.primary_key)
    if before == after:
        return
    said = list(old.primary_key) or None, list(new.primary_key) or None
    if not before or not after:
        kind = "primary-key-added" if after else "primary-key-removed"
    else:
        kind = "primary-key-reordered" if set(before) == set(after) else "primary-key-changed"
    found.add("key", kind, Place().down("schema", 0, "properties"), *said)


def partition_columns(found: Changes, old: Contract, new: Contract, renamed: Mapping[str, str]) -> None:
    """Add a change of the columns by which the dataset says that it is cut (ODCS `partitioned`)."""
    before = _partitioned(old.columns)
    after = [renamed.get(name, name) for name in _partitioned(new.columns)]
    if before != after:
        said = before or None, _partitioned(new.columns) or None
        found.add("partition", "partition-columns-changed", Place().down("schema", 0, "properties"), *said)


def cuts(found: Changes, old: Cut | None, new: Cut | None) -> None:
    """Add a change of how the dataset is cut, in the words of defs.yaml; None: not at all."""
    if old == new:
        return
    place = Place(old_keys=None, new_keys=None)
    same = old and new and _but_borders(old) == _but_borders(new)
    ways = _ways(old, new) if old and new and same else {"moved"}
    kind = {"extended": "partitions-extended", "shortened": "partitions-shortened"}.get("".join(ways))
    found.add("partition", kind or "partitions-changed", place, _said(old), _said(new))


def _ways(old: Cut, new: Cut) -> set[str]:
    """Say for each border in which direction it moved."""
    found = set()
    for key, earlier in (("start_date", "extended"), ("end_date", "shortened")):
        before, after = (None if cut.get(key) is None else str(cut[key]) for cut in (old, new))
        if before == after:
            continue
        if before is None or after is None:  # without an end, partitions go on
            known = key == "end_date"
            found.add("moved" if not known else "extended" if after is None else "shortened")
        else:
            found.add(earlier if after < before else "shortened" if earlier == "extended" else "extended")
    keys, others = (set(map(str, cut.get("keys") or ())) for cut in (old, new))
    if keys != others:
        found.add("extended" if keys < others else "shortened" if others < keys else "moved")
    return found or {"extended"}  # keys in another order: nothing is lost


def _but_borders(cut: Cut) -> dict[str, Any]:
    return {key: value for key, value in cut.items() if key not in _BORDERS and value is not None}


def _said(cut: Cut | None) -> str | None:
    if cut is None:
        return None
    return ", ".join(f"{key} {_item(value)}" for key, value in cut.items() if value is not None)


def _item(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _partitioned(columns: Sequence[Column]) -> list[str]:
    marked = [column for column in columns if column.data.get("partitioned")]
    return [column.name for column in sorted(marked, key=lambda column: column.data.get("partitionKeyPosition", -1))]
