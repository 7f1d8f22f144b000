"""ODCS library metrics as arithmetic: which counts satisfy a rule, and which do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["OPERATORS", "counts_nulls", "listed", "metric_of", "nearest", "satisfied"]

Rule = Mapping[str, Any]

OPERATORS: Mapping[str, Any] = {
    "mustBe": lambda count, bound: count == bound,
    "mustNotBe": lambda count, bound: count != bound,
    "mustBeGreaterThan": lambda count, bound: count > bound,
    "mustBeGreaterOrEqualTo": lambda count, bound: count >= bound,
    "mustBeLessThan": lambda count, bound: count < bound,
    "mustBeLessOrEqualTo": lambda count, bound: count <= bound,
    "mustBeBetween": lambda count, bound: bound[0] <= count <= bound[1],
    "mustNotBeBetween": lambda count, bound: not bound[0] <= count <= bound[1],
}


def metric_of(rule: Rule) -> str:
    """Return the library metric of a quality rule; an empty string for text, sql and custom rules."""
    return str(rule.get("metric") or rule.get("rule") or "") if rule.get("type", "library") == "library" else ""


def listed(rule: Rule, name: str) -> list[Any]:
    """Return the argument `name` of a rule, such as `validValues`, as a list; empty when there is none.

    Missing are, where a rule does not say, no value and the empty text.
    """
    found = (rule.get("arguments") or {}).get(name, [None, ""] if name == "missingValues" else None)
    return found if isinstance(found, list) else [] if found is None else [found]


def counts_nulls(rule: Rule) -> bool:
    """Say whether a rule counts the rows without a value: nulls are missing where it lists them, and never invalid."""
    metric = metric_of(rule)
    return metric == "nullValues" or (metric == "missingValues" and None in listed(rule, "missingValues"))


def satisfied(rule: Rule, count: int, rows: int) -> bool:
    """Say whether `count` of `rows` rows is what the rule asks for (`unit: percent` looks at the share)."""
    value = count * 100 / rows if rule.get("unit") == "percent" and rows else count
    return all(test(value, rule[name]) for name, test in OPERATORS.items() if name in rule)


def nearest(rules: list[Rule], wanted: int, most: int, good: bool = True) -> int | None:
    """Return the count next to `wanted`, at most `most`, that satisfies all rules (or, not `good`, breaks one).

    None when there is no such count.
    """
    for count in sorted({wanted, *_turning_points(rules)}, key=lambda count: (abs(count - wanted), count)):
        if 0 <= count <= most and all(satisfied(rule, count, count) for rule in rules) == good:
            return count
    return None


def _turning_points(rules: list[Rule]) -> Iterator[int]:
    for rule in rules:
        for name in OPERATORS:
            bounds = rule.get(name, ())
            for bound in bounds if isinstance(bounds, (list, tuple)) else (bounds,):
                yield from (int(bound) - 1, int(bound), int(bound) + 1)
