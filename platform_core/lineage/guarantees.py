"""What a contract guarantees, in whichever words it says so: by a property, or by a rule that stops every breach."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from platform_core.contracts.model import Column, Contract, custom_property
from platform_core.contracts.sla import sla_duration
from platform_core.lineage.needs import plain

__all__ = ["never_null", "promised_lengths", "promised_values", "same_value", "unique_sets"]

# Both say how old data may be; ODCS has two words for it.
_SAME_LEVEL = {"latency": ("latency", "freshness"), "freshness": ("freshness", "latency")}


def never_null(column: Column) -> bool:
    """Whether a contract promises that a column of its dataset is never null."""
    return column.required or _rule(column, "nullValues")


def unique_sets(contract: Contract) -> list[tuple[str, ...]]:
    """Return sets of columns of which a contract promises that no combination repeats, nulls aside; its key first."""
    found = [contract.primary_key] if contract.primary_key else []
    found += [(column.name,) for column in contract.columns if column.unique]
    names = {column.name for column in contract.columns}
    for rules, own in [(contract.quality, ()), *((column.quality, (column.name,)) for column in contract.columns)]:
        for rule in rules:
            columns = tuple((rule.get("arguments") or {}).get("properties") or own)
            if _metric(rule) == "duplicateValues" and _strict(rule) and columns and set(columns) <= names:
                found.append(columns)
    return found


def _rule(column: Column, metric: str) -> bool:
    return any(_metric(rule) == metric and _strict(rule) for rule in column.quality)


def _metric(rule: Any) -> Any:
    return (rule.get("metric") or rule.get("rule")) if rule.get("type") in (None, "library") else None


def _strict(rule: Any) -> bool:
    """Whether a rule stops every violation, over the dataset as a whole."""
    limits = {name: value for name, value in rule.items() if name.startswith("mustBe") or name == "mustNotBe"}
    severe = str(rule.get("severity") or "error").lower() == "error"
    whole = _metric(rule) != "duplicateValues" or custom_property(rule, "platformScope", "dataset") == "dataset"
    return severe and whole and limits in ({}, {"mustBe": 0}, {"mustBeLessOrEqualTo": 0})


def promised_values(column: Column) -> list[Any]:
    """Return the only values that a contract allows in a column of its dataset; empty where it names none."""
    listed = [[plain(value) for value in column.enum]] if column.enum else []
    for rule in column.quality:
        valid = (rule.get("arguments") or {}).get("validValues")
        if _metric(rule) == "invalidValues" and _strict(rule) and isinstance(valid, list):
            listed.append([plain(value) for value in valid if value is not None])
    allowed = [{same_value(value) for value in values} for values in listed[1:]]
    return [value for value in (listed[0] if listed else ()) if all(same_value(value) in values for values in allowed)]


def same_value(value: Any) -> tuple[bool, Any]:
    """Return what is equal for two values of an enum that are the same."""
    return isinstance(value, bool), value  # in Python, True is 1


def promised_lengths(name: str, contract: Contract) -> list[tuple[timedelta, str]]:
    """Return the lengths that a contract promises of a service level, each as a time and in its words."""
    words = _SAME_LEVEL.get(name, (name,))
    entries = [entry for entry in contract.data.get("slaProperties") or () if entry.get("property") in words]
    lengths = [(sla_duration(entry), f"{entry.get('value')} {entry.get('unit')}") for entry in entries]
    return [(length, said) for length, said in lengths if length is not None]
