"""What changed between two graphs of one location. It tells; it does not judge."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

from platform_core.lineage.graph import Asset, Graph

__all__ = ["Change", "changes"]

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class Change:
    """One asset that came, went or differs. For `changed`, `field` says in what, `before` and `after` how.

    A sensor or schedule is told of by its name, with its `status`.
    """

    kind: Kind
    key: str
    field: str = ""
    before: Any = None
    after: Any = None


def changes(before: Graph, after: Graph) -> tuple[Change, ...]:
    """Compare two graphs, asset by asset in order of their keys."""
    found: list[Change] = []
    for key in sorted({*before.assets, *after.assets}):
        if key not in before.assets:
            found.append(Change("added", key))
        elif key not in after.assets:
            found.append(Change("removed", key))
        else:
            found.extend(_differences(before.assets[key], after.assets[key]))
    for name in sorted({*before.automation, *after.automation}):
        was, now = before.automation.get(name), after.automation.get(name)
        if was != now:
            kind: Kind = "added" if was is None else "removed" if now is None else "changed"
            found.append(Change(kind, name, "status", was, now))
    return tuple(found)


def _differences(before: Asset, after: Asset) -> list[Change]:
    found = []
    for name in (field.name for field in fields(Asset)):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            found.append(Change("changed", after.key, name, was, now))
    return found
