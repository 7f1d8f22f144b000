"""Everything wrong in one needs file, each with its line. Whether the producer keeps it is `fulfilment`'s question."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from platform_core.contracts.places import did_you_mean, shown
from platform_core.contracts.sla import UNITS, sla_duration
from platform_core.contracts.types import canonical_type
from platform_core.documents import Document, Keys
from platform_core.errors import PlatformError
from platform_core.findings import Finding
from platform_core.lineage.needs import SUFFIX
from platform_core.lineage.version_ranges import parse_range
from platform_core.names import AssetId

__all__ = ["LEVELS", "need_findings"]

LEVELS = ("latency", "freshness", "frequency", "retention")  # that a reader can rely on
_KEYS = ("dataset", "version", "description", "properties", "keys", "slaProperties")
_COLUMN_KEYS = ("name", "logicalType", "physicalType", "required", "unique", "enum", "onUnknown", "description")
_INNER = {"properties": "object", "items": "array", "map": "map"}  # each with the one logicalType it goes with
_TYPES = ("string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean", "map", "vector")
_DEEPEST = 32


def need_findings(document: Document) -> list[Finding]:
    """Return everything wrong with a needs file, in the order of its lines; what could not be read as YAML, too."""
    lint = _Lint(document)
    found = [*document.problems]
    if not any(problem.level == "error" for problem in found):
        found += [*lint.top(), *lint.columns(document.data.get("properties"), ("properties",)), *lint.keys()]
        found += lint.levels()
    return sorted(found, key=lambda finding: finding.where.line if finding.where else 0)


class _Lint:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.data: Mapping[str, Any] = document.data

    def finding(self, keys: Keys, message: str, fix: str = "", why: str = "") -> Finding:
        subject = self.document.path.name.removesuffix(SUFFIX)
        return Finding("need-format", "error", subject, message, why, fix, self.document.where(*keys))

    def unknown(self, data: Mapping[str, Any], known: tuple[str, ...], keys: Keys) -> Iterator[Finding]:
        for key in data:
            if key not in known:
                why = "What nobody knows is checked by nobody."
                yield self.finding((*keys, key), f"unknown key {shown(key)}.", did_you_mean(key, known), why)

    def top(self) -> Iterator[Finding]:
        yield from self.unknown(self.data, _KEYS, ())
        yield from self.dataset()
        version = self.data.get("version")
        if isinstance(version, float):
            yield self.finding(("version",), f"version {version} is a number.", f'Put it in quotes: "{version}".')
        elif version is not None and not isinstance(version, bool):
            try:
                parse_range(str(version))
            except ValueError as error:
                yield self.finding(("version",), f"version {shown(version)}: {error}")
        elif version is not None:
            yield self.finding(("version",), "version must be a range of versions.", "Write version: ^1.")

    def dataset(self) -> Iterator[Finding]:
        named = self.data.get("dataset")
        try:
            asset = AssetId.parse(named if isinstance(named, str) else "")
        except PlatformError as error:
            about = error.message if isinstance(named, str) else "dataset is needed: whose data is relied on?"
            yield self.finding(("dataset",), about, "Write dataset: <location>/<dataset>, as in flight_ops/flights.")
            return
        wanted = f"{asset.location}.{asset.dataset}{SUFFIX}"
        if self.document.path.name != wanted:
            message = f"dataset {asset} stands in {shown(self.document.path.name)}."
            yield self.finding(("dataset",), message, f"Call the file {wanted}.", "One dataset, one file.")

    def columns(self, properties: Any, keys: Keys, depth: int = 0) -> Iterator[Finding]:
        if properties is None:
            return
        if not isinstance(properties, list):
            yield self.finding(keys, "properties must be a list of columns.", "Write - {name: <column>}.")
            return
        seen: set[str] = set()
        for place, item in enumerate(properties):
            here = (*keys, place)
            name = item.get("name") if isinstance(item, dict) else None
            if not isinstance(item, dict) or not isinstance(name, str) or not name:
                yield self.finding(here, "a column needs a name.", "Write - {name: <column>}, in quotes if need be.")
                continue
            if name in seen:
                yield self.finding(here, f"column {shown(name)} stands twice.", "Keep one of them.")
            seen.add(name)
            yield from self.column(item, here, name, depth)

    def column(self, item: Mapping[str, Any], keys: Keys, name: str, depth: int) -> Iterator[Finding]:
        about = f"column {shown(name)}"
        yield from self.unknown(item, (*_COLUMN_KEYS, *_INNER), keys)
        logical = item.get("logicalType")
        if logical is not None and logical not in _TYPES:
            message = f"{about}: logicalType cannot be {shown(logical)}."
            yield self.finding((*keys, "logicalType"), message, did_you_mean(logical, _TYPES))
        physical = item.get("physicalType")
        if physical is not None and not (isinstance(physical, str) and canonical_type(physical)):
            fix = "Write a type of DuckDB, such as BIGINT or DECIMAL(10,2); or only a logicalType."
            yield self.finding((*keys, "physicalType"), f"{about}: {shown(physical)} is no type.", fix)
        for key in ("required", "unique"):
            if not isinstance(item.get(key, False), bool):
                yield self.finding((*keys, key), f"{about}: {key} must be true or false.")
        yield from self.values(item, keys, about)
        yield from self.inner(item, keys, about, depth)

    def values(self, item: Mapping[str, Any], keys: Keys, about: str) -> Iterator[Finding]:
        values, unknown = item.get("enum"), item.get("onUnknown")
        if "onUnknown" in item and unknown not in ("fail", "ignore"):
            message = f"{about}: onUnknown cannot be {shown(unknown)}."
            yield self.finding((*keys, "onUnknown"), message, did_you_mean(unknown, ("fail", "ignore")))
        if "onUnknown" in item and "enum" not in item:
            fix = "Write the values that are handled: enum: [{value: A}, {value: B}]."
            yield self.finding((*keys, "onUnknown"), f"{about}: onUnknown means nothing without an enum.", fix)
        if "enum" not in item:
            return
        if not isinstance(values, list) or not values:
            fix = "Write enum: [{value: A}, {value: B}]."
            yield self.finding((*keys, "enum"), f"{about}: enum must be a list of values.", fix)
            return
        for place, entry in enumerate(values):
            here = (*keys, "enum", place)
            if not isinstance(entry, dict) or isinstance(entry.get("value"), (dict, list, type(None))):
                yield self.finding(here, f"{about}: a value of an enum is written as {{value: A}}.")
            else:
                yield from self.unknown(entry, ("value", "description"), here)

    def inner(self, item: Mapping[str, Any], keys: Keys, about: str, depth: int) -> Iterator[Finding]:
        for key, kind in _INNER.items():
            if key not in item:
                continue
            if item.get("logicalType", kind) != kind:
                yield self.finding((*keys, key), f"{about}: {key} means nothing with {item['logicalType']}.")
            elif depth >= _DEEPEST:
                yield self.finding((*keys, key), f"{about}: nested deeper than {_DEEPEST}.")
            elif key == "properties":
                yield from self.columns(item[key], (*keys, key), depth + 1)
            elif not isinstance(item[key], dict):
                yield self.finding((*keys, key), f"{about}: {key} must hold keys and values.")
            elif key == "items":
                yield from self.part(item[key], (*keys, key), "items", depth)
            else:
                yield from self.unknown(item[key], ("key", "value"), (*keys, key))
                for part in ("key", "value"):
                    if part in item[key]:
                        yield from self.part(item[key][part], (*keys, key, part), part, depth)

    def part(self, data: Any, keys: Keys, name: str, depth: int) -> Iterator[Finding]:
        if isinstance(data, dict):
            yield from self.column(data, keys, name, depth + 1)
        else:
            yield self.finding(keys, f"{name} must hold keys and values.", "Write {logicalType: string}.")

    def keys(self) -> Iterator[Finding]:
        found = self.data.get("keys")
        if found is None:
            return
        fix = "Write keys: [[order, line]]: one row for each combination."
        if not isinstance(found, list):
            yield self.finding(("keys",), "keys must be a list of lists of columns.", fix)
            return
        for place, key in enumerate(found):
            if not isinstance(key, list) or not key or not all(isinstance(name, str) and name for name in key):
                yield self.finding(("keys", place), "a key is a list of columns.", fix)
            elif len(set(key)) < len(key):
                yield self.finding(("keys", place), "a column stands twice in a key.", "Name it once.")

    def levels(self) -> Iterator[Finding]:
        found = self.data.get("slaProperties")
        if found is None:
            return
        if not isinstance(found, list):
            fix = "Write - {property: latency, value: 2, unit: d}."
            yield self.finding(("slaProperties",), "slaProperties must be a list.", fix)
            return
        seen: set[Any] = set()
        for place, item in enumerate(found):
            keys = ("slaProperties", place)
            if not isinstance(item, dict):
                yield self.finding(keys, "a service level has property, value and unit.")
                continue
            yield from self.unknown(item, ("property", "value", "unit", "description"), keys)
            yield from self.level(item, keys, seen)

    def level(self, item: Mapping[str, Any], keys: Keys, seen: set[Any]) -> Iterator[Finding]:
        name, value, unit = item.get("property"), item.get("value"), item.get("unit")
        if name not in LEVELS:
            message = f"{shown(name)} is no service level that can be relied on."
            yield self.finding((*keys, "property"), message, did_you_mean(name, LEVELS))
        elif name in seen:
            yield self.finding(keys, f"{name} stands twice.", "Keep one of them.")
        else:
            seen.add(name)
        number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else 0
        if not math.isfinite(number) or number <= 0:
            yield self.finding((*keys, "value"), "value must be a number above 0.", "Write value: 2.")
        elif unit not in UNITS:
            fix = did_you_mean(unit, ("min", "h", "d", "w", "mo", "y"))
            yield self.finding((*keys, "unit"), f"unit cannot be {shown(unit)}.", fix)
        elif sla_duration(item) is None:
            yield self.finding((*keys, "value"), "it is longer than 100 years.")
