"""A dbt project as Dagster assets: one definition, of which a run takes what was asked for."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from platform_core.checks import check_specs
from platform_core.components.assets import spec_of
from platform_core.components.dbt.project import DbtModel, Project
from platform_core.components.dbt.tests import checks_of
from platform_core.components.location import LoadedLocation
from platform_core.names import AssetId

__all__ = ["FULL_REFRESH", "INTERNAL", "project_assets"]

INTERNAL = "platform/internal"
FULL_REFRESH = "platform/full_refresh"  # a run's tag: build incremental models from nothing


def project_assets(project: Project, loaded: LoadedLocation) -> dg.AssetsDefinition:
    """Return the assets of one dbt project: its published models, and the internal ones on the way to them."""
    datasets = {dataset.asset: dataset for dataset in loaded.datasets}
    own = [datasets[project.asset(name)] for name in project.order if name in project.contracted]
    specs = [spec_of(dataset, _internal(project, dataset.asset)) for dataset in own]
    specs += [_internal_spec(project, name, loaded) for name in project.internal]
    checks = [spec for dataset in own for spec in check_specs(dataset.checks, dataset.key)]
    for name in project.internal:
        key = dg.AssetKey(project.asset(name).path)
        checks += check_specs(checks_of(DbtModel(project, name)), key)

    @dg.multi_asset(
        name=f"{project.location}__dbt__{project.name}",
        specs=specs,
        check_specs=checks,
        can_subset=True,
        pool=project.pool or None,
    )
    def models(context: dg.AssetExecutionContext) -> Iterator[Any]:
        from platform_core.components.dbt.step import run_step

        yield from run_step(context, project, datasets)

    return models


def _internal(project: Project, asset: AssetId) -> list[AssetId]:
    """Return the internal models that a dataset reads directly."""
    name = next(name for name in project.contracted if project.asset(name) == asset)
    return [project.asset(parent) for parent in _visible(project, name) if parent in project.internal]


def _visible(project: Project, name: str) -> list[str]:
    """Return what a model reads, with what ephemeral models, which nobody sees, read in their place."""
    found: dict[str, None] = {}
    for parent in project.manifest.models[name].depends_on:
        seen = parent in project.sources or parent in project.contracted or parent in project.internal
        found.update(dict.fromkeys([parent] if seen else _visible(project, parent)))
    return list(found)


def _internal_spec(project: Project, name: str, loaded: LoadedLocation) -> dg.AssetSpec:
    model = project.manifest.models[name]
    about = "Internal: built in private whenever a model that is published needs it. Nobody else can read it."
    return dg.AssetSpec(
        key=dg.AssetKey(project.asset(name).path),
        deps=[dg.AssetDep(dg.AssetKey(project.asset(parent).path)) for parent in _visible(project, name)],
        description=f"{model.description}\n\n{about}".strip(),
        metadata={"platform/kind": "dbt", INTERNAL: True},
        skippable=True,
        group_name=project.location,
        owners=[loaded.location.owner],
        kinds={"dbt"},
        tags={INTERNAL: ""},
        code_version=project.fingerprints[name],
    )
