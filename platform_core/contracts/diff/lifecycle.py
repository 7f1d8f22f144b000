"""How far a contract is in its life: its version, its status, and what in it is on its way out."""

from __future__ import annotations

from typing import Any

from platform_core.contracts.diff.change import Changes, Place
from platform_core.contracts.diff.services import ended
from platform_core.contracts.model import Column, Contract

__all__ = ["column_deprecated", "dataset_deprecated", "status", "version"]

_STEPS = ("proposed", "draft", "active")  # each promises more than the one before; no status says active


def version(found: Changes, old: Contract, new: Contract) -> None:
    """Add a change of the version. Whether it went up, and by enough, is for who judges all changes together."""
    if old.version != new.version:
        found.add("version", "version-changed", Place().down("version"), old.version, new.version)


def status(found: Changes, old: Contract, new: Contract) -> None:
    before, after = (contract.data.get("status") or "active" for contract in (old, new))
    if before == after:
        return
    place = Place().down("status")
    if "retired" in (before, after):
        kind = "dataset-retired" if after == "retired" else "dataset-unretired"
        found.add("lifecycle", kind, place, before, after)
    elif "deprecated" in (before, after):
        _deprecated(found, place, (before, after), after == "deprecated", new)
    else:
        more = _STEPS.index(after) > _STEPS.index(before) if {before, after} <= set(_STEPS) else False
        found.add("lifecycle", "status-advanced" if more else "status-reverted", place, before, after)


def dataset_deprecated(found: Changes, old: Contract, new: Contract) -> None:
    """Add a change of the key `deprecated` of the dataset."""
    one, other = (bool(contract.schema.get("deprecated")) for contract in (old, new))
    if one != other:
        _deprecated(found, Place().down("schema", 0, "deprecated"), (one, other), other, new)


def column_deprecated(found: Changes, place: Place, old: Column, new: Column) -> None:
    one, other = (bool(column.data.get("deprecated")) for column in (old, new))
    if one == other:
        return
    # A last day may be written for the column, under either name, or for the dataset.
    known = bool({"", place.column, new.name} & found.ends)
    kind = "column-undeprecated" if one else "column-deprecated" if known else "column-deprecated-without-end"
    found.add("lifecycle", kind, place.down("deprecated"), one, other)


def _deprecated(found: Changes, place: Place, said: tuple[Any, Any], now: bool, new: Contract) -> None:
    kind = "dataset-deprecated" if "" in ended(new) else "dataset-deprecated-without-end"
    found.add("lifecycle", kind if now else "dataset-undeprecated", place, *said)
