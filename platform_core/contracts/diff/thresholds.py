"""Which results of a quality rule are right: ODCS operators as sets of numbers, and how two of them compare."""

from __future__ import annotations

from typing import Any

from platform_core.contracts.diff.matching import Entry
from platform_core.contracts.diff.spans import Direction, Spans, direction, number, spans, union

__all__ = ["OPERATORS", "keeps_low", "limit", "threshold"]

OPERATORS = (
    *("mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo"),
    *("mustBeLessThan", "mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween"),
)
_NONE = spans(0, 0, whole=True)


def limit(rule: Entry) -> str | None:
    """Return the operators of a rule as they are written; None when it has none."""
    said = [f"{name} {rule[name]}" for name in OPERATORS if name in rule]
    return " ".join([", ".join(said), str(rule.get("unit") or "")]).strip() or None


def threshold(old: Entry, new: Entry) -> Direction:
    """Say how the results that `new` allows stand to those that `old` allows."""
    if all(old.get(name) == new.get(name) for name in OPERATORS):
        same_unit = _unit(old) == _unit(new) or _allowed(old) == _allowed(new) == _NONE
        return "equal" if same_unit else "moved"
    before, after = _allowed(old), _allowed(new)
    if before is None or after is None:
        return "moved"
    if _unit(old) != _unit(new):  # rows and percent have only zero in common
        return direction(before, after) if spans(0, 0) in (before, after) else "moved"
    return direction(before, after)


def keeps_low(old: Entry, new: Entry) -> bool:
    """Say whether both rules only keep a count low: then what is counted less is asked for less."""
    for rule in (old, new):
        allowed = _allowed(rule)
        if _unit(rule) == "result" or not allowed or len(allowed) != 1 or allowed[0][0][:2] != (0, 0):
            return False
    return True


def _unit(rule: Entry) -> str:
    if str(rule.get("type") or "library") != "library":
        return "result"
    return "percent" if rule.get("unit") in ("percent", "%") else "rows"


def _allowed(rule: Entry) -> Spans | None:
    """Return which results keep the rule; None when its limits are no numbers. Without an operator: none at all."""
    whole = _unit(rule) == "rows"
    least = None if _unit(rule) == "result" else 0
    most = 100 if _unit(rule) == "percent" else None
    for name in OPERATORS:
        if name not in rule:
            continue
        given = rule[name] if isinstance(rule[name], list) else [rule[name]]
        values = [number(value) for value in given]
        if None in values or len(values) != (2 if name.endswith("Between") else 1):
            return None
        low, high = values[0], values[-1]
        inside = spans(*_clamped(low, high, least, most), whole=whole)
        outside = (spans(least, most, below=low, whole=whole), spans(least, most, above=high, whole=whole))
        return {
            "mustBe": inside,
            "mustBeBetween": inside,
            "mustNotBe": union(outside, whole=whole),
            "mustNotBeBetween": union(outside, whole=whole),
            "mustBeGreaterThan": outside[1],
            "mustBeGreaterOrEqualTo": spans(*_clamped(low, most, least, most), whole=whole),
            "mustBeLessThan": outside[0],
            "mustBeLessOrEqualTo": spans(*_clamped(least, high, least, most), whole=whole),
        }[name]
    return _NONE


def _clamped(low: Any, high: Any, least: Any, most: Any) -> tuple[Any, Any]:
    if least is not None:
        low = least if low is None else max(low, least)
    if most is not None:
        high = most if high is None else min(high, most)
    return low, high
