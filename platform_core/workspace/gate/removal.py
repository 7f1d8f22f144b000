"""A dataset may go away when nobody needs it any more, and not before the end that was announced for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from platform_core.contracts.lifecycle import end_of_life
from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.lineage.needs import FOLDER as NEEDS
from platform_core.workspace.gate.upstreams import joined
from platform_core.workspace.gate.world import Use, World
from platform_core.workspace.registry import Registration
from platform_core.workspace.terms import contract_of

__all__ = ["removals", "removed", "said_use"]


def removed(registered: Registration, new: Registration | None) -> tuple[str, ...]:
    """Return the keys that the location published and would publish no more; all of them when it goes (None)."""
    assets = new.graph.assets if new else {}
    gone = (key for key, asset in registered.graph.assets.items() if not asset.internal)
    return tuple(sorted(key for key in gone if key not in assets or assets[key].internal))


def removals(registered: Registration | None, new: Registration | None, world: World, today: date) -> Iterator[Finding]:
    """Yield what stands against the removal of datasets, and, with None for `new`, of the whole location."""
    for key in removed(registered, new) if registered else ():
        for use in world.uses(key):
            yield _in_use(key, use)
        contract = contract_of(registered, key.split("/")[1]) if registered else None
        end = end_of_life(contract) if contract else None
        if contract and end and today <= end:
            message = f"{key} is gone from this location, and its end was announced for {end}."
            why = "Whoever reads it outside of this workspace was told that day, too."
            fix = f"Keep it until {end} has passed."
            yield Finding("removed-before-end", "error", key, message, why, fix, contract.where("slaProperties"))


def _in_use(key: str, use: Use) -> Finding:
    one = use.registration
    message = f"{key} is gone from this location, and {said_use(use)}."
    why = "Its reader would wait for ever."
    fix = f"Keep it until {one.name} no longer reads it."
    if use.need and not use.assets:
        fix = f"Keep it until {one.name} no longer needs it."
    where = Where(one.home / NEEDS / f"{use.need}.yaml", 1) if use.need else None
    return Finding("dataset-in-use", "error", key, message, why, fix, where)


def said_use(use: Use) -> str:
    """Return who uses a dataset, in words: `sales/report reads it (team:sales, #sales)`."""
    one = use.registration
    who = f"({one.owner}, {one.contact})" if one.contact else f"({one.owner})"
    if use.assets:
        return f"{joined(use.keys, 'reads', 'read')} it {who}"
    return f"{one.name} {who} says in {NEEDS}/{use.need}.yaml that it needs it"
