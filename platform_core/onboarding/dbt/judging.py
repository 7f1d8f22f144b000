"""Everything wrong between a location's dbt projects, its contracts and what other teams publish or read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from platform_core.components.dbt.manifest import Model
from platform_core.components.dbt.moving import moving_findings
from platform_core.contracts import FOLDER, SUFFIX, contract_path
from platform_core.contracts.places import did_you_mean
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, FindingsError
from platform_core.lineage import load_graph
from platform_core.locations.engines import DUCKDB_DELTA, POSTGRES
from platform_core.onboarding.dbt.built import Built
from platform_core.onboarding.dbt.disagreements import disagreements
from platform_core.onboarding.dbt.needs import missing_columns
from platform_core.onboarding.dbt.places import line_naming, model_place
from platform_core.onboarding.dbt.projects import Project, projects_of
from platform_core.testing.neighbours import Neighbours

__all__ = ["judge", "judge_projects"]


def judge(root: Path, *, build: bool, datasets: Iterable[str] | None = None) -> list[Finding]:
    """Return what is wrong with the dbt projects of the location in `root`; nothing where it has none.

    With `build`, dbt builds the models over empty tables of the contracts they read, where that is not known from
    before: without it, what is not known is said. `datasets` limits it to these contracts (None: all).
    """
    try:
        projects = projects_of(root)
    except FindingsError as error:
        return list(error.findings)
    except PlatformError as error:
        return [Finding("dbt-project", "error", "dbt", error.message, fix=error.hint, where=error.where)]
    wanted = None if datasets is None else set(datasets)
    found = list(judge_projects(projects, build=build))
    return [one for one in found if wanted is None or one.subject.partition(".")[0] in wanted]


def judge_projects(projects: list[Project], *, build: bool) -> Iterator[Finding]:
    """Yield what is wrong with projects, each once; see `judge`."""
    for project in projects:
        known, findings = _built(project, build)
        yield from findings
        exact = project.dialect == "duckdb"
        for model in project.manifest.in_order():
            if (contract := project.contract(model)) is not None:
                columns = known.columns.get(model.unique_id) if known else None
                # What stands in for a database tells the names of columns, and not the types that it would give them.
                types = columns if exact else {}
                yield from disagreements(model, contract, project.promises(model), columns, types)
        yield from _moving(project, known)
        if known is not None:
            yield from missing_columns(project.manifest, known, project.sources[0], project.dialect)
    if projects:
        yield from _without_model(projects)
        yield from _without_contract(projects)


def _moving(project: Project, known: Built | None) -> list[Finding]:
    models = project.manifest.models.values()
    contracted = [
        model.unique_id for model in models if model.dataset in project.published and model.materialized != "ephemeral"
    ]
    engine = POSTGRES if project.dialect == "postgres" else DUCKDB_DELTA
    return moving_findings(project.manifest, contracted, known.compiled if known else {}, engine)


def _built(project: Project, build: bool) -> tuple[Built | None, list[Finding]]:
    name = project.manifest.project
    unknown = list(project.sources[1])
    if unknown:
        return None, unknown
    try:
        known = project.built() if build else project.remembered()
    except PlatformError as error:
        return None, [Finding("dbt-build", "error", name, error.message, fix=error.hint, where=error.where)]
    if known is None:
        message = "columns and types of the models were not compared: dbt has not compiled this project as it is now."
        fix = "Run platformctl check: it builds the models over empty tables, and remembers what they are."
        return None, [Finding("dbt-not-built", "info", name, message, fix=fix, where=_project_file(project))]
    return known, list(_broken(project, known))


def _broken(project: Project, known: Built) -> Iterator[Finding]:
    for unique_id, said in known.failed.items():
        model = project.manifest.models.get(unique_id)
        where = _line(model, said) if model else _project_file(project)
        subject = model.dataset if model else project.manifest.project
        text = " ".join(said.split())
        if project.dialect != "duckdb":
            message = f"{subject} was not judged: DuckDB, which stands in for the database here, says {text}"
            yield Finding("dbt-not-built", "info", subject, message, fix="A run on the database tells.", where=where)
            continue
        message = f"{subject} does not build over the contracts of what it reads: {text}"
        fix = "Mend the model, or use what those contracts promise."
        yield Finding("dbt-model-fails", "error", subject, message, fix=fix, where=where)


def _line(model: Model, said: str) -> Where:
    """Return the line of the model that names the column the engine quotes, or else the first name it quotes."""
    quoted = re.findall(r"[\"']([\w.]+)[\"']", said)
    columns = re.findall(r"column (?:named )?[\"']([\w.]+)[\"']", said)
    return line_naming(model, [name.rsplit(".", maxsplit=1)[-1] for name in (*columns, *quoted)])


def _project_file(project: Project) -> Where:
    return Where(project.manifest.folder / "dbt_project.yml", 1)


def _without_model(projects: list[Project]) -> Iterator[Finding]:
    """A contract whose dataset is neither a model nor declared in a folder of its own."""
    root, location = projects[0].root, projects[0].location.name
    models = {model.dataset for project in projects for model in project.manifest.models.values()}
    for name in sorted(projects[0].published - models):
        if not (root / "src" / location / "defs" / name).is_dir():
            fix = f"{did_you_mean(name, models)} Name the contract like its model, or delete it."
            message = f"the contract {name} has no dataset: no dbt model is called so, and no folder of defs/."
            where = Where(contract_path(root, name), 1)
            yield Finding("contract-without-dataset", "error", name, message, fix=fix, where=where)


def _without_contract(projects: list[Project]) -> Iterator[Finding]:
    """A model that another location reads, and nothing promises."""
    workspace = Neighbours(projects[0].root).workspace
    location = projects[0].location.name
    if workspace is None:
        return
    readers: dict[str, list[str]] = {}
    for file in sorted(workspace.glob("locations/*/graph.json")):
        if file.parent.name != location and not file.parent.name.startswith("."):
            for asset in load_graph(file).assets.values():
                for dep in asset.deps:
                    readers.setdefault(dep, []).append(asset.key)
    for project in projects:
        for model in project.manifest.in_order():
            reading = readers.get(f"{location}/{model.dataset}", [])
            if reading and model.dataset not in project.published:
                message = f"{', '.join(reading)} of another team reads {model.dataset}, which has no contract."
                why = "Without one it is the project's own: built when needed, published to nobody."
                fix = (
                    f"platformctl contract infer --dbt {model.dataset} --write {FOLDER} drafts {model.dataset}{SUFFIX}."
                )
                place = model_place(model)
                yield Finding("model-without-contract", "error", model.dataset, message, why, fix, place)
