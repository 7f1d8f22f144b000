"""Quality rules: which came and went, and whether those that stayed ask for more or for less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from platform_core.contracts.diff.arguments import arguments
from platform_core.contracts.diff.change import Changes, Place
from platform_core.contracts.diff.matching import Entry, matched
from platform_core.contracts.diff.texts import custom_properties, texts
from platform_core.contracts.diff.thresholds import OPERATORS, keeps_low, limit, threshold
from platform_core.contracts.model import custom_property

__all__ = ["quality"]

_SUBSTANCE = ("type", "query", "engine", "implementation")
_ANNOTATIONS = ("name", "schedule", "scheduler", "dimension", "method", "businessImpact")
_HANDLED = (*OPERATORS, *_SUBSTANCE, "metric", "rule", "arguments", "unit", "severity", "customProperties")


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
    way = threshold(old, new)
    if way != "equal":
        kind = {"looser": "loosened", "tighter": "tightened", "moved": "moved"}[way]
        found.append(("quality", f"quality-threshold-{kind}", "", limit(old), limit(new)))
    if old.get("arguments") != new.get("arguments"):
        said = arguments(_metric(new), old.get("arguments") or {}, new.get("arguments") or {}, keeps_low(old, new))
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
    return " ".join(str(part) for part in (_metric(rule) or _kind(rule), limit(rule)) if part)
