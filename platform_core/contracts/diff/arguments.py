"""What a library metric counts: whether its new arguments make it count more, or less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platform_core.contracts.diff.patterns import compared
from platform_core.contracts.diff.spans import Direction

__all__ = ["arguments"]

_FLIPPED: dict[Direction, Direction] = {"looser": "tighter", "tighter": "looser"}


def arguments(metric: Any, old: Mapping[str, Any], new: Mapping[str, Any], at_most: bool) -> Direction:
    """Say how what `new` allows stands to what `old` allows.

    `at_most`: the rule only keeps the count low. Otherwise, and where nobody can tell, they are `moved` apart.
    """
    ways = [
        _way(metric, key, old.get(key), new.get(key)) for key in sorted({*old, *new}) if old.get(key) != new.get(key)
    ]
    found = {way for way in ways if way != "equal"}
    if not found:
        return "equal"
    return found.pop() if at_most and len(found) == 1 else "moved"


def _way(metric: Any, key: str, old: Any, new: Any) -> Direction:
    if key == "pattern" and isinstance(old, str) and isinstance(new, str):
        return compared(old, new) or "moved"
    if key == "missingValues":
        old, new = (value if isinstance(value, list) else [None, ""] for value in (old, new))  # the metric's default
    if key == "validValues" and (old is None or new is None):
        return "tighter" if old is None else "looser"
    if not isinstance(old, list) or not isinstance(new, list):
        return "moved"
    one, other = ({(isinstance(item, bool), str(item)) for item in items} for items in (old, new))
    way: Direction = "equal" if one == other else "looser" if one < other else "tighter" if one > other else "moved"
    # More values that count as missing are more that is refused; more valid values, or more columns that together must
    # not repeat, are less.
    return _FLIPPED.get(way, way) if key == "missingValues" else way
