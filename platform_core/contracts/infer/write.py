"""The text of an inferred contract: neat YAML that says what was inferred, and what a person still has to say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from platform_core.contracts.infer.profile import Profile
from platform_core.contracts.places import shown
from platform_core.contracts.types import property_of
from platform_core.contracts.written import as_yaml
from platform_core.locations.owners import responsible

__all__ = ["Inferred", "Rules", "contract_text"]


@dataclass(frozen=True)
class Rules:
    """What is promised of one column."""

    column: Profile
    required: bool = False
    unique: bool = False
    key_position: int = 0
    enum: tuple[str, ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)
    pattern: str = ""


@dataclass(frozen=True)
class Inferred:
    """All that a contract is written from; `file` is the name of the file."""

    file: str
    dataset: str
    location: str
    owner: str
    rows: int
    columns: tuple[Rules, ...]
    contact: str = ""


def contract_text(found: Inferred) -> str:
    """Return the contract as YAML, in an order and style that depend on nothing but what was found."""
    schema = {
        "name": found.dataset,
        "dataGranularityDescription": _granularity(found),
        "properties": [_property(rules, found) for rules in found.columns],
        "quality": [{"name": "has_rows", "metric": "rowCount", "mustBeGreaterThan": 0}],
    }
    parts = ["\n".join(_comment(found)), as_yaml(_head(found)), as_yaml({"schema": [schema]})]
    text = "\n".join(parts)
    spaced = re.sub(r"\n(?=      - name: )", "\n\n", text)
    return re.sub(r"(?<=\n    )(properties|quality):\n\n", r"\1:\n", spaced)


def _comment(found: Inferred) -> Iterator[str]:
    count = len(found.columns)
    file = "".join(char if char.isprintable() else "?" for char in found.file)
    yield f"# Inferred from {shown(file)}: {found.rows:,} rows, {count} column{'s' if count != 1 else ''}."
    yield "# Every rule holds on that data. Before you sign it: keep what is meant to hold, take out what is accident,"
    yield "# replace each 'To be described', and say how fresh the data will be."
    for rules in found.columns:
        yield from (f"# - {note}" for note in _notes(rules))


def _notes(rules: Rules) -> Iterator[str]:
    column, text = rules.column, rules.column.text
    name = shown(column.name)
    if column.filled == 0:
        yield f"{name} holds no value at all: its type is a guess."
    if text and text.markers:
        share = f"{text.markers:,} of {column.filled:,}"
        kind = {"BIGINT": "whole numbers", "DOUBLE": "numbers"}.get(text.stricter, f"values of type {text.stricter}")
        yield f"{name} is text, since {share} values are {shown(text.marker)}; the rest are {kind}."
        yield f"  If that stands for no value, infer again with --null {shown(text.marker)}."
    if column.nan:
        yield f"{name} holds NaN or infinity: no range was inferred."
    if column.personal:
        yield f"{name} looks personal: it is classified, and nothing was inferred from its values."


def _head(found: Inferred) -> dict[str, Any]:
    head: dict[str, Any] = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": f"{found.location}.{found.dataset}" if found.location else found.dataset,
        "name": found.dataset,
        "version": "1.0.0",
        "status": "draft",
    }
    head |= responsible(found.owner, found.contact)
    head["description"] = {"purpose": f"To be described. What is in {found.dataset}, and what is it for?"}
    value, unit, why = _freshness(found.file)
    head["slaProperties"] = [{"property": "freshness", "value": value, "unit": unit, "description": why}]
    return head


def _freshness(file: str) -> tuple[int, str, str]:
    if re.search(r"\d{4}-?\d{2}-?\d{2}", file):
        return 2, "d", "A suggestion: the file's name carries a day."
    if re.search(r"\d{4}-\d{2}(?!\d)", file):
        return 40, "d", "A suggestion: the file's name carries a month."
    return 7, "d", "A guess: nothing in the file says how often it comes."


def _granularity(found: Inferred) -> str:
    key = sorted((rules for rules in found.columns if rules.key_position), key=lambda rules: rules.key_position)
    names = ", ".join(rules.column.name for rules in key)
    return f"To be described. One row for each {names}." if key else "To be described. What is one row?"


def _property(rules: Rules, found: Inferred) -> dict[str, Any]:
    column = rules.column
    typed = property_of(column.name, column.type)
    options = {**typed.pop("logicalTypeOptions", {}), **rules.limits}
    if rules.pattern:
        options["pattern"] = rules.pattern
    written: dict[str, Any] = {"name": typed.pop("name"), "description": "To be described."}
    written["logicalType"] = typed.pop("logicalType")
    physical = typed.pop("physicalType", "")
    if physical.startswith("DECIMAL") or physical in _KEPT:
        written["physicalType"] = physical
    if rules.key_position:
        written |= {"primaryKey": True, "primaryKeyPosition": rules.key_position}
    if rules.required or rules.key_position:
        written["required"] = True
    if rules.unique:
        written["unique"] = True
    if column.personal:
        written["classification"] = "confidential"
    if options.get("timezone") is False:
        del options["timezone"]
    if options:
        written["logicalTypeOptions"] = options
    if rules.enum:
        written["enum"] = [{"value": value} for value in rules.enum]
    return {**written, **_without_types(typed)}


# Types that the logicalType alone would not give back.
_KEPT = frozenset({"TINYINT", "SMALLINT", "INTEGER", "FLOAT"})


def _without_types(nested: Any) -> Any:
    """What is nested needs a physicalType only where the logicalType gives another."""
    if isinstance(nested, list):
        return [_without_types(item) for item in nested]
    if not isinstance(nested, dict):
        return nested
    plain = {
        key: _without_types(value)
        for key, value in nested.items()
        if key != "physicalType" or str(value).startswith("DECIMAL") or value in _KEPT
    }
    if plain.get("logicalTypeOptions") == {"timezone": False}:
        del plain["logicalTypeOptions"]
    return plain
