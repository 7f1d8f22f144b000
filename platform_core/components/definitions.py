"""All that a team's definitions.py calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from platform_core.components.assets import asset_of
from platform_core.components.lifeline import tie_to_parent
from platform_core.components.loading import load_datasets
from platform_core.components.location import LoadedLocation
from platform_core.components.sensors import sensors_of

__all__ = ["assets_of", "build_definitions"]


def build_definitions(file: str | Path) -> dg.Definitions:
    """Return the definitions of the location whose `definitions.py` is `file`: call it with `__file__`.

    Reads location.yaml, contracts/ and defs/, and stamps owner, schema, checks, freshness and automation on every
    dataset. Raises FindingsError with everything that does not fit together, each with its file and line.
    """
    tie_to_parent()
    loaded = load_datasets(Path(file).absolute().parent)
    own = dg.Definitions(
        assets=assets_of(loaded),
        sensors=sensors_of(loaded),
        # One process for all datasets of a run: process start is most of what a small run costs.
        executor=dg.in_process_executor,
    )
    foreign = _foreign(loaded)
    return dg.Definitions.merge(own, *foreign) if foreign else own


def assets_of(loaded: LoadedLocation) -> list[dg.AssetsDefinition]:
    """Return all assets of a location: one definition a dataset, and one a dbt project."""
    assets = [asset_of(dataset) for dataset in loaded.datasets if dataset.declaration.kind != "dbt"]
    if loaded.projects:
        from platform_core.components.dbt.assets import project_assets

        assets += [project_assets(project, loaded) for project in loaded.projects]
    return assets


def _foreign(loaded: LoadedLocation) -> Sequence[dg.Definitions]:
    """Load what is Dagster's own in `defs/`, each folder or module by Dagster's own loader."""
    if not loaded.foreign:
        return ()
    tree = dg.ComponentTree.for_project(loaded.root)
    return [tree.build_defs(path) for path in loaded.foreign]
