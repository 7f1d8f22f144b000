"""What a location relies on of other teams: the columns that its queries, dbt models and rules use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from platform_core.errors import PlatformError
from platform_core.findings import Finding, raise_errors
from platform_core.names import AssetId
from platform_core.onboarding.reads import reads_of
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
    known = inputs_of(loaded)
    raise_errors("What is read from other teams is not known here:", list(_unknown(loaded.datasets, known)))
    said = reads_of(root)
    found: Needs = {}
    for dataset in loaded.datasets:
        if dataset.declaration.kind == "dbt":
            continue  # told by the project as a whole, with its internal models
        for asset in _read(dataset, known):
            columns = said[str(dataset.asset)].get(str(asset))
            of = found.setdefault(str(asset), {})
            for name in [column.name for column in known.contract(asset).columns] if columns is None else columns:
                of.setdefault(name, []).append(dataset.asset.dataset)
    if loaded.projects:
        _add_projects(found, root)
    foreign = {name: found[name] for name in sorted(found) if AssetId.parse(name).location != loaded.location.name}
    return {name: dict(sorted(columns.items())) for name, columns in foreign.items()}


def _read(dataset: Dataset, known: Inputs) -> Iterator[AssetId]:
    yield from sorted(set(dataset.inputs.values()))
    for asset in dataset.references:
        try:
            known.contract(asset)
        except PlatformError:
            continue  # of what only a rule reads, the location's own check says that nobody knows it
        yield asset


def _add_projects(found: Needs, root: Path) -> None:
    from platform_core.onboarding.dbt.needs import needs
    from platform_core.onboarding.dbt.projects import projects_of

    for project in projects_of(root):
        read = needs(project.manifest, project.built(), project.sources[0], project.dialect)
        for name, users in read.items():
            of = found.setdefault(name, {})
            for column, datasets in users.items():
                of.setdefault(column, []).extend(datasets)


def _unknown(datasets: tuple[Dataset, ...], known: Inputs) -> Iterator[Finding]:
    for dataset in datasets:
        for name, asset in dataset.inputs.items():
            try:
                known.contract(asset)
            except PlatformError as error:
                where = dataset.declaration.place(name)
                yield Finding("unknown-upstream", "error", str(asset), error.message, fix=error.hint, where=where)
