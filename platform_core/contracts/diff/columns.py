"""Columns and what is nested in them: which came, went, changed their name, their place or what they promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from platform_core.contracts.diff.change import Changes, Place
from platform_core.contracts.diff.matching import Matched, matched
from platform_core.contracts.diff.types import types
from platform_core.contracts.model import Column

__all__ = ["columns"]

_STEPS = {"array": ("[]",), "map": ("{key}", "{value}")}


def columns(found: Changes, place: Place, old: Sequence[Column], new: Sequence[Column]) -> None:
    """Add what is different between two lists of columns, or of the fields of an object."""
    same = matched(
        [each.data for each in old],
        [each.data for each in new],
        lambda data: data.get("name"),
        lambda data: str(data.get("name")).lower(),
    )
    _came_and_went(found, place, (old, new), same)
    if same.reordered:
        before = [old[index].name for index in sorted(index for index, _ in same.pairs)]
        found.add("column", "columns-reordered", place, before, [new[index].name for _, index in same.pairs])
    for old_index, new_index in same.pairs:
        one, other = old[old_index], new[new_index]
        here = _at(place, one.name, one, other)
        if one.name != other.name:
            kept = one.data.get("physicalName") and one.data.get("physicalName") == other.data.get("physicalName")
            kind = "column-relabelled" if kept else "column-renamed"
            found.add("column", kind, here.down("name"), one.name, other.name)
        if one.data != other.data:
            _column(found, here, one, other)


def _came_and_went(
    found: Changes, place: Place, lists: tuple[Sequence[Column], Sequence[Column]], same: Matched
) -> None:
    old, new = lists
    taken = {each.name.lower() for each in old}
    for index in same.removed:
        each = old[index]
        kind = "required-column-removed" if each.required else "column-removed"
        found.add("column", kind, _at(place, each.name, each, None), each.data.get("logicalType"), None)
    for index in same.added:
        each = new[index]
        here = _at(place, each.name, None, each)
        used = each.name.lower() in taken or here.path.lower() in found.reserved
        kind = "column-name-reused" if used else "required-column-added" if each.required else "column-added"
        found.add("column", kind, here, None, each.data.get("logicalType"))


def _column(found: Changes, place: Place, old: Column, new: Column) -> None:
    """Add what is different in a column that both contracts have, and below it."""
    types(found, place, old, new)
    if old.required != new.required:
        kind = "column-made-required" if new.required else "column-made-nullable"
        found.add("column", kind, place.down("required"), old.required, new.required)
    if old.logical_type != new.logical_type:
        return
    if old.logical_type == "object":
        columns(found, place, old.children, new.children)
    for step, one, other in zip(_STEPS.get(old.logical_type, ()), old.children, new.children, strict=False):
        here = replace(place, path=place.path + step, old_keys=one.keys, new_keys=other.keys)
        _column(found, here, one, other)


def _at(place: Place, name: str, old: Column | None, new: Column | None) -> Place:
    return Place(
        path=f"{place.path}.{name}" if place.path else name,
        column=place.column or name,
        old_keys=old.keys if old else None,
        new_keys=new.keys if new else None,
    )
