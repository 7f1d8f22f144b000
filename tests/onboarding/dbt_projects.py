"""dbt models as dbt's manifest tells of them, without dbt."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from platform_core.components.dbt.manifest import Column, Manifest, Model, Source, Test

NOTHING: dict[str, Any] = {}


def model(name: str = "orders", folder: Path = Path("/project"), **given: Any) -> Model:
    """Return a table model of the project `shop`; `columns` may be given as names with data types."""
    columns = given.pop("columns", {})
    if not all(isinstance(value, Column) for value in columns.values()):
        columns = {key: Column(key, value) for key, value in columns.items()}
    usual: dict[str, Any] = {
        "unique_id": f"model.shop.{name}",
        "name": name,
        "resource_type": "model",
        "package": "shop",
        "path": folder / f"models/{name}.sql",
        "patch_path": folder / "models/models.yml",
        "description": "",
        "columns": columns,
        "depends_on": (),
        "macros": (),
        "database": "memory",
        "schema": "growth",
        "alias": name,
        "materialized": "table",
        "language": "sql",
        "raw_code": "",
        "compiled_code": "",
        "config": {},
        "contract_enforced": False,
        "constraints": (),
        "tags": (),
        "meta": {},
        "fqn": ("shop", name),
    }
    return Model(**{**usual, **given})


def source(name: str, table: str, folder: Path = Path("/project"), **given: Any) -> Source:
    usual: dict[str, Any] = {"path": folder / "models/sources.yml", "columns": {}, "meta": {}}
    usual |= {"source_name": name, "name": table, "database": "memory", "schema": name, "identifier": table}
    return Source(unique_id=f"source.shop.{name}.{table}", **{**usual, **given})


def check(kind: str, column: str = "", on: str = "orders", /, **given: Any) -> Test:
    """Return a generic test of a model; `reads` are other nodes it looks at."""
    reads: Sequence[str] = given.pop("reads", ())
    extra = {key: given.pop(key) for key in ("severity", "condition") if key in given}
    unique_id = f"test.shop.{kind}_{on}_{column}_{len(str(given))}"
    return Test(
        unique_id=unique_id,
        name=unique_id.rsplit(".", maxsplit=1)[-1],
        kind=kind,
        path=Path("/project/models/models.yml"),
        attached=f"model.shop.{on}",
        column=column,
        depends_on=(*reads, f"model.shop.{on}"),
        arguments=given,
        severity=extra.get("severity", "error"),
        condition=extra.get("condition", ""),
        config={},
        fqn=("shop",),
    )


def manifest(*nodes: Any, folder: Path = Path("/project")) -> Manifest:
    def of(kind: type) -> Mapping[str, Any]:
        return {node.unique_id: node for node in nodes if isinstance(node, kind)}

    return Manifest("shop", "duckdb", "1.11", folder, of(Model), of(Source), of(Test), {})
