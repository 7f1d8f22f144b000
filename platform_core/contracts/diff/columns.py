"""Columns and what is nested in them: which came, went, changed their name, their place or what they promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from platform_core.contracts.diff.change import Changes, Place
from platform_core.contracts.diff.column import promises
from platform_core.contracts.diff.matching import Matched, matched
from platform_core.contracts.model import Column

__all__ = ["columns", "old_names"]

_STEPS = {"array": ("[]",), "map": ("{key}", "{value}")}
# What a list or map holds when the contract does not say: text, as `contracts.types.duckdb_type` has it.
_UNSAID = Column("item", "string", "", required=False, unique=False, primary_key_position=0, data={}, keys=())


def columns(found: Changes, place: Place, old: Sequence[Column], new: Sequence[Column]) -> None:
    """Add what is different between two lists of columns, or of the fields of an object."""
    same = _same(old, new)
    _came_and_went(found, place, (old, new), same)
    if same.reordered:
        before = [old[index].name for index in sorted(index for index, _ in same.pairs)]
        found.add("column", "columns-reordered", place, before, [new[index].name for _, index in same.pairs])
    for old_index, new_index in same.pairs:
        _pair(found, place, old[old_index], new[new_index])


def old_names(old: Sequence[Column], new: Sequence[Column]) -> Mapping[str, str]:
    """Return the old name of each new column that was called otherwise."""
    pairs = [(old[one].name, new[other].name) for one, other in _same(old, new).pairs]
    return {now: before for before, now in pairs if before != now}


def _same(old: Sequence[Column], new: Sequence[Column]) -> Matched:
    return matched(
        [each.data for each in old],
        [each.data for each in new],
        lambda data: data.get("name"),
        lambda data: str(data.get("name")).lower(),
    )


def _came_and_went(
    found: Changes, place: Place, lists: tuple[Sequence[Column], Sequence[Column]], same: Matched
) -> None:
    old, new = lists
    taken = {each.name.lower() for each in old}
    for index in same.removed:
        each = old[index]
        kind = "required-column-removed" if each.required else "column-removed"
        found.add("column", kind, _at(place, each, each, None), each.logical_type, None)
    for index in same.added:
        each = new[index]
        here = _at(place, each, None, each)
        used = each.name.lower() in taken or here.path.lower() in found.reserved
        kind = "column-name-reused" if used else "required-column-added" if each.required else "column-added"
        found.add("column", kind, here, None, each.logical_type)


def _pair(found: Changes, place: Place, old: Column, new: Column) -> None:
    here = _at(place, old, old, new)
    if old.name != new.name:
        kept = new.data.get("physicalName") == (old.data.get("physicalName") or old.name)
        found.add("column", "column-relabelled" if kept else "column-renamed", here.down("name"), old.name, new.name)
    _below(found, here, old, new)


def _below(found: Changes, place: Place, old: Column, new: Column) -> None:
    if old.data == new.data and old.required == new.required:
        return
    promises(found, place, old, new)
    if old.logical_type != new.logical_type:
        return
    if old.logical_type == "object" and old.children and new.children:
        columns(found, place, _filled(old), _filled(new))
    for index, step in enumerate(_STEPS.get(old.logical_type, ())):
        one, other = (column.children[index] if column.children else _UNSAID for column in (old, new))
        here = replace(place, path=place.path + step, old_keys=one.keys or None, new_keys=other.keys or None)
        if step == "{key}":
            _key(found, here, one, other)
        else:
            _below(found, here, one, other)


def _key(found: Changes, place: Place, old: Column, new: Column) -> None:
    """Add what is different in the keys of a map: whatever it is, entries are no longer found where they were."""
    inner = replace(found, found=[])
    _below(inner, place, old, new)
    for change in inner.found:
        same = change.area == "text"
        found.found.append(change if same else replace(change, area="type", kind="map-key-changed"))


def _filled(column: Column) -> list[Column]:
    """Return the fields of an object, required where the object itself says so."""
    names = column.options.get("required") or ()
    return [replace(child, required=child.required or child.name in names) for child in column.children]


def _at(place: Place, named: Column, old: Column | None, new: Column | None) -> Place:
    return Place(
        path=f"{place.path}.{named.name}" if place.path else named.name,
        column=place.column or named.name,
        old_keys=old.keys if old else None,
        new_keys=new.keys if new else None,
    )
