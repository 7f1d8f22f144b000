"""What a location relies on of other teams: the columns that its queries and dbt models use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from platform_core.errors import PlatformError
from platform_core.findings import Finding, raise_errors
from platform_core.names import AssetId
from platform_core.sql import SyntaxProblem, column_usage
from platform_core.testing.inputs import Inputs
from platform_core.testing.runs import inputs_of, load

if TYPE_CHECKING:
    from platform_core.components.dataset import Dataset

__all__ = ["Needs", "needs_of"]

Needs = dict[str, dict[str, list[str]]]  # asset -> column -> the own datasets that use it


def needs_of(root: Path) -> Needs:
    """Return the columns that the location in `root` uses of each dataset of other teams, and which datasets use them.

    Of a function, and of a query that cannot be followed, all columns of what it reads count: nothing says less.
    Raises FindingsError when the location does not fit together, or a contract that it needs is not known here.
    """
    loaded = load(root)
    samples = inputs_of(loaded)
    raise_errors("What is read from other teams is not known here:", list(_unknown(loaded.datasets, samples)))
    found: Needs = {}
    for dataset in loaded.datasets:
        for asset, columns in _used(dataset, samples).items():
            for column in columns:
                found.setdefault(str(asset), {}).setdefault(column, []).append(dataset.asset.dataset)
            found.setdefault(str(asset), {})
    if loaded.projects:
        from platform_core.onboarding.dbt.needs import needs
        from platform_core.onboarding.dbt.projects import projects_of

        for project in projects_of(root):
            read = needs(project.manifest, project.built(), project.sources[0], project.dialect)
            for name, users in read.items():
                of = found.setdefault(name, {})
                for column, datasets in users.items():
                    of.setdefault(column, []).extend(datasets)
    foreign = {name: found[name] for name in sorted(found) if AssetId.parse(name).location != loaded.location.name}
    return {name: dict(sorted(columns.items())) for name, columns in foreign.items()}


def _unknown(datasets: tuple[Dataset, ...], samples: Inputs) -> Iterator[Finding]:
    for dataset in datasets:
        for name, asset in dataset.inputs.items():
            try:
                samples.contract(asset)
            except PlatformError as error:
                where = dataset.declaration.place(name)
                yield Finding("unknown-upstream", "error", str(asset), error.message, fix=error.hint, where=where)


def _used(dataset: Dataset, samples: Inputs) -> dict[AssetId, list[str]]:
    from platform_core.components.declaration import Query
    from platform_core.components.engine import engine_of
    from platform_core.locations.engines import POSTGRES

    if dataset.declaration.kind == "dbt":
        return {}  # told by the project as a whole
    every = {asset: [column.name for column in samples.contract(asset).columns] for asset in dataset.inputs.values()}
    recipe = dataset.declaration.recipe
    if not isinstance(recipe, Query):
        return every
    schema = {str(asset): columns for asset, columns in every.items()}
    dialect = "postgres" if engine_of(dataset) == POSTGRES else "duckdb"
    try:
        usage = column_usage(recipe.text, schema, dataset.asset.location, dialect)
    except SyntaxProblem:
        return every
    return {AssetId.parse(name): list(columns) for name, columns in usage.used.items()}
