"""Quality rules: which came and went, and whether those that stayed ask for more or for less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from platform_core.contracts.diff.arguments import arguments
from platform_core.contracts.diff.change import Changes, Place
from platform_core.contracts.diff.matching import Entry, matched
from platform_core.contracts.diff.spans import Direction, Spans, direction, number, spans, union
from platform_core.contracts.diff.texts import custom_properties, texts
from platform_core.contracts.model import custom_property

__all__ = ["quality"]

_OPERATORS = (
    *("mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo"),
    *("mustBeLessThan", "mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween"),
)
_SUBSTANCE = ("type", "query", "engine", "implementation")
_ANNOTATIONS = ("name", "schedule", "scheduler", "dimension", "method", "businessImpact")
_HANDLED = (*_OPERATORS, *_SUBSTANCE, "metric", "rule", "arguments", "unit", "severity", "customProperties")
_NONE = spans(0, 0, whole=True)


def quality(found: Changes, place: Place, old: Sequence[Entry], new: Sequence[Entry]) -> None:
    """Add what is different between two lists of quality rules."""
    if old == new:
        return
    same = matched(old, new, _name, _content, lambda rule: (_kind(rule), _metric(rule)))
    for index in same.removed:
        here = place.at("quality", index, None)
        _add(found, here, ("removed", "watch-removed"), old[index], (_said(old[index]), None))
    for index in same.added:
        here = place.at("quality", None, index)
        _add(found, here, ("added", "watch-added"), new[index], (None, _said(new[index])))
    for one, other in same.pairs:
        if old[one] != new[other]:
            _rule(found, place.at("quality", one, other), old[one], new[other])


def _add(found: Changes, place: Place, kinds: tuple[str, str], rule: Entry, said: tuple[Any, Any]) -> None:
    if _kind(rule) == "text":
        found.add("text", "description-changed", place, *said, name=_title(rule))
    else:
        kind = f"quality-rule-{kinds[0]}" if _blocks(rule) else kinds[1]
        found.add("quality", kind, place, *said, name=_title(rule))


def _rule(found: Changes, place: Place, old: Entry, new: Entry) -> None:
    blocks = _blocks(old), _blocks(new)
    if blocks[0] != blocks[1]:
        kind = "quality-severity-raised" if blocks[1] else "quality-severity-lowered"
        before, after = (each.get("severity") or "error" for each in (old, new))
        found.add("quality", kind, place.down("severity"), before, after, name=_title(new))
    elif (old.get("severity") or "error") != (new.get("severity") or "error"):
        found.add("text", "annotation-changed", place.down("severity"), old.get("severity"), new.get("severity"))
    promised = any(blocks)
    for area, kind, key, before, after in _differences(old, new):
        told = kind if promised else "watch-changed"
        found.add(area, told, place.down(key) if key else place, before, after, name=_title(new))
    texts(found, place, old, new, _HANDLED, annotations=_ANNOTATIONS)
    custom_properties(found, place, old, new, ("platformScope",))


def _differences(old: Entry, new: Entry) -> list[tuple[str, str, str, Any, Any]]:
    found: list[tuple[str, str, str, Any, Any]] = []
    for key in _SUBSTANCE:
        before, after = (_kind(rule) if key == "type" else rule.get(key) for rule in (old, new))
        if before != after:
            found.append(("quality", "quality-rule-changed", key, before, after))
    if _metric(old) != _metric(new):
        found.append(("quality", "quality-rule-changed", "metric", _metric(old), _metric(new)))
    if _scope(old) != _scope(new):
        found.append(("quality", "quality-rule-changed", "customProperties", _scope(old), _scope(new)))
    way = _threshold(old, new)
    if way != "equal":
        kind = {"looser": "loosened", "tighter": "tightened", "moved": "moved"}[way]
        found.append(("quality", f"quality-threshold-{kind}", "", _limit(old), _limit(new)))
    if old.get("arguments") != new.get("arguments"):
        said = arguments(_metric(new), old.get("arguments") or {}, new.get("arguments") or {}, _at_most(old, new))
        if said != "equal":
            kind = {"looser": "loosened", "tighter": "tightened"}.get(said, "changed")
            values = old.get("arguments"), new.get("arguments")
            found.append(("quality", f"quality-rule-{kind}", "arguments", *values))
    return found


def _blocks(rule: Entry) -> bool:
    """Say whether data that breaks the rule is refused: only then does the rule promise something."""
    return _kind(rule) in ("library", "sql") and str(rule.get("severity") or "error").lower() == "error"


def _kind(rule: Entry) -> str:
    return str(rule.get("type") or "library")


def _metric(rule: Entry) -> Any:
    return rule.get("metric") or rule.get("rule")


def _scope(rule: Entry) -> Any:
    return custom_property(rule, "platformScope", "dataset" if _metric(rule) == "duplicateValues" else "partition")


def _name(rule: Entry) -> Any:
    return rule.get("name")


def _content(rule: Entry) -> Any:
    return _kind(rule), _metric(rule), str(rule.get("arguments")), rule.get("query"), rule.get("description")


def _title(rule: Entry) -> str:
    return str(rule.get("name") or rule.get("id") or _metric(rule) or _kind(rule))


def _said(rule: Entry) -> str:
    return " ".join(str(part) for part in (_metric(rule) or _kind(rule), _limit(rule)) if part)


def _limit(rule: Entry) -> str | None:
    said = [f"{name} {rule[name]}" for name in _OPERATORS if name in rule]
    return " ".join([", ".join(said), str(rule.get("unit") or "")]).strip() or None


def _threshold(old: Entry, new: Entry) -> Direction:
    """Say how the results that `new` allows stand to those that `old` allows."""
    if {name: old[name] for name in _OPERATORS if name in old} == {
        name: new[name] for name in _OPERATORS if name in new
    }:
        same_unit = _unit(old) == _unit(new) or _allowed(old) == _allowed(new) == _NONE
        return "equal" if same_unit else "moved"
    before, after = _allowed(old), _allowed(new)
    if before is None or after is None:
        return "moved"
    if _unit(old) != _unit(new):  # rows and percent have only zero in common
        return direction(before, after) if spans(0, 0) in (before, after) else "moved"
    return direction(before, after)


def _unit(rule: Entry) -> str:
    if _kind(rule) != "library":
        return "result"
    return "percent" if rule.get("unit") in ("percent", "%") else "rows"


def _allowed(rule: Entry) -> Spans | None:
    """Return which results keep the rule; None when its limits are no numbers. Without an operator: none at all."""
    whole = _unit(rule) == "rows"
    least = None if _unit(rule) == "result" else 0
    most = 100 if _unit(rule) == "percent" else None
    for name in _OPERATORS:
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


def _at_most(old: Entry, new: Entry) -> bool:
    """Say whether both rules only keep a count low: then what is counted less is asked for less."""
    for rule in (old, new):
        allowed = _allowed(rule)
        if _unit(rule) == "result" or not allowed or len(allowed) != 1 or allowed[0][0][:2] != (0, 0):
            return False
    return True
