"""References to other datasets, wherever they are written: under a column or under the dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from platform_core.contracts.diff.change import Changes, Place
from platform_core.contracts.diff.matching import matched
from platform_core.contracts.diff.spans import direction, number, spans
from platform_core.contracts.diff.texts import custom_properties, texts
from platform_core.contracts.model import Contract, custom_property
from platform_core.documents import Keys

__all__ = ["relationships"]

_HANDLED = ("from", "to", "customProperties")
_LIMITS = ("platformSeverity", "platformThreshold", "platformUnit")
_SAID = {"looser": "loosened", "tighter": "tightened", "moved": "changed"}


@dataclass(frozen=True)
class _Reference:
    columns: tuple[str, ...]  # by their old names, in both contracts
    targets: tuple[str, ...]
    data: Mapping[str, Any]
    keys: Keys

    @property
    def ends(self) -> Mapping[str, Any]:
        """What two references are matched by."""
        return {"id": self.data.get("id"), "to": (self.columns, self.targets), "from": self.columns}

    @property
    def blocks(self) -> bool:
        return custom_property(self.data, "platformSeverity") not in ("warning", "info")

    @property
    def said(self) -> str:
        return ", ".join(self.targets)

    @property
    def limit(self) -> tuple[Any, str]:
        """Return how many violations are allowed, and in which unit: none are the same in both."""
        count = number(custom_property(self.data, "platformThreshold", 0)) or number(0)
        unit = str(custom_property(self.data, "platformUnit", "rows"))
        return count, unit if count else ""


def relationships(found: Changes, old: Contract, new: Contract, renamed: Mapping[str, str]) -> None:
    """Add what is different between the references of two contracts. `renamed` gives the old name of a new column."""
    before, after = list(_read(old, {}, found.location)), list(_read(new, renamed, found.location))
    same = matched(
        [one.ends for one in before], [one.ends for one in after], lambda each: each["to"], lambda each: each["from"]
    )
    for index, place in same.pairs:
        _compare(found, before[index], after[place])
    olds = {column.name for column in old.columns}
    news = {renamed.get(column.name, column.name) for column in new.columns}
    gone, come = olds - news, news - olds  # what goes or comes with its columns is said by them
    for one in (before[index] for index in same.removed if not gone.issuperset(before[index].columns)):
        kind = "relationship-removed" if one.blocks else "watch-removed"
        found.add("relationship", kind, _place(one, None), one.said, None, name=_name(one, kind))
    for one in (after[index] for index in same.added if not come.issuperset(after[index].columns)):
        kind = "relationship-added" if one.blocks else "watch-added"
        found.add("relationship", kind, _place(None, one), None, one.said, name=_name(one, kind))


def _read(contract: Contract, renamed: Mapping[str, str], location: str) -> Iterator[_Reference]:
    for column in contract.columns:
        for index, item in enumerate(column.relationships):
            keys = (*column.keys, "relationships", index)
            yield _reference(([column.name], _targets(item, location)), item, keys, renamed)
    for index, item in enumerate(contract.relationships):
        start = item.get("from")
        names = [str(name).rpartition(".")[2] for name in (start if isinstance(start, list) else [start])]
        keys = ("schema", 0, "relationships", index)
        yield _reference((names, _targets(item, location)), item, keys, renamed)


def _targets(item: Mapping[str, Any], location: str) -> list[str]:
    """Return what a reference points to; its own location need not be named."""
    to, own = item.get("to"), f"{location}."
    targets = [str(target) for target in (to if isinstance(to, list) else [to])]
    return [target.removeprefix(own) if target.count(".") > 1 else target for target in targets]


def _reference(
    ends: tuple[list[str], list[str]], item: Mapping[str, Any], keys: Keys, renamed: Mapping[str, str]
) -> _Reference:
    names, targets = ends
    # In which order the pairs stand does not matter.
    pairs = sorted(zip((renamed.get(name, name) for name in names), targets, strict=False))
    return _Reference(tuple(name for name, _ in pairs), tuple(target for _, target in pairs), item, keys)


def _compare(found: Changes, old: _Reference, new: _Reference) -> None:
    if old.data == new.data:
        return
    place, promised = _place(old, new), old.blocks or new.blocks
    name = _name(new, "relationship" if promised else "watch")
    if old.columns != new.columns or old.targets != new.targets:
        kind = "relationship-retargeted" if promised else "watch-changed"
        found.add("relationship", kind, place.down("to"), old.said, new.said, name=name)
    if old.blocks != new.blocks:
        kind = "relationship-tightened" if new.blocks else "relationship-loosened"
        said = ["error" if one.blocks else "warning" for one in (old, new)]
        found.add("relationship", kind, place, *said, name=name)
    elif old.limit != new.limit:
        (before, unit), (after, other) = old.limit, new.limit
        way = "moved" if unit and other and unit != other else direction(spans(0, before), spans(0, after))
        kind = f"relationship-{_SAID.get(way, 'changed')}" if promised else "watch-changed"
        found.add("relationship", kind, place, _limit(old), _limit(new), name=name)
    texts(found, place, old.data, new.data, _HANDLED, annotations=("type",))
    custom_properties(found, place, old.data, new.data, _LIMITS)


def _name(one: _Reference, kind: str) -> str:
    """Return what is called: the columns that point somewhere, or, where that is only watched, the whole of it."""
    columns = ", ".join(one.columns)
    return f"{columns} -> {one.said}" if kind.startswith("watch") else columns


def _limit(one: _Reference) -> str:
    return " ".join(str(custom_property(one.data, name, default)) for name, default in _DEFAULTS.items())


_DEFAULTS = {"platformThreshold": 0, "platformUnit": "rows"}


def _place(old: _Reference | None, new: _Reference | None) -> Place:
    known = old or new
    column = known.columns[0] if known and len(known.columns) == 1 else ""
    place = Place(path=column, column=column)
    return replace(place, old_keys=old.keys if old else None, new_keys=new.keys if new else None)
