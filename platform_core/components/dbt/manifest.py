"""A dbt project's manifest.json as plain data. Reads JSON and nothing else: neither dbt nor dagster_dbt is imported."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from platform_core.components.dbt.nodes import Column, Macro, Manifest, Model, Operation, Source, Test
from platform_core.errors import PlatformError, Where

__all__ = ["Column", "Macro", "Manifest", "Model", "Operation", "Source", "Test", "read_manifest"]

_MODELS = ("model", "seed", "snapshot")
_TESTS = ("test", "unit_test")


def read_manifest(path: Path, folder: Path) -> Manifest:
    """Read the manifest.json that dbt wrote for the project in `folder`.

    Raises PlatformError when it is missing or no manifest of dbt 1.8 or later.
    """
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise PlatformError(f"The manifest cannot be read: {error.strerror}.", Where(path)) from error
    except ValueError as error:
        raise PlatformError("The manifest is not valid JSON.", Where(path), "Run: platformctl check") from error
    try:
        return _manifest(data, folder.absolute())
    except (KeyError, TypeError, AttributeError) as error:
        hint = "It is written by dbt 1.8 or later; run: platformctl check"
        raise PlatformError(f"The manifest is not one that this library reads: {error}.", Where(path), hint) from error


def _manifest(data: Mapping[str, Any], folder: Path) -> Manifest:
    about, nodes = data["metadata"], data["nodes"].values()
    own = about["project_name"]
    packages = {**_packages(data, folder), own: folder}
    known = {*_MODELS, "test", "operation", "analysis", "sql_operation"}
    return Manifest(
        project=own,
        adapter=about.get("adapter_type") or "",
        dbt_version=about.get("dbt_version") or "",
        folder=folder,
        models={node["unique_id"]: _model(node, packages) for node in nodes if node["resource_type"] in _MODELS},
        sources={source["unique_id"]: _source(source, packages) for source in data["sources"].values()},
        tests={test.unique_id: test for test in _tests(data, packages)},
        macros={macro["unique_id"]: _macro(macro, packages) for macro in data["macros"].values()},
        operations=tuple(_operation(node, packages) for node in nodes if node["resource_type"] == "operation"),
        others={
            **{node["unique_id"]: node["resource_type"] for node in nodes if node["resource_type"] not in known},
            **dict.fromkeys(data.get("functions") or (), "function"),
        },
    )


def _packages(data: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Return where the files of each package lie, as far as that is below the project."""
    named = {item["package_name"] for kind in ("nodes", "sources", "macros") for item in data[kind].values()}
    return {name: folder / "dbt_packages" / name for name in named}


def _model(node: Mapping[str, Any], packages: Mapping[str, Path]) -> Model:
    config, depends = node["config"], node.get("depends_on") or {}
    patch = node.get("patch_path") or ""
    contract = node.get("contract") or config.get("contract") or {}
    return Model(
        unique_id=node["unique_id"],
        name=node["name"],
        resource_type=node["resource_type"],
        package=node["package_name"],
        path=packages[node["package_name"]] / node["original_file_path"],
        patch_path=packages[patch.split("://")[0]] / patch.split("://")[1] if "://" in patch else None,
        description=node.get("description") or "",
        columns=_columns(node),
        depends_on=tuple(dict.fromkeys(depends.get("nodes") or ())),
        macros=tuple(dict.fromkeys(depends.get("macros") or ())),
        database=node.get("database") or "",
        schema=node["schema"],
        alias=node.get("alias") or node["name"],
        materialized=config.get("materialized") or "",
        language=node.get("language") or "sql",
        raw_code=node.get("raw_code") or "",
        compiled_code=node.get("compiled_code") or "",
        config=config,
        contract_enforced=bool(contract.get("enforced")),
        constraints=tuple(node.get("constraints") or ()),
        tags=tuple(node.get("tags") or ()),
        meta={**(node.get("meta") or {}), **(config.get("meta") or {})},
        fqn=tuple(node["fqn"]),
        version=str(node["version"]) if node.get("version") is not None else "",
        checksum=str((node.get("checksum") or {}).get("checksum") or ""),
    )


def _columns(node: Mapping[str, Any]) -> dict[str, Column]:
    return {
        column["name"]: Column(
            column["name"],
            column.get("data_type") or "",
            column.get("description") or "",
            tuple(column.get("constraints") or ()),
            tuple(column.get("tags") or ()),
            {**(column.get("meta") or {}), **((column.get("config") or {}).get("meta") or {})},
        )
        for column in (node.get("columns") or {}).values()
    }


def _source(node: Mapping[str, Any], packages: Mapping[str, Path]) -> Source:
    meta = (node.get("source_meta") or {}, node.get("meta") or {}, (node.get("config") or {}).get("meta") or {})
    return Source(
        unique_id=node["unique_id"],
        source_name=node["source_name"],
        name=node["name"],
        database=node.get("database") or "",
        schema=node["schema"],
        identifier=node.get("identifier") or node["name"],
        path=packages[node["package_name"]] / node["original_file_path"],
        columns=_columns(node),
        meta={key: value for layer in meta for key, value in layer.items()},
    )


def _tests(data: Mapping[str, Any], packages: Mapping[str, Path]) -> Iterator[Test]:
    nodes = [*data["nodes"].values(), *(data.get("unit_tests") or {}).values()]
    for node in nodes:
        if node["resource_type"] not in _TESTS:
            continue
        about, config = node.get("test_metadata") or {}, node.get("config") or {}
        unit = node["resource_type"] == "unit_test"
        depends = node.get("depends_on") or {}
        reads = tuple(dict.fromkeys(depends.get("nodes") or ()))
        space = f"{about['namespace']}." if about.get("namespace") else ""
        given = {
            key: value for key, value in (about.get("kwargs") or {}).items() if key not in ("model", "column_name")
        }
        yield Test(
            unique_id=node["unique_id"],
            name=node["name"],
            kind="unit_test" if unit else space + (about.get("name") or ""),
            path=packages[node["package_name"]] / node["original_file_path"],
            attached=node.get("attached_node") or _attached(reads, unit),
            column=node.get("column_name") or (about.get("kwargs") or {}).get("column_name") or "",
            depends_on=reads,
            arguments=given,
            severity="warn" if str(config.get("severity") or "").lower() == "warn" else "error",
            condition=str(config.get("where") or ""),
            config=config,
            fqn=tuple(node["fqn"]),
            description=node.get("description") or "",
            macros=tuple(depends.get("macros") or ()),
            raw_code=node.get("raw_code") or "",
        )


def _attached(reads: tuple[str, ...], unit: bool) -> str:
    """dbt names no node for the test of a source, nor for a unit test."""
    return reads[0] if len(reads) == 1 and (unit or reads[0].startswith("source.")) else ""


def _macro(node: Mapping[str, Any], packages: Mapping[str, Path]) -> Macro:
    uses = tuple((node.get("depends_on") or {}).get("macros") or ())
    home = packages[node["package_name"]] / node["original_file_path"]
    return Macro(node["unique_id"], node["name"], node["package_name"], home, node.get("macro_sql") or "", uses)


def _operation(node: Mapping[str, Any], packages: Mapping[str, Path]) -> Operation:
    stage = next((tag for tag in node.get("tags") or () if tag.startswith("on-run")), "on-run-start")
    home = packages[node["package_name"]] / "dbt_project.yml"
    return Operation(node["unique_id"], node["package_name"], stage, home, node.get("raw_code") or "")
