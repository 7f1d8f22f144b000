"""The type of a column: wider, narrower, another one, or the same in other words."""

from __future__ import annotations

import re

from platform_core.contracts.diff.change import Changes, Place
from platform_core.contracts.lattice import is_numeric, order
from platform_core.contracts.model import Column
from platform_core.contracts.physical import canonical_type
from platform_core.contracts.types import declared_type, duckdb_type

__all__ = ["types"]

_LENGTH = re.compile(r"[^()]*\(\s*(\d+)\s*\)\s*\Z")
_NUMERIC = {"integer", "number"}


def types(found: Changes, place: Place, old: Column, new: Column) -> None:
    """Add the change of a column's type, if there is one. What is nested in it has changes of its own."""
    if old.logical_type != new.logical_type:
        _logical(found, place, old, new)
        return
    before, after = _own_type(old, new), _own_type(new, old)
    kind = _kind(before, after)
    if kind:
        found.add("type", kind, place, before, after)
    elif old.physical_type != new.physical_type or _exact(old) != _exact(new):
        _spelling(found, place, old, new)


def _logical(found: Changes, place: Place, old: Column, new: Column) -> None:
    before, after = duckdb_type(old), duckdb_type(new)
    kind = _kind(before, after)
    if kind in ("", "type-widened", "type-narrowed"):  # stored alike, and yet promised as something else
        kind = "type-scale-changed" if {old.logical_type, new.logical_type} == _NUMERIC else "type-changed"
    said = (old.logical_type, new.logical_type) if before == after else (before, after)
    found.add("type", kind, place, *said)


def _own_type(column: Column, other: Column) -> str:
    """Return the type to compare: of what is nested in both only its kind, unless a physicalType says more."""
    nested = column.logical_type in ("object", "array", "map") and (column.children or other.children)
    told = declared_type(column) is not None or declared_type(other) is not None
    one_sided = column.logical_type == "object" and bool(column.children) != bool(other.children)
    if nested and not told and not one_sided:
        return column.logical_type
    if column.logical_type == "vector" and not told:
        return "vector"  # what it holds is an option of its own
    return duckdb_type(column)


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
    if canonical_type(before) and canonical_type(after) and is_numeric(before) and is_numeric(after):
        return "type-scale-changed"
    return "type-changed"


def _spelling(found: Changes, place: Place, old: Column, new: Column) -> None:
    """Add what is different between two ways to say one type."""
    here = place.down("physicalType")
    said = old.physical_type or None, new.physical_type or None
    lengths = _length(old), _length(new)
    if lengths[0] != lengths[1]:
        longer = lengths[1] is None or (lengths[0] is not None and lengths[1] > lengths[0])
        found.add("type", "text-length-loosened" if longer else "text-length-shortened", here, *said)
    elif _exact(old) != _exact(new):
        if _exact(new):
            found.add("type", "type-pinned", here, None, duckdb_type(new))
        else:
            found.add("type", "type-unpinned", here, duckdb_type(old), None)
    elif old.physical_type != new.physical_type:
        known = all(canonical_type(column.physical_type) or not column.physical_type for column in (old, new))
        area, kind = ("type", "type-respelled") if known else ("text", "definition-changed")
        found.add(area, kind, here, *said, name="physicalType")


def _length(column: Column) -> int | None:
    """Return how long a text may be by its physicalType; None for any length."""
    if canonical_type(column.physical_type) != "VARCHAR":
        return None
    length = _LENGTH.match(column.physical_type)
    return int(length[1]) if length else None


def _exact(column: Column) -> bool:
    """Say whether only this one type is taken, or every one of its family (`audit.types.same_type`)."""
    if declared_type(column) is not None or "timezone" in column.options:
        return True
    return column.logical_type in _NUMERIC and "format" in column.options
