"""Contracts drafted from the models of a location's dbt projects, for one model or for all that lack one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from platform_core.components.dbt.manifest import Model
from platform_core.contracts.physical import canonical_type
from platform_core.errors import PlatformError, Where
from platform_core.names import AssetId
from platform_core.onboarding.dbt.infer import contract_of
from platform_core.onboarding.dbt.projects import Project, projects_of, the_model

__all__ = ["draft", "drafts"]


def draft(root: Path, name: str) -> tuple[str, str]:
    """Return the dataset and the text of a contract for one model, seed or snapshot of the location in `root`.

    Types are those of a private build over empty tables, unless dbt's own contract declares every one. Raises
    PlatformError when there is no such model, or it does not build; FindingsError when a source is not known.
    """
    project, model = the_model(_projects(root), name)
    return model.dataset, _text(project, model)


def drafts(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the same for every model, seed and snapshot that has no contract yet and is no ephemeral one."""
    for project in _projects(root):
        models = [model for model in project.manifest.in_order() if model.materialized != "ephemeral"]
        after = project.published | {model.dataset for model in models}  # a key may point to what is drafted beside it
        for model in models:
            if model.dataset not in project.published:
                yield model.dataset, _text(project, model, after)


def _projects(root: Path) -> list[Project]:
    projects = projects_of(root)
    if not projects:
        hint = "A location declares one in src/<location>/defs/<name>/defs.yaml: type: platform_core.DbtProject."
        raise PlatformError("there is no dbt project in this location.", Where(root), hint)
    return projects


def _text(project: Project, model: Model, published: frozenset[str] | None = None) -> str:
    AssetId(project.location.name, model.dataset)  # a name that no dataset can have is told now
    text = contract_of(model, _columns(project, model), project.promises(model, published), project.location)
    if project.dialect != "duckdb":
        return f"# Types were told by DuckDB, which stands in for the database here: look at each.\n{text}"
    return text


def _columns(project: Project, model: Model) -> dict[str, str]:
    declared = {column.name: canonical_type(column.data_type) for column in model.columns.values()}
    if model.contract_enforced and declared and all(declared.values()):
        return {name: str(type_) for name, type_ in declared.items()}  # dbt builds it like this or not at all
    found = project.built()
    if said := found.failed.get(model.unique_id) or found.failed.get(""):
        message = f"{model.name} does not build over the contracts of what it reads: {' '.join(said.split())}"
        raise PlatformError(message, Where(model.path, 1), "Mend the model: its columns are told from a build of it.")
    if model.unique_id not in found.columns:
        why = "it is ephemeral: no table is made of it" if model.materialized == "ephemeral" else "it was not built"
        hint = "Materialize it as a table or view." if "ephemeral" in why else "Mend the models it reads first."
        raise PlatformError(f"the columns of {model.name} are not known: {why}.", Where(model.path, 1), hint)
    return dict(found.columns[model.unique_id])
