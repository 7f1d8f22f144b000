"""Two contracts of a dataset, from the top down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platform_core.contracts.diff.access import roles, servers, team
from platform_core.contracts.diff.change import Change, Changes, Place
from platform_core.contracts.diff.columns import columns, old_names
from platform_core.contracts.diff.grain import Cut, cuts, partition_columns, primary_key
from platform_core.contracts.diff.lifecycle import dataset_deprecated, status, version
from platform_core.contracts.diff.quality import quality
from platform_core.contracts.diff.relationships import relationships
from platform_core.contracts.diff.services import ended, services
from platform_core.contracts.diff.texts import custom_properties, texts
from platform_core.contracts.model import Contract, custom_property

__all__ = ["diff"]

_HANDLED = (
    *(
        "version",
        "status",
        "id",
        "apiVersion",
        "servers",
        "domain",
        "dataProduct",
        "tenant",
        "team",
        "support",
        "price",
    ),
    *("roles", "slaProperties", "slaDefaultElement", "schema", "description", "customProperties"),
)
_ANNOTATIONS = ("name", "contractCreatedTs")
_OBJECT = (
    *("name", "physicalName", "physicalType", "logicalType", "deprecated", "dataGranularityDescription"),
    *("properties", "relationships", "quality", "customProperties"),
)
_OF_CONTRACT = ("platformAllowEmpty", "platformVersions", "platformSuccessorOf")


def diff(
    old: Contract | None,
    new: Contract | None,
    partitions: tuple[Cut | None, Cut | None] = (None, None),
    *,
    location: str = "",
) -> tuple[Change, ...]:
    """Return what is different in `new`, in an order that depends on nothing but the contracts.

    None stands for a contract that is not there (yet, or any more). `partitions` are how the dataset is cut before and
    after, in the words of defs.yaml and graph.json, None without partitions. `location` is whose contracts they are,
    where that is known: references may name it or not. Contracts of one `hash` have no changes; two of different hash
    always have at least one. Both must have passed the lint.
    """
    found = Changes(location=location)
    if old is None or new is None:
        if old is not new:
            kind = "dataset-removed" if new is None else "dataset-added"
            found.add("contract", kind, Place(), old and old.dataset, new and new.dataset)
        return tuple(found.found)
    if old.hash != new.hash:
        found.reserved, found.ends = _reserved(old) | _reserved(new), ended(new)
        found.keys = old.primary_key, new.primary_key
        _contract(found, old, new)
        _dataset(found, old, new)
        if not found.found:
            found.add("text", "contract-respelled", Place(), None, None)
    cuts(found, *partitions)
    return tuple(found.found)


def _contract(found: Changes, old: Contract, new: Contract) -> None:
    """Add what is different in what the contract as a whole says."""
    one, other, place = old.data, new.data, Place()
    version(found, old, new)
    status(found, old, new)
    for key, area, kind in (("id", "contract", "contract-id-changed"), ("apiVersion", "text", "standard-changed")):
        if one.get(key) != other.get(key):
            found.add(area, kind, place.down(key), one.get(key), other.get(key))
    if one.get("slaDefaultElement") != other.get("slaDefaultElement"):
        key = "slaDefaultElement"
        found.add("sla", "service-level-changed", place.down(key), one.get(key), other.get(key), name=key)
    services(found, old, new)
    servers(found, one.get("servers") or (), other.get("servers") or ())
    roles(found, place, one.get("roles") or (), other.get("roles") or ())
    team(found, one, other)
    before, after = one.get("description") or {}, other.get("description") or {}
    texts(found, place.down("description"), before, after, ("customProperties",))
    custom_properties(found, place.down("description"), before, after)
    texts(found, place, one, other, _HANDLED, annotations=_ANNOTATIONS)
    _of_contract(found, place, one, other)
    custom_properties(found, place, one, other, _OF_CONTRACT)


def _of_contract(found: Changes, place: Place, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Add what is different in the platform's own properties of a contract."""
    values = {name: (custom_property(old, name), custom_property(new, name)) for name in _OF_CONTRACT}
    here = place.down("customProperties")
    empty = [value is True for value in values["platformAllowEmpty"]]
    if empty[0] != empty[1]:
        found.add("contract", "empty-allowed" if empty[1] else "empty-forbidden", here, *empty)
    kept = values["platformVersions"]
    if kept[0] != kept[1]:
        less = kept[1] is not None and (kept[0] is None or kept[1] < kept[0])
        found.add("contract", "versions-kept-lowered" if less else "versions-kept-raised", here, *kept)
    if values["platformSuccessorOf"][0] != values["platformSuccessorOf"][1]:
        found.add("lifecycle", "successor-changed", here, *values["platformSuccessorOf"])


def _dataset(found: Changes, old: Contract, new: Contract) -> None:
    """Add what is different in the schema object and below it."""
    one, other, place = old.schema, new.schema, Place().down("schema", 0)
    if one == other:
        return
    if old.dataset != new.dataset:
        found.add("contract", "dataset-renamed", place.down("name"), old.dataset, new.dataset)
    kinds = {"physicalName": "dataset-moved", "physicalType": "materialization-changed"}
    for key, kind in {**kinds, "logicalType": "materialization-changed"}.items():
        # Where nothing is said, a table lies under its name.
        unsaid = {"logicalType": ("object", "object"), "physicalName": (old.dataset, new.dataset)}.get(
            key, (None, None)
        )
        before, after = one.get(key) or unsaid[0], other.get(key) or unsaid[1]
        if one.get(key) != other.get(key) and before != after:
            found.add("contract", kind, place.down(key), before, after, name=key)
    grain = "dataGranularityDescription"
    if one.get(grain) != other.get(grain):
        found.add("text", "grain-text-changed", place.down(grain), one.get(grain), other.get(grain))
    dataset_deprecated(found, old, new)
    texts(found, place, one, other, _OBJECT)
    _reservations(found, place, old, new)
    custom_properties(found, place, one, other, ("platformReserved",))
    renamed = old_names(old.columns, new.columns)
    primary_key(found, old, new, renamed)
    partition_columns(found, old, new, renamed)
    columns(found, Place(), old.columns, new.columns)
    relationships(found, old, new, renamed)
    quality(found, place, old.quality, new.quality)


def _reservations(found: Changes, place: Place, old: Contract, new: Contract) -> None:
    before, after = _reserved(old), _reserved(new)
    for kind, names in (("reserved-name-added", after - before), ("reserved-name-released", before - after)):
        for name in sorted(names):
            said = (None, name) if kind == "reserved-name-added" else (name, None)
            found.add("column", kind, Place(name, name, place.old_keys, place.new_keys), *said, name=name)


def _reserved(contract: Contract) -> frozenset[str]:
    names = custom_property(contract.schema, "platformReserved")
    return frozenset(str(name).lower() for name in names) if isinstance(names, list) else frozenset()
