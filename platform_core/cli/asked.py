"""Which datasets a command is asked about: those registered in a workspace, all or one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from platform_core.adapters.facts import Subject
from platform_core.errors import PlatformError, Where
from platform_core.names import AssetId

if TYPE_CHECKING:
    from platform_core.contracts.model import Contract
    from platform_core.resources.engine import Table
    from platform_core.workspace import Workspace

__all__ = ["contract", "registered", "subjects", "table"]


def subjects(workspace: Workspace, asset: str | None = None) -> tuple[Subject, ...]:
    """Return the registered datasets in the order of their names; only `asset` when it is given.

    Raises PlatformError when `asset` is not registered.
    """
    known = registered(workspace)
    if asset is None:
        return tuple(known.values())
    wanted = _matching(asset, known)
    if wanted is None:
        names = ", ".join(map(str, known)) or "nothing"
        raise PlatformError(f"'{asset}' is not registered.", Where(workspace.root), f"Registered: {names}.")
    return (known[wanted],)


def registered(workspace: Workspace) -> dict[AssetId, Subject]:
    """Return every dataset that a registered location publishes under contract."""
    from platform_core.workspace import load_registry

    found = {}
    for location in load_registry(workspace).values():
        for key, node in location.graph.assets.items():
            if node.contract is None or not node.executable:
                continue  # not published through the door
            asset = AssetId.parse(key)
            found[asset] = Subject(
                asset,
                owner=node.owners[0] if node.owners else location.owner,
                contact=location.contact,
                description=node.description,
                partitions=node.partitions,
                registered=node.contract,
                window=_window(node.freshness),
                inputs=tuple(AssetId.parse(dep) for dep in node.deps),
                unsafe=node.unsafe,
            )
    return dict(sorted(found.items()))


def _window(freshness: Mapping[str, Any] | None) -> timedelta | None:
    """A policy by cron has no such window: what Dagster says of it is taken as it is."""
    seconds = (freshness or {}).get("fail_window")
    return timedelta(seconds=seconds) if seconds else None


def _matching(asset: str, known: Mapping[AssetId, Subject]) -> AssetId | None:
    """Read `location/dataset`, or a dataset's name where only one location has it."""
    if "/" in asset or "." in asset:
        wanted = AssetId.parse(asset)
        return wanted if wanted in known else None
    named = [one for one in known if one.dataset == asset]
    if len(named) > 1:
        raise PlatformError(f"'{asset}' is in several locations.", hint=f"Write one of: {', '.join(map(str, named))}.")
    return named[0] if named else None


def table(workspace: Workspace, asset: AssetId) -> Table:
    """Return the table of a registered asset, in the warehouse of its location's engine."""
    from platform_core.workspace.warehouses import warehouse_of

    return warehouse_of(workspace, asset.location).table(asset)


def contract(workspace: Workspace, asset: AssetId) -> Contract:
    """Read the registered contract of an asset. Raises PlatformError when there is none, or it cannot be read."""
    from platform_core.contracts import contract_path, load_contract

    return load_contract(contract_path(workspace.locations / asset.location, asset.dataset))
