"""From a defs.yaml of type platform_core.DbtProject to the project, or everything wrong with it."""

from __future__ import annotations

from pydantic import ValidationError

from platform_core.components.dbt.project import Project
from platform_core.components.dbt.reading import Attributes, read_project
from platform_core.components.declaration import problem
from platform_core.contracts import FOLDER, SUFFIX, dataset_of
from platform_core.documents import Document
from platform_core.findings import Finding
from platform_core.locations import find_root

__all__ = ["declare_project"]

# Words of Dagster's own dbt component that decide what the platform decides.
_THE_PLATFORMS = {
    "cli_args": "what a run builds follows from what is asked for; variables go to `vars`",
    "include_metadata": "every publication carries rows, versions and checks",
    "op": "the platform's step takes the models through the door; a pool goes to `pool`",
    "prepare_if_dev": "the manifest is prepared whenever the project has changed",
    "translation": "a model is <location>/<model>, owned by the location and described by its contract",
    "translation_settings": "a model is <location>/<model>, owned by the location and described by its contract",
    "selector": "write the selection into `select` and `exclude`",
}


def declare_project(document: Document, location: str) -> Project | list[Finding]:
    """Read the dbt project that `document` declares. Its manifest is made when it is missing or stale."""
    name = document.path.parent.name
    findings = [
        problem("unknown-key", name, f"unknown key '{key}'.", "Known keys: type, attributes.", document.where(key))
        for key in document.data
        if key not in ("type", "attributes")
    ]
    given = document.data.get("attributes") or {}
    for key in sorted(set(given) & set(_THE_PLATFORMS)) if isinstance(given, dict) else ():
        where = document.where("attributes", key)
        findings.append(
            problem("dbt-attribute", name, f"'{key}' does not apply: {_THE_PLATFORMS[key]}.", "Take it out.", where)
        )
    try:
        attributes = Attributes.model_validate(
            {key: value for key, value in given.items() if key not in _THE_PLATFORMS}
        )
    except (ValidationError, AttributeError) as error:
        return [*findings, *_misfits(error, document, name)]
    root = find_root(document.path.parent)
    contracts = {dataset_of(path) for path in (root / FOLDER).glob(f"*{SUFFIX}")}
    found = read_project(attributes, document, location, root, contracts)
    if isinstance(found, Project):
        return findings or found
    return findings + found


def _misfits(error: Exception, document: Document, name: str) -> list[Finding]:
    if not isinstance(error, ValidationError):
        where = document.where("attributes")
        return [problem("bad-value", name, "attributes must be keys and values.", "Write project: dbt.", where)]
    known = ", ".join(sorted(Attributes.model_fields))
    found = []
    for item in error.errors():
        key, where = ".".join(map(str, item["loc"])), document.where("attributes", *item["loc"])
        if item["type"] == "extra_forbidden":
            found.append(problem("unknown-key", name, f"unknown key '{key}'.", f"Known keys: {known}.", where))
        else:
            found.append(problem("bad-value", name, f"{key}: {item['msg'].lower()}.", "", where))
    return found
