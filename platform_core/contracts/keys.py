"""Which keys an element of a contract may have, read from the standard's schema: typos are found at every depth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from platform_core.contracts.places import Lint, did_you_mean, shown
from platform_core.contracts.standard import resolve, tagged_schema
from platform_core.documents import Keys
from platform_core.findings import Finding

__all__ = ["unknown_keys"]

Schema = dict[str, Any]
_BRANCHES = ("anyOf", "oneOf")
_TYPES = {"object": dict, "array": list, "string": str}


def unknown_keys(lint: Lint) -> Iterator[Finding]:
    """Yield a finding for each key that means nothing where it stands."""
    yield from _walk(lint, lint.document.data, [tagged_schema()], ())


def _walk(lint: Lint, data: Any, schemas: list[Schema], keys: Keys) -> Iterator[Finding]:
    leaves = [leaf for schema in schemas for leaf in _leaves(schema, data)]
    if isinstance(data, list):
        items = [leaf["items"] for leaf in leaves if isinstance(leaf.get("items"), dict)]
        if items:
            for index, item in enumerate(data):
                yield from _walk(lint, item, items, (*keys, index))
    elif isinstance(data, dict):
        known: dict[str, list[Schema]] = {}
        for leaf in leaves:
            for name, schema in leaf.get("properties", {}).items():
                known.setdefault(name, []).append(schema)
        if not known:
            return  # a free mapping, such as the value of a custom property
        for key, value in data.items():
            if key in known:
                yield from _walk(lint, value, known[key], (*keys, key))
            else:
                yield _unknown(lint, data, (*keys, key), list(known), schemas)


def _unknown(lint: Lint, data: dict[str, Any], keys: Keys, known: list[str], schemas: list[Schema]) -> Finding:
    key = keys[-1]
    elsewhere = {name for schema in schemas for leaf in _leaves(schema, None) for name in leaf.get("properties", {})}
    if key in elsewhere:
        kind = next(
            (f"{name}: {shown(data[name])[1:-1]}" for name in ("logicalType", "type") if name in data), "this kind"
        )
        fix = "Take it out, or change the kind."
        return lint.finding("misplaced-key", keys, f"the key {shown(key)} means nothing with {kind}.", fix)
    why = "A key nobody knows is a promise nobody checks."
    return lint.finding("unknown-key", keys, f"unknown key {shown(key)}.", did_you_mean(key, sorted(known)), why=why)


def _leaves(schema: Schema, data: Any) -> Iterator[Schema]:
    """Yield the schemas that apply to `data`; with None, those of every alternative."""
    yield schema
    if "$ref" in schema:
        yield from _leaves(resolve(schema), data)
    for part in schema.get("allOf", ()):
        yield from _leaves(part, data)
    if "then" in schema and (data is None or _holds(schema["if"], data)):
        yield from _leaves(schema["then"], data)
    for branch in _BRANCHES:
        for part in schema.get(branch, ()):
            if data is None or isinstance(data, _TYPES.get(part.get("type"), object)):
                yield from _leaves(part, data)


def _holds(condition: Schema, data: Any) -> bool:
    """Evaluate the conditions the standard uses: constants of properties, presence, and either-or."""
    if not isinstance(data, dict):
        return False
    if "anyOf" in condition:
        return any(_holds(part, data) for part in condition["anyOf"])
    if any(name not in data for name in condition.get("required", ())):
        return False
    wanted = condition.get("properties", {}).items()
    return all(name not in data or data[name] == schema.get("const") for name, schema in wanted)
