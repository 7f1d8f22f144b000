"""Changes of a location's graph as lines: for a terminal, and for the message of a commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from platform_core.formats.escaping import one_line
from platform_core.formats.notices import notice_lines
from platform_core.lineage import Change, ContractRef
from platform_core.lineage.notices import Notices

__all__ = ["change_line", "headline", "plan_lines"]

_SHORT = ("description", "checks", "partitions", "reads", "freshness")  # too long to be shown before and after


def change_line(change: Change) -> str:
    """Return one change on one line: `+ shop/refunds`, `- shop/totals`, `~ shop/orders: contract 1.0.0 -> 1.1.0`."""
    if change.kind != "changed":
        status = f": {change.after or change.before}" if change.field else ""
        return one_line(f"{'+' if change.kind == 'added' else '-'} {change.key}{status}")
    if change.field in _SHORT:
        return one_line(f"~ {change.key}: {change.field}")
    return one_line(f"~ {change.key}: {change.field} {_said(change.before)} -> {_said(change.after)}")


def plan_lines(changes: tuple[Change, ...], notices: Notices) -> Iterator[str]:
    """Yield what a registration adds, changes and removes, of its assets and of what teams rely on; then who is told.

    What is said of a contract is said once: of one that comes or goes with its dataset nothing more.
    """
    told = {notice.key for notice in notices.contracts}
    whole = {change.key for change in changes if not change.field}
    for change in changes:
        if change.field != "contract" or change.key not in told:
            yield change_line(change)
    yield from notice_lines(replace(notices, contracts=tuple(one for one in notices.contracts if one.key not in whole)))


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
