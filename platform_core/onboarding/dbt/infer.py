"""A contract from a dbt model: its columns, descriptions and tests, and the types that a build of it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from platform_core.components.dbt.manifest import Model
from platform_core.contracts.types import property_of
from platform_core.contracts.written import as_yaml
from platform_core.locations import Location
from platform_core.locations.owners import responsible
from platform_core.onboarding.contract_text import freshness_days
from platform_core.onboarding.dbt.promises import Promise, Promises
from platform_core.onboarding.queries import without_default

__all__ = ["contract_of"]


@dataclass(frozen=True)
class _Rules:
    required: frozenset[str]
    unique: frozenset[str]
    key: tuple[str, ...]
    repeated: tuple[tuple[str, ...], ...]  # combinations that must not repeat, and are not the key


def contract_of(model: Model, columns: Mapping[str, str], promises: Promises, location: Location) -> str:
    """Return the YAML text of an ODCS contract of a model. `columns` are its columns with their DuckDB types.

    It promises what the project says of the model, and nothing that was seen in data.
    """
    rules = _rules(promises, columns)
    named = ", ".join(rules.key)
    schema = {
        "name": model.dataset,
        "physicalType": "table",
        "dataGranularityDescription": f"One row for each {named}." if named else "To be described. What is one row?",
        "properties": [_property(model, name, type_, rules, promises) for name, type_ in columns.items()],
        "quality": list(_quality(rules, promises)),
    }
    purpose = model.description.strip() or f"To be described. What is in {model.dataset}, and what is it for?"
    head = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": f"{location.name}.{model.dataset}",
        "name": model.dataset,
        "version": "1.0.0",
        "status": "draft",
        **responsible(location.owner, location.contact),
        "description": {"purpose": purpose},
        "slaProperties": [
            {"property": "frequency", "value": freshness_days(None), "unit": "d", "description": "A guess."}
        ],
    }
    return "\n".join(["\n".join(_comment(model, columns, promises)), as_yaml(head), as_yaml({"schema": [schema]})])


def _comment(model: Model, columns: Mapping[str, str], promises: Promises) -> Iterator[str]:
    count = len(columns)
    yield f"# Inferred from the dbt {model.resource_type} {model.path.name}: {count} column{'s' if count != 1 else ''}."
    yield "# It promises what the project says of it; no data was looked at. Before you sign it: replace each"
    yield "# 'To be described', add the rules that readers rely on, and say how fresh the data will be."
    for one in promises.untold:
        line = f":{one.where.line}" if one.where.line else ""
        yield f"# - Not taken over: {one.said} ({one.where.path.name}{line}), since {one.why}."


def _rules(promises: Promises, columns: Sequence[str] | Mapping[str, str]) -> _Rules:
    required = frozenset(one.columns[0] for one in promises.of("required"))
    single = [one.columns[0] for one in promises.of("unique")]
    groups = [one for one in promises.of("key") if set(one.columns) <= set(columns)]
    # A constraint called primary key is one; a combination only where none of its columns may be missing.
    keys = [one.columns for one in groups if set(one.columns) <= required or len(one.columns) == 1]
    keys += [(name,) for name in columns if name in single and name in required]
    key = keys[0] if keys else ()
    repeated = tuple(one.columns for one in groups if one.columns != key and len(one.columns) > 1)
    unique = frozenset(name for name in (*single, *(k[0] for k in keys if len(k) == 1)) if (name,) != key)
    return _Rules(required | set(key), unique, key, repeated)


def _property(model: Model, name: str, type_: str, rules: _Rules, promises: Promises) -> dict[str, Any]:
    described = next((c.description for c in model.columns.values() if c.name.lower() == name.lower()), "")
    typed = without_default(property_of(name, type_))
    options = dict(typed.pop("logicalTypeOptions", {}))
    if options.get("timezone") is False:
        del options["timezone"]
    for one in promises.of("limits", name):
        options |= one.detail
    written = {"name": typed.pop("name"), "description": described.strip() or "To be described."}
    written |= typed
    if name in rules.key:
        written |= {"primaryKey": True, "primaryKeyPosition": rules.key.index(name) + 1}
    if name in rules.required:
        written["required"] = True
    if name in rules.unique:
        written["unique"] = True
    if options:
        written["logicalTypeOptions"] = options
    if values := next((one.detail for one in promises.of("values", name)), ()):
        written["enum"] = [{"value": _value(value, written["logicalType"])} for value in values]
    if targets := [one.detail for one in promises.of("reference", name)]:
        written["relationships"] = [{"to": target} for target in dict.fromkeys(targets)]
    return written


def _value(value: Any, logical: str) -> Any:
    """dbt compares quoted texts by default, whatever the column is: a contract's enum has the column's type."""
    text = str(value)
    if logical == "integer" and text.lstrip("-").isdecimal():
        return int(text)
    if logical == "number":
        try:
            return float(text)
        except ValueError:
            return value
    if logical == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text if logical == "string" else value


def _quality(rules: _Rules, promises: Promises) -> Iterator[dict[str, Any]]:
    yield {"name": "has_rows", "metric": "rowCount", "mustBeGreaterThan": 0}
    for columns in rules.repeated:
        yield {
            "name": f"{'_'.join(columns)}_unique"[:60],
            "metric": "duplicateValues",
            "arguments": {"properties": list(columns)},
            "mustBe": 0,
        }
    for number, one in enumerate(promises.of("condition"), 1):
        yield {"name": _name(one, number), "type": "sql", "query": _count(one), "mustBe": 0}


def _name(one: Promise, number: int) -> str:
    name = "".join(sign if sign.isalnum() else "_" for sign in one.name.lower()).strip("_")
    return name if one.said.startswith("dbt constraint") and name else f"condition_{number}"


def _count(one: Promise) -> str:
    """Rows for which a condition is false; as in dbt and in SQL, one that is not known breaks nothing."""
    return f"SELECT count(*) FROM ${{table}} WHERE NOT ({one.detail})"  # noqa: S608 - guarded where it runs
