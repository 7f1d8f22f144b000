"""Reads what a defs.yaml with a dbt project declares: its published models, each a dataset, and the internal ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from platform_core.components.dbt.fingerprint import fingerprint
from platform_core.components.dbt.moving import moving_findings
from platform_core.components.dbt.nodes import Manifest, Model, Source
from platform_core.components.dbt.preparing import PROJECT_FILE, prepare
from platform_core.components.dbt.profile import DATABASE
from platform_core.components.dbt.project import DbtModel, Project
from platform_core.components.dbt.refusals import BUILT_IN, refusals
from platform_core.components.dbt.rerun import rerun_findings, unsafe_model
from platform_core.components.declaration import Declaration, problem
from platform_core.documents import Document
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, FindingsError
from platform_core.locations.engines import DUCKDB_DELTA, POSTGRES
from platform_core.names import AssetId, name_problem

__all__ = ["ALL", "Attributes", "declarations_of", "project_folder", "read_project"]

ALL = "fqn:*"  # dbt's words for every node; dagster_dbt's default


class Attributes(BaseModel):
    """What a defs.yaml says of a dbt project."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: str = Field(default="dbt", description="The folder of the dbt project, from the location's own folder.")
    select: str = Field(default=ALL, description="Which models become assets, in dbt's selection syntax; default: all.")
    exclude: str = Field(default="", description="Which of these do not, in dbt's selection syntax.")
    vars: dict[str, Any] = Field(default_factory=dict, description="dbt's --vars, for every run.")
    pool: str = Field(default="", description="Dagster's pool that a run takes a slot of.")


def project_folder(root: Path, project: str) -> Path:
    """Return the folder of the dbt project of the location in `root`. Raises PlatformError when it is not below it."""
    parts = PurePosixPath(project.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or not parts.parts or parts.parts[0].startswith("."):
        raise PlatformError(
            f"'{project}' is not a folder of the location.", hint="Name one below it, as in project: dbt."
        )
    return root.joinpath(*parts.parts)


def read_project(
    attributes: Attributes, document: Document, location: str, root: Path, contracts: Collection[str]
) -> Project | list[Finding]:
    """Return the project with `contracts` the names of the datasets that have one, or everything wrong with it."""
    name, place = document.path.parent.name, document.where("attributes", "project")
    try:
        folder = project_folder(root, attributes.project)
        if not (folder / PROJECT_FILE).is_file():
            fix = f"Put the dbt project there, or write project: <its folder> ({PROJECT_FILE} is in it)."
            return [problem("dbt-project", name, f"there is no {attributes.project}/{PROJECT_FILE}.", fix, place)]
        state = fingerprint(folder, location)
        manifest = prepare(folder, location)
        chosen = _chosen(manifest, attributes)
    except FindingsError as error:
        return list(error.findings)
    except PlatformError as error:
        return [problem("dbt-project", name, error.message, error.hint, error.where or place)]
    contracted = frozenset(
        unique_id
        for unique_id in chosen
        if manifest.models[unique_id].dataset in contracts and manifest.models[unique_id].materialized != "ephemeral"
    )
    needed = _needed(manifest, chosen)
    sources, findings = _sources(manifest, needed)
    findings += refusals(manifest, needed, DATABASE)
    findings += _names(manifest, chosen, location)
    findings += _unlasting(manifest, chosen, needed, contracts)
    findings += rerun_findings(manifest, contracted)
    findings += moving_findings(manifest, contracted, {}, POSTGRES if manifest.adapter == "postgres" else DUCKDB_DELTA)
    if findings:
        return findings
    variables = json.dumps(attributes.vars, sort_keys=True, default=str) if attributes.vars else ""
    project = Project(
        name, location, document.where(), manifest, chosen, contracted, sources, {}, variables, attributes.pool, state
    )
    return replace(project, fingerprints=_fingerprints(project), manifest=manifest.slim())


def declarations_of(project: Project) -> list[Declaration]:
    """Return one declaration for each model under contract, in graph order."""
    return [_declaration(project, name) for name in project.order if name in project.contracted]


def _declaration(project: Project, unique_id: str) -> Declaration:
    model = project.manifest.models[unique_id]
    read = {name: project.asset(name) for name in project.reads[unique_id]}
    return Declaration(
        dataset=model.dataset,
        kind="dbt",
        where=model.where(),
        recipe=DbtModel(project, unique_id),
        inputs={f"{asset.location}.{asset.dataset}": asset for asset in read.values()},
        places={f"{asset.location}.{asset.dataset}": _read_at(project, model, name) for name, asset in read.items()},
        fingerprint=project.fingerprints[unique_id],
        kinds=("dbt",),
        unsafe=unsafe_model(model),
    )


def _read_at(project: Project, model: Model, parent: str) -> Where:
    """Return where a model reads another or a source: in its own file, or in that of an internal one behind it."""
    models, source = project.manifest.models, project.manifest.sources.get(parent)
    word = source.name if source else models[parent].name
    for name in (model.unique_id, *reversed(project.behind[model.unique_id])):
        if parent in models[name].depends_on:
            return models[name].where("source" if source else "ref", word)
    return model.where()


def _chosen(manifest: Manifest, attributes: Attributes) -> frozenset[str]:
    if attributes.select == ALL and not attributes.exclude:
        return frozenset(manifest.models)
    from platform_core.components.dbt.choosing import chosen

    return chosen(manifest.folder, attributes.select, attributes.exclude) & frozenset(manifest.models)


def _needed(manifest: Manifest, chosen: frozenset[str]) -> set[str]:
    """Return the models and sources that the chosen ones are made of, and their tests read."""
    found, waiting = set(), sorted(chosen)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if name in manifest.models:
            waiting += manifest.models[name].depends_on
            waiting += [other for test in manifest.tests_of(name) for other in test.depends_on]
    return found


def _sources(manifest: Manifest, needed: set[str]) -> tuple[dict[str, AssetId], list[Finding]]:
    found: dict[str, AssetId] = {}
    findings: list[Finding] = []
    for name in sorted(needed & set(manifest.sources)):
        source = manifest.sources[name]
        try:
            found[name] = _asset_of(source)
        except PlatformError as error:
            fix = "Name the source after the location that publishes it, or write meta: {platform: {asset: a/b}}."
            subject = f"{source.source_name}.{source.name}"
            findings.append(
                problem("dbt-source", subject, f"the source {subject}: {error.message}", fix, source.where())
            )
    return found, findings


def _asset_of(source: Source) -> AssetId:
    said = source.meta.get("platform")
    if isinstance(said, Mapping) and said.get("asset"):
        return AssetId.parse(str(said["asset"]))
    return AssetId(source.source_name, source.name)


def _names(manifest: Manifest, chosen: frozenset[str], location: str) -> Iterator[Finding]:
    owners: dict[str, Model] = {}
    for model in (manifest.models[name] for name in sorted(chosen)):
        if model.materialized == "ephemeral":
            continue
        if wrong := name_problem(model.dataset):
            message = f"'{model.dataset}' cannot name a dataset: {wrong}."
            yield problem("dataset-name", model.dataset, message, "Rename the model.", model.where())
        if other := owners.get(model.dataset):
            message = f"{model.unique_id} and {other.unique_id} would both be {location}/{model.dataset}."
            yield problem("dataset-twice", model.dataset, message, "Exclude one of them.", model.where())
        owners[model.dataset] = model


def _unlasting(
    manifest: Manifest, chosen: frozenset[str], needed: set[str], contracts: Collection[str]
) -> Iterator[Finding]:
    for model in (manifest.models[name] for name in sorted(chosen)):
        if model.materialized == "ephemeral" and model.dataset in contracts:
            message = f"{model.dataset} has a contract, and is ephemeral: nothing is built that could be published."
            fix = "Materialize it as view or table, or delete the contract."
            yield problem("dbt-ephemeral", model.dataset, message, fix, model.where("ephemeral"))
        if model.resource_type == "snapshot" and model.dataset not in contracts:
            message = f"the snapshot {model.dataset} has no contract: its history is what is published of it."
            fix = f"Write contracts/{model.dataset}.odcs.yaml (platformctl contract infer --dbt {model.dataset})."
            yield problem("dbt-snapshot", model.dataset, message, fix, model.where("snapshot"))
    for model in (manifest.models[name] for name in sorted(needed & set(manifest.models) - chosen)):
        if model.resource_type == "snapshot":
            message = f"the snapshot {model.dataset} is read and not selected: its history is what is published of it."
            fix = "Select it too, or exclude what reads it."
            yield problem("dbt-snapshot", model.dataset, message, fix, model.where("snapshot"))


def _fingerprints(project: Project) -> dict[str, str]:
    """Return, for each model, the identity of the code that makes its rows: its own, of internal models, of macros."""
    manifest = project.manifest
    own = {name: _code(manifest, model, project.variables) for name, model in manifest.models.items()}
    found = {}
    for name in manifest.models:
        parts = [own[name], *(own[other] for other in project.behind[name])]
        found[name] = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
    return found


def _code(manifest: Manifest, model: Model, variables: str) -> str:
    macros, waiting = set(), manifest.macros_of(model)
    while waiting:
        name = waiting.pop()
        macro = manifest.macros.get(name)
        if macro is None or name in macros or macro.package in BUILT_IN:
            continue
        macros.add(name)
        waiting += macro.macros
    config = {key: value for key, value in model.config.items() if key not in _NO_ROWS}
    parts = [model.raw_code, model.checksum, json.dumps(config, sort_keys=True, default=str), variables]
    parts += [manifest.macros[name].code for name in sorted(macros)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


# What a model is said to be, and no row depends on.
_NO_ROWS = {"meta", "tags", "docs", "group", "access", "grants", "persist_docs", "description", "freshness"}
