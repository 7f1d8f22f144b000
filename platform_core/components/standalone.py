"""One dataset by itself, for Dagster's own loader (`load_from_defs_folder`, `dg list component-tree`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg

__all__ = ["standalone_definitions"]


def standalone_definitions(component: Any, folder: Path) -> dg.Definitions:
    """Return the asset of the one dataset that `component`, read from `folder`/defs.yaml, declares.

    Raises FindingsError with everything wrong with it.
    """
    from platform_core.components.assets import asset_of
    from platform_core.components.dataset import Dataset
    from platform_core.components.declaration import Declaration
    from platform_core.contracts import contract_path, load_contract
    from platform_core.documents import load_document
    from platform_core.findings import FindingsError
    from platform_core.locations import find_root, load_location
    from platform_core.names import AssetId

    root = find_root(folder)
    location = load_location(root)
    declared = component.declare(load_document(folder / "defs.yaml"), folder.name, location.name)
    if not isinstance(declared, Declaration):
        raise FindingsError(f"The dataset {folder.name} is not sound:", declared)
    contract = load_contract(contract_path(root, folder.name))
    dataset = Dataset(AssetId(location.name, folder.name), declared, contract, location, root)
    return dg.Definitions(assets=[asset_of(dataset)])
