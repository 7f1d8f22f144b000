"""Reads the `defs/` folder of a location: every dataset it declares, with all that is wrong.

Our own loop, because it starts a location several times faster than Dagster's loader, in every run's process. What is
not ours is left to Dagster's loader, and costs only when it is there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from platform_core.components.copy_dataset import CopyDataset
from platform_core.components.dbt.project import Project
from platform_core.components.declaration import Declaration, Declared, problem
from platform_core.components.file_dataset import FileDataset
from platform_core.components.functions import declared_function
from platform_core.components.python_component import PythonDataset
from platform_core.components.sql_dataset import SqlDataset
from platform_core.documents import Document, load_document
from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.names import name_problem

__all__ = ["discover", "read_component"]

_COMPONENTS: dict[str, Any] = {
    f"{home}.{kind.__name__}": kind
    for home in ("platform_core", "platform_core.components")
    for kind in (CopyDataset, FileDataset, PythonDataset, SqlDataset)
}
_KEYS = {"type", "attributes"}
_DBT = {f"{home}.DbtProject" for home in ("platform_core", "platform_core.components")}
Found = Declaration | Project | list[Finding] | None  # None: not ours


def discover(folder: Path, package: str, location: str) -> Declared:
    """Read every folder of `defs/`. Folders without a platform dataset are returned as `foreign`."""
    declarations: list[Declaration] = []
    foreign: list[Path] = []
    findings: list[Finding] = []
    projects: list[Project] = []
    whole = True
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith((".", "__")) or _left_over(path):
            continue
        found = _folder(path, package, location) if path.is_dir() else None
        if found is None:
            foreign += [path] if path.is_dir() or path.suffix == ".py" else []
        elif isinstance(found, Declaration):
            declarations.append(found)
        elif isinstance(found, Project):
            from platform_core.components.dbt.reading import declarations_of

            projects.append(found)
            declarations += declarations_of(found)
        else:
            whole = whole and not any(finding.id.startswith("dbt-") for finding in found)
            findings += found
    return Declared(tuple(declarations), tuple(foreign), tuple(findings), tuple(projects), whole)


def _left_over(path: Path) -> bool:
    """Whether a folder holds nothing, or what Python compiled of a dataset that git has taken away."""
    return path.is_dir() and all(one.name == "__pycache__" for one in path.iterdir())


def _folder(path: Path, package: str, location: str) -> Found:
    yaml_file, python_file = path / "defs.yaml", path / f"{path.name}.py"
    found: Found = None
    if yaml_file.is_file():
        document = load_document(yaml_file)
        if document.problems and b"platform_core." not in yaml_file.read_bytes():
            return None  # several documents, tags: Dagster's loader knows them
        if document.problems:
            return list(document.problems)
        if document.data.get("type") not in _COMPONENTS:
            return _project(document, location) or _mistyped(document)
        found = read_component(document, location)
    if python_file.is_file() and "dataset" in python_file.read_text("utf-8", errors="replace"):
        function = declared_function(python_file, f"{package}.defs.{path.name}.{path.name}", location)
        if function is not None and isinstance(found, Declaration) and found.kind != "python":
            fix = "Keep either defs.yaml or the function."
            return [problem("dataset-twice", path.name, "the dataset is declared twice.", fix, Where(yaml_file, 1))]
        found = function if found is None else found
    if found is not None and (wrong := name_problem(path.name)):
        where = Where(yaml_file if yaml_file.is_file() else python_file, 1)
        return [problem("dataset-name", path.name, f"the folder cannot name a dataset: {wrong}.", "Rename it.", where)]
    return found


def _project(document: Document, location: str) -> Project | list[Finding] | None:
    """Read a dbt project; None when the document is of another type."""
    if document.data.get("type") not in _DBT:
        return None
    from platform_core.components.dbt.declaring import declare_project

    return declare_project(document, location)


def _mistyped(document: Document) -> list[Finding] | None:
    name = str(document.data.get("type"))
    if not name.startswith("platform_core."):
        return None
    fix = f"There are: {', '.join(sorted(name for name in {*_COMPONENTS, *_DBT} if name.count('.') == 1))}."
    return [problem("component-type", document.path.parent.name, f"there is no {name}.", fix, document.where("type"))]


def read_component(document: Document, location: str) -> Declaration | list[Finding]:
    """Return the declaration that a defs.yaml of one of our types holds, or everything wrong with it."""
    dataset = document.path.parent.name
    findings = [
        problem("unknown-key", dataset, f"unknown key '{key}'.", "Known keys: type, attributes.", document.where(key))
        for key in document.data
        if key not in _KEYS
    ]
    kind = _COMPONENTS[document.data["type"]]
    try:
        component = kind.model_validate(document.data.get("attributes") or {})
    except ValidationError as error:
        return [*findings, *(_attribute(document, dataset, kind, item) for item in error.errors())]
    declared = component.declare(document, dataset, location)
    if isinstance(declared, Declaration):
        return findings or declared
    return findings + declared


def _attribute(document: Document, dataset: str, kind: Any, item: Any) -> Finding:
    keys = item["loc"]
    name = ".".join(str(key) for key in keys) or "attributes"
    where = document.where("attributes", *keys)
    if item["type"] == "extra_forbidden":
        known = kind.model_fields["partitions"].annotation.__args__[0] if keys[0] == "partitions" else kind
        fix = f"Known keys: {', '.join(sorted(known.model_fields))}."
        return problem("unknown-key", dataset, f"unknown key '{name}'.", fix, where)
    if item["type"] == "missing":
        return problem(
            "missing-key", dataset, f"'{name}' is needed.", kind.model_fields[keys[0]].description or "", where
        )
    message = item["msg"].removeprefix("Value error, ")
    return problem("bad-value", dataset, f"{name}: {message[:1].lower()}{message[1:]}.", "", where)
