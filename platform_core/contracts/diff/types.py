"""The type of a column: wider, narrower, another one, or the same in other words."""

from __future__ import annotations

from platform_core.contracts.diff.change import Changes, Place
from platform_core.contracts.lattice import is_numeric, order
from platform_core.contracts.model import Column
from platform_core.contracts.types import duckdb_type

__all__ = ["types"]

_NESTED = ("object", "array", "map", "vector")


def types(found: Changes, place: Place, old: Column, new: Column) -> None:
    """Add the change of a column's type, if there is one. What is nested in it has changes of its own."""
    nested = (
        old.logical_type == new.logical_type and old.logical_type in _NESTED and bool(old.children and new.children)
    )
    if nested:
        return
    before, after = duckdb_type(old), duckdb_type(new)
    kind = _kind(before, after)
    if kind:
        found.add("type", kind, place, before, after)


def _kind(before: str, after: str) -> str:
    direction = order(before, after)
    if direction == "equal":
        return ""
    if direction in ("wider", "narrower"):
        return "type-widened" if direction == "wider" else "type-narrowed"
    if before.startswith("TIMESTAMP") and after.startswith("TIMESTAMP"):
        return "timezone-changed" if before.endswith("ZONE") != after.endswith("ZONE") else "type-changed"
    if before == "DATE" and after.startswith("TIMESTAMP"):
        return "date-to-timestamp"
    return "type-scale-changed" if is_numeric(before) and is_numeric(after) else "type-changed"
