"""How the inputs of a query are cut, so that its dataset can be cut alike."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platform_core.errors import PlatformError
from platform_core.names import AssetId

__all__ = ["partitions_of_inputs", "same_partitions"]

Cut = Mapping[str, Any]


def partitions_of_inputs(query: str, root: Path, location: str) -> dict[AssetId, Cut]:
    """Return the partitions of each input that has any: as declared here, or as registered in PLATFORM_WORKSPACE."""
    from platform_core.components.engine import engine_at
    from platform_core.sql.dialects import dialect_of

    tables = dialect_of(engine_at(root, location)).reads(query, location)
    inputs = [AssetId(table.location, table.dataset) for table in tables]
    own = _declared(root, location) if any(asset.location == location for asset in inputs) else {}
    cuts = {asset: own.get(asset.dataset) if asset.location == location else _registered(asset) for asset in inputs}
    return {asset: cut for asset, cut in cuts.items() if cut}


def same_partitions(cuts: Mapping[AssetId, Cut]) -> Cut:
    """Return the one way in which the inputs are cut. Raises PlatformError when there is none, or more than one."""
    different = {str(sorted(cut.items())): cut for cut in cuts.values()}
    if len(different) == 1:
        return next(iter(different.values()))
    if not different:
        raise PlatformError("No input of the query has partitions.", hint="Leave --partitions out.")
    said = ", ".join(f"{asset} is {cut['type']}" for asset, cut in cuts.items())
    hint = "Say which, as in --partitions monthly:2013-01-01."
    raise PlatformError(f"The inputs of the query have different partitions: {said}.", hint=hint)


def _declared(root: Path, location: str) -> dict[str, Cut]:
    from platform_core.components.discovery import discover

    found = discover(root / "src" / location / "defs", location, location)
    return {item.dataset: item.partitions.as_mapping() for item in found.declarations if item.partitions}


def _registered(asset: AssetId) -> Cut | None:
    from platform_core.lineage import load_graph

    path = Path(os.environ.get("PLATFORM_WORKSPACE", "")) / "locations" / asset.location / "graph.json"
    if not path.is_file():
        return None
    known = load_graph(path).assets.get(str(asset))
    return known.partitions if known else None
