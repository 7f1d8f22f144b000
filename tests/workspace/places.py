"""Code locations and registrations for the tests of the workspace."""

from pathlib import Path
from typing import Any

from platform_core.lineage import Asset, Check, ContractRef, Graph
from platform_core.workspace import Registration

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {location}-{dataset}
name: {dataset}
version: {version}
status: active
schema:
  - name: {dataset}
    logicalType: object
    properties:
      - name: id
        logicalType: integer
        required: true
"""
ASSET = """\
@dg.asset(key={key!r}, deps=[{deps}], owners=["team:{location}"])
def {dataset}() -> None:
    print("{location}/{dataset} is made")


"""


def write_location(
    root: Path, name: str, datasets: dict[str, list[str]], version: str = "1.0.0", tail: str = ""
) -> Path:
    """A code location in plain Dagster: `datasets` maps each name to the upstreams it reads (`location/dataset`)."""
    package = root / "src" / name
    (root / "contracts").mkdir(parents=True, exist_ok=True)
    package.mkdir(parents=True, exist_ok=True)
    (root / "location.yaml").write_text(f"name: {name}\nowner: team:{name}\ndescription: The {name} of the shop.\n")
    (package / "__init__.py").touch()
    code = "import dagster as dg\n\n\n"
    for dataset, upstreams in datasets.items():
        deps = ", ".join(f"dg.AssetKey({upstream.split('/')!r})" for upstream in upstreams)
        code += ASSET.format(key=[name, dataset], deps=deps, location=name, dataset=dataset)
        contract = CONTRACT.format(location=name, dataset=dataset, version=version)
        (root / "contracts" / f"{dataset}.odcs.yaml").write_text(contract)
    code += f"defs = dg.Definitions(assets=[{', '.join(datasets)}], executor=dg.in_process_executor)\n{tail}"
    (package / "definitions.py").write_text(code)
    return root


def registration(name: str, datasets: dict[str, list[str]], **changed: object) -> Registration:
    """A registration as the gate sees it, everything in order."""
    assets = {}
    for dataset, deps in datasets.items():
        key = dataset if "/" in dataset else f"{name}/{dataset}"
        assets[key] = Asset(
            key,
            deps=tuple(deps),
            owners=(f"team:{name}",),
            checks=(Check("required_id", True),),
            contract=ContractRef("1.0.0", "0123456789ab"),
        )
    facts: dict[str, Any] = {
        "name": name,
        "owner": f"team:{name}",
        "repository": f"https://git.example/{name}",
        "package": name,
        "python": "/usr/bin/python3",
        "root": f"/srv/{name}",
        "port": 4100,
        "versions": {"platform_core": "0.1.0", "dagster": "1.13.27", "python": "3.11.0"},
        "graph": Graph(assets),
        "contracts": {
            dataset: CONTRACT.format(location=name, dataset=dataset, version="1.0.0").encode()
            for dataset in datasets
            if "/" not in dataset
        },
    }
    return Registration(**{**facts, **changed})


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` with its content, but for the lock."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock" and ".dagster" not in path.parts
    }
