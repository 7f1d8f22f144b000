"""Quality rules: what the platform can run, and can fail."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from platform_core.contracts.lint.elements import own_columns, quality_rules
from platform_core.contracts.lint.metrics import metric
from platform_core.contracts.lint.queries import query
from platform_core.contracts.places import Lint, did_you_mean, shown
from platform_core.documents import Keys
from platform_core.findings import Finding

__all__ = ["quality"]

_SEVERITIES = ("error", "warning", "info")
_UNITS = ("rows", "percent")
_NUMBERS = (
    *("mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo"),
    *("mustBeLessThan", "mustBeLessOrEqualTo"),
)
_PAIRS = ("mustBeBetween", "mustNotBeBetween")


def quality(lint: Lint) -> Iterator[Finding]:
    """Yield findings about the quality rules of the dataset and of its columns."""
    names = [str(column.get("name")) for _, column in own_columns(lint.document.data)]
    seen: dict[str, Keys] = {}
    for keys, rule, column in quality_rules(lint.document.data):
        kind = rule.get("type", "library")
        yield from _common(lint, keys, rule)
        name = rule.get("name")
        if isinstance(name, str) and name in seen:
            line = lint.document.where(*seen[name]).line
            message = f"the name stands twice (first on line {line})."
            yield lint.finding("duplicate-rule", (*keys, "name"), message, "Give each rule a name of its own.")
        if isinstance(name, str):
            seen.setdefault(name, keys)
        if column is not None and kind in ("library", "sql") and {"items", "map"} & set(keys):
            fix = "Put it under the outer column, as a rule of type sql."
            yield lint.finding("nested-rule", keys, "rules of what is in a list or map are not run.", fix)
        if kind == "library":
            yield from metric(lint, keys, rule, column, names)
            yield from _thresholds(lint, keys, rule)
        elif kind == "sql":
            yield from query(lint, keys, rule, column)
            yield from _order(lint, keys, rule)
        elif kind == "custom":
            fix = "Write it as a rule of type library or sql; type text documents without checking."
            yield lint.finding("not-run", keys, "rules of type custom are not run here.", fix, level="warning")


def _common(lint: Lint, keys: Keys, rule: Mapping[str, Any]) -> Iterator[Finding]:
    severity = rule.get("severity")
    if isinstance(severity, str) and severity not in _SEVERITIES:
        why = "error blocks the publication; warning and info do not."
        message = f"severity cannot be {shown(severity)}."
        yield lint.finding(
            "unknown-severity", (*keys, "severity"), message, did_you_mean(severity, _SEVERITIES), why=why
        )
    for name in ("schedule", "scheduler"):
        if name in rule:
            why = "Every rule is checked at every publication."
            fix = "Take it out."
            yield lint.finding("not-run", (*keys, name), f"{name} has no effect.", fix, why=why, level="warning")


def _thresholds(lint: Lint, keys: Keys, rule: Mapping[str, Any]) -> Iterator[Finding]:
    unit = rule.get("unit", "rows")
    if isinstance(unit, str) and unit not in _UNITS:
        yield lint.finding("bad-unit", (*keys, "unit"), f"unit cannot be {shown(unit)}.", did_you_mean(unit, _UNITS))
        return
    for name in (*_NUMBERS, *_PAIRS):
        if name not in rule:
            continue
        values = rule[name] if isinstance(rule[name], list) else [rule[name]]
        if not all(_finite(value) for value in values):
            if name in ("mustBe", "mustNotBe") or any(isinstance(value, float) for value in values):
                yield lint.finding("bad-threshold", (*keys, name), f"{name} must be a number here.")
            continue
        yield from _values(lint, (*keys, name), name, values, unit)
    yield from _always_or_never(lint, keys, rule)


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _values(lint: Lint, keys: Keys, name: str, values: list[Any], unit: Any) -> Iterator[Finding]:
    if unit == "percent" and any(not 0 <= value <= 100 for value in values):
        message = f"{name} {shown(values[0] if len(values) == 1 else values)} percent is outside 0 to 100."
        yield lint.finding("bad-threshold", keys, message)
    if unit == "rows" and any(value < 0 or value != int(value) for value in values):
        message = f"{name} {shown(values[0] if len(values) == 1 else values)}: rows are counted 0, 1, 2, ..."
        fix = "Write a whole number, or unit: percent."
        yield lint.finding("bad-threshold", keys, message, fix)
    if len(values) == 2 and values[0] > values[1]:
        yield lint.finding("impossible-limits", keys, f"{name} {values}: the first is the lower one.", "Swap them.")


def _always_or_never(lint: Lint, keys: Keys, rule: Mapping[str, Any]) -> Iterator[Finding]:
    """Counts are never negative: some limits hold for all data or for none."""
    never = rule.get("mustBeLessThan") == 0
    always = rule.get("mustBeGreaterOrEqualTo") == 0
    if never or always:
        name = "mustBeLessThan" if never else "mustBeGreaterOrEqualTo"
        fix = "Write mustBe: 0, or mustBeGreaterThan: 0." if never else "Write a limit that data can miss."
        message = f"{name} 0 holds for {'no data' if never else 'all data'}: a count is never negative."
        yield lint.finding("bad-threshold", (*keys, name), message, fix)


def _order(lint: Lint, keys: Keys, rule: Mapping[str, Any]) -> Iterator[Finding]:
    for name in _PAIRS:
        values = rule.get(name)
        if isinstance(values, list) and len(values) == 2 and all(_finite(value) for value in values):
            yield from _values(lint, (*keys, name), name, values, "")
    for name in ("unit", "arguments"):
        if name in rule:
            message = f"{name} has no effect on a query."
            yield lint.finding("not-run", (*keys, name), message, "Take it out.", level="warning")
