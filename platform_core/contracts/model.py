"""A data contract as the platform reads it: one ODCS 3.2 file, one schema object, one dataset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from platform_core.documents import Document, Keys
from platform_core.errors import Where
from platform_core.locations.owners import owner_of

__all__ = ["Column", "Contract", "custom_property", "parse_contract"]


def custom_property(element: Mapping[str, Any], name: str, default: Any = None) -> Any:
    """Return the value of an ODCS custom property of `element`, or `default`."""
    for item in element.get("customProperties") or ():
        if isinstance(item, Mapping) and item.get("property") == name:
            return item.get("value", default)
    return default


@dataclass(frozen=True)
class Column:
    """A property of the schema object; `children` are the fields of an object, the one item of an array, or the
    key and the value of a map.

    `data` is the ODCS mapping as written, `keys` its path in the document (for file:line).
    """

    name: str
    logical_type: str  # string date timestamp time number integer object array boolean map vector
    physical_type: str
    required: bool
    unique: bool
    primary_key_position: int  # from 1; 0 when not part of the primary key
    data: Mapping[str, Any] = field(repr=False, compare=False)
    keys: Keys = field(repr=False, compare=False)
    children: tuple[Column, ...] = ()

    @property
    def description(self) -> str:
        return self.data.get("description") or self.data.get("businessName") or ""

    @property
    def options(self) -> Mapping[str, Any]:
        """ODCS logicalTypeOptions."""
        return self.data.get("logicalTypeOptions") or {}

    @property
    def enum(self) -> tuple[Any, ...]:
        return tuple(entry["value"] for entry in self.data.get("enum") or ())

    @property
    def classification(self) -> str:
        return self.data.get("classification") or ""

    @property
    def quality(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self.data.get("quality") or ())

    @property
    def relationships(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self.data.get("relationships") or ())


@dataclass(frozen=True)
class Contract:
    """One published dataset's contract. `dataset` is the name of its only schema object."""

    document: Document = field(repr=False, compare=False)
    dataset: str
    version: str
    columns: tuple[Column, ...]

    @property
    def data(self) -> Mapping[str, Any]:
        return self.document.data

    @property
    def schema(self) -> Mapping[str, Any]:
        """The schema object as written."""
        return self.data["schema"][0]

    @property
    def description(self) -> str:
        about = self.data.get("description") or {}
        return self.schema.get("description") or about.get("purpose") or ""

    @property
    def owner(self) -> str:
        """`team:<name>` of the ODCS team, else its member in the role `owner`, or an empty string."""
        return owner_of(self.data.get("team"))

    @property
    def primary_key(self) -> tuple[str, ...]:
        keyed = [column for column in self.columns if column.primary_key_position]
        return tuple(column.name for column in sorted(keyed, key=lambda column: column.primary_key_position))

    @property
    def quality(self) -> tuple[Mapping[str, Any], ...]:
        """The rules of the dataset as a whole."""
        return tuple(self.schema.get("quality") or ())

    @property
    def relationships(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self.schema.get("relationships") or ())

    @property
    def allows_empty(self) -> bool:
        """Whether publishing no rows keeps the contract: the custom property platformAllowEmpty."""
        return custom_property(self.data, "platformAllowEmpty") is True

    def sla(self, *names: str) -> Mapping[str, Any] | None:
        """Return the first SLA property called one of `names`."""
        for entry in self.data.get("slaProperties") or ():
            if entry.get("property") in names:
                return entry
        return None

    def where(self, *keys: str | int) -> Where:
        return self.document.where(*keys)

    @cached_property
    def hash(self) -> str:
        """Twelve hex digits over the meaning of the file: comments, order of keys and white space do not count."""
        text = json.dumps(self.data, sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def parse_contract(document: Document) -> Contract:
    """Read a document that passed the schema and the lint; the behaviour for others is undefined."""
    schema = document.data["schema"][0]
    columns = _columns(schema.get("properties") or (), ("schema", 0, "properties"))
    return Contract(document, schema["name"], str(document.data["version"]), columns)


def _columns(properties: Any, keys: Keys) -> tuple[Column, ...]:
    return tuple(_column(item, (*keys, index), index + 1) for index, item in enumerate(properties))


def _column(data: Mapping[str, Any], keys: Keys, place: int) -> Column:
    if data.get("items"):
        children: tuple[Column, ...] = (_column(data["items"], (*keys, "items"), 1),)
    elif data.get("map"):
        children = tuple(_column(data["map"][part], (*keys, "map", part), 1) for part in ("key", "value"))
    else:
        children = _columns(data.get("properties") or (), (*keys, "properties"))
    position = data.get("primaryKeyPosition", -1)
    return Column(
        name=data.get("name") or "item",
        logical_type=data.get("logicalType") or "string",
        physical_type=data.get("physicalType") or "",
        required=bool(data.get("required")) or bool(data.get("primaryKey")),
        unique=bool(data.get("unique")),
        primary_key_position=(position if position > 0 else place) if data.get("primaryKey") else 0,
        data=data,
        keys=keys,
        children=children,
    )
