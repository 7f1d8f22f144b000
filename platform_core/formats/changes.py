"""Changes of a location's graph as lines: for a terminal, and for the message of a commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platform_core.formats.escaping import one_line
from platform_core.lineage import Change, ContractRef

__all__ = ["change_line", "headline"]

_SHORT = ("description", "checks", "partitions", "reads", "freshness")  # too long to be shown before and after


def change_line(change: Change) -> str:
    """Return one change on one line: `+ shop/refunds`, `- shop/totals`, `~ shop/orders: contract 1.0.0 -> 1.1.0`."""
    if change.kind != "changed":
        status = f": {change.after or change.before}" if change.field else ""
        return one_line(f"{'+' if change.kind == 'added' else '-'} {change.key}{status}")
    if change.field in _SHORT:
        return one_line(f"~ {change.key}: {change.field}")
    return one_line(f"~ {change.key}: {change.field} {_said(change.before)} -> {_said(change.after)}")


def headline(name: str, changes: tuple[Change, ...], new: bool) -> str:
    """Return what happens to a location, in a line short enough for the subject of a commit."""
    if new:
        count = len({change.key for change in changes if change.kind == "added" and not change.field})
        return f"Register {name}: {count} dataset{'s' if count != 1 else ''}"
    counts: dict[str, set[str]] = {"added": set(), "changed": set(), "removed": set()}
    for change in changes:
        if not (change.field and change.kind != "changed"):  # of sensors and schedules nothing is counted
            counts[change.kind].add(change.key)
    said = [f"{len(keys)} {kind}" for kind, keys in counts.items() if keys]
    return f"Update {name}: {', '.join(said)}" if said else f"Update {name}"


def _said(value: Any) -> str:
    if isinstance(value, ContractRef):
        return f"{value.version} ({value.hash})"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {item}" for key, item in value.items()) or "none"
    return "none" if value is None else str(value)
