"""The files a deployment reads, made from the registrations alone: the same registrations give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from platform_core.contracts.files import contract_path
from platform_core.locations.owners import handle
from platform_core.names import AssetId
from platform_core.resources.catalog import CatalogEntry, Place, catalog_data
from platform_core.resources.postgres_address import PostgresAddress
from platform_core.workspace.atomic import replace_file
from platform_core.workspace.instance import instance_config
from platform_core.workspace.layout import Workspace
from platform_core.workspace.placement import barred
from platform_core.workspace.registry import Registration, load_registry

__all__ = ["RENDERED", "catalog", "render", "rendered"]

RENDERED = ("catalog.json", "CODEOWNERS", "dagster.yaml", "workspace.yaml")
_HEADER = "# Rendered by `platformctl workspace render`: edits are lost.\n"


def render(workspace: Workspace) -> tuple[str, ...]:
    """Write workspace.yaml, catalog.json, CODEOWNERS and dagster.yaml; return the names of those that changed.

    Call it under the workspace's lock.
    """
    texts = rendered(workspace, load_registry(workspace))
    return tuple(name for name, text in texts.items() if replace_file(workspace.root / name, text.encode("utf-8")))


def rendered(workspace: Workspace, registry: Mapping[str, Registration]) -> dict[str, str]:
    """Return the files by name, in the order in which they are written."""
    return {
        "catalog.json": json.dumps(catalog(workspace, registry), indent=2, sort_keys=True, ensure_ascii=False) + "\n",
        "CODEOWNERS": _codeowners(workspace, registry),
        "dagster.yaml": _HEADER + yaml.safe_dump(instance_config(workspace), sort_keys=False),
        # Last: a running deployment watches it, and finds the others in place.
        "workspace.yaml": _HEADER + yaml.safe_dump(_workspace(workspace, registry), sort_keys=False),
    }


def catalog(workspace: Workspace, registry: Mapping[str, Registration]) -> dict[str, Any]:
    """Return what a consumer needs to find any team's data: engine, address and contract; never a secret."""
    settings = workspace.settings
    entries = [
        CatalogEntry(
            AssetId.parse(key),
            asset.owners[0] if asset.owners else one.owner,
            _address(settings.places.get(one.engine), AssetId.parse(key)),
            asset.contract.version,
            asset.contract.hash,
            str(contract_path(workspace.locations / name, key.split("/")[-1])),
            asset.partitions,
            one.engine,
        )
        for name, one in registry.items()
        for key, asset in one.graph.assets.items()
        if asset.contract is not None  # else not published through the door, so there is nothing to find
    ]
    return catalog_data(settings.places, settings.landing, entries, settings.engine)


def _address(place: Place | None, asset: AssetId) -> str:
    """The folder of a table, or its view in the database."""
    if isinstance(place, PostgresAddress):
        return f"{place.schema(asset.location)}.{asset.dataset}"
    return str(place / str(asset)) if place else ""


def _workspace(workspace: Workspace, registry: Mapping[str, Registration]) -> dict[str, Any]:
    left_out = barred(registry, workspace.settings)
    servers = [
        {"host": one.host, "port": one.port, "location_name": name}
        for name, one in registry.items()
        if name not in left_out
    ]
    return {"load_from": [{"grpc_server": server} for server in servers]}


def _codeowners(workspace: Workspace, registry: Mapping[str, Registration]) -> str:
    lines = [
        f"/locations/{name}/ {handle(one.owner, workspace.settings.organisation)}\n" for name, one in registry.items()
    ]
    return _HEADER + "".join(lines)
