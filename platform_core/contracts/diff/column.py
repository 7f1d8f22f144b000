"""What a column promises of itself, beside its type and its fields."""

from __future__ import annotations

from typing import Any

from platform_core.contracts.diff.change import Changes, Place
from platform_core.contracts.diff.lifecycle import column_deprecated
from platform_core.contracts.diff.limits import limits
from platform_core.contracts.diff.quality import quality
from platform_core.contracts.diff.texts import custom_properties, texts
from platform_core.contracts.diff.types import types
from platform_core.contracts.diff.values import values
from platform_core.contracts.model import Column, custom_property

__all__ = ["promises"]

# From open to all to open to few; other words cannot be compared.
_CLASSES = ("public", "internal", "confidential", "restricted")
_HANDLED = (
    *("name", "logicalType", "physicalType", "physicalName", "logicalTypeOptions", "required", "unique", "primaryKey"),
    *("primaryKeyPosition", "partitioned", "partitionKeyPosition", "classification", "deprecated", "enum"),
    *("relationships", "quality", "customProperties", "properties", "items", "map", "id"),
)


def promises(found: Changes, place: Place, old: Column, new: Column) -> None:
    """Add what is different in a column that both contracts have, but for what is nested in it."""
    one, other = old.data, new.data
    if one.get("id") != other.get("id"):
        another = one.get("id") and other.get("id")  # else it only got, or lost, its stable id
        area, kind = ("column", "column-name-reused") if another else ("text", "annotation-changed")
        found.add(area, kind, place.down("id"), one.get("id"), other.get("id"), name="id")
    types(found, place, old, new)
    _flags(found, place, old, new)
    if one.get("physicalName") != other.get("physicalName"):
        names = one.get("physicalName"), other.get("physicalName")
        # It says where the column lies; where none was given, it lies under its name.
        if (names[0] or old.name) != (names[1] or new.name):
            found.add("column", "column-physical-name-changed", place.down("physicalName"), *names)
    limits(found, place, old, new)
    values(found, place, old, new)
    _classification(found, place, one.get("classification"), other.get("classification"))
    column_deprecated(found, place, old, new)
    quality(found, place, old.quality, new.quality)
    _severity(found, place, old, new)
    texts(found, place, one, other, _HANDLED)
    custom_properties(found, place, one, other, ("platformSeverity",))


def _flags(found: Changes, place: Place, old: Column, new: Column) -> None:
    if old.required != new.required:
        kind = "column-made-required" if new.required else "column-made-nullable"
        found.add("column", kind, place.down("required"), old.required, new.required)
    # A column that is the whole key is unique whether it says so or not; the key has changes of its own.
    top = place.path == place.column
    alone = [top and key == (column.name,) for column, key in zip((old, new), found.keys, strict=True)]
    before, after = old.unique or alone[0], new.unique or alone[1]
    if old.unique != new.unique and before != after:
        found.add("key", "unique-added" if after else "unique-removed", place.down("unique"), before, after)


def _classification(found: Changes, place: Place, before: Any, after: Any) -> None:
    if before == after:
        return
    ranks = [_rank(value) for value in (before, after)]
    known = [rank for rank in ranks if rank is not None]
    kind = "changed"
    if len(known) == 2 and known[0] != known[1]:
        kind = "raised" if known[1] > known[0] else "lowered"
    found.add("classification", f"classification-{kind}", place.down("classification"), before, after)


def _rank(value: Any) -> int | None:
    """Nothing said is below everything: what is classified for the first time is guarded more than before."""
    if value is None:
        return -1
    word = str(value).strip().lower()
    return _CLASSES.index(word) if word in _CLASSES else None


def _severity(found: Changes, place: Place, old: Column, new: Column) -> None:
    """Add a change of how seriously the checks of the column itself are taken."""
    before, after = (custom_property(column.data, "platformSeverity") or "error" for column in (old, new))
    if before != after:
        kind = "column-severity-raised" if after == "error" else "column-severity-lowered"
        found.add("quality", kind, place.down("customProperties"), before, after)
