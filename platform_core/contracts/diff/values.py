"""The allowed values of a column, by their stable ids where they have one."""

from __future__ import annotations

from typing import Any

from platform_core.contracts.diff.change import Changes, Place
from platform_core.contracts.diff.matching import Entry, matched
from platform_core.contracts.diff.texts import alike, custom_properties, texts
from platform_core.contracts.model import Column

__all__ = ["values"]

_HANDLED = ("value", "label", "customProperties", "id")


def values(found: Changes, place: Place, old: Column, new: Column) -> None:
    """Add what is different between the enums of a column."""
    before, after = old.data.get("enum") or (), new.data.get("enum") or ()
    if before == after:
        return
    if not before or not after:
        kind = "enum-removed" if not after else "enum-added"
        found.add("enum", kind, place.down("enum"), _all(before), _all(after))
        return
    same = matched(before, after, _value)
    for index in same.removed:
        value = before[index].get("value")
        found.add("enum", "enum-value-removed", place.at("enum", index, None), value, None, name=value)
    for index in same.added:
        value = after[index].get("value")
        found.add("enum", "enum-value-added", place.at("enum", None, index), None, value, name=value)
    for one, other in same.pairs:
        if before[one] != after[other] or _value(before[one]) != _value(after[other]):
            _entry(found, place.at("enum", one, other), before[one], after[other])
    if same.reordered:
        found.add("text", "annotation-changed", place.down("enum"), _all(before), _all(after), name="enum")


def _entry(found: Changes, place: Place, old: Entry, new: Entry) -> None:
    name = new.get("value")
    if _value(old) != _value(new):
        found.add("enum", "enum-value-renamed", place.down("value"), old.get("value"), name, name=name)
    ids = old.get("id"), new.get("id")
    if ids[0] != ids[1]:
        area, kind = ("enum", "enum-value-reused") if ids[0] and ids[1] else ("text", "annotation-changed")
        found.add(area, kind, place.down("id"), *ids, name=name)
    before, after = old.get("label"), new.get("label")
    if before != after:
        known = before is not None and after is not None and not alike(before, after)
        area, kind = ("enum", "enum-value-relabelled") if known else ("text", "annotation-changed")
        found.add(area, kind, place.down("label"), before, after, name=name)
    texts(found, place, old, new, _HANDLED)
    custom_properties(found, place, old, new)


def _value(entry: Entry) -> Any:
    value = entry.get("value")
    return isinstance(value, bool), value  # in Python, True is 1


def _all(entries: Any) -> list[Any] | None:
    return [entry.get("value") for entry in entries] or None
