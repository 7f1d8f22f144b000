"""Registrations from the short words of tests/cases/gate/*.yaml: contracts and needs become real files' bytes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from platform_core.lineage import Asset, Check, ContractRef, Graph
from platform_core.workspace import Registration

__all__ = ["CASES", "contract_text", "registered"]

CASES = Path(__file__).parents[1] / "cases" / "gate"


def contract_text(location: str, dataset: str, said: Mapping[str, Any]) -> str:
    """An ODCS contract: `columns` maps a name to its type or to more, `follows` is platformSuccessorOf."""
    columns = said.get("columns", {"id": "integer"})
    properties = [
        {"name": name, **({"logicalType": about} if isinstance(about, str) else about)}
        for name, about in columns.items()
    ]
    data: dict[str, Any] = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": f"{location}.{dataset}",
        "name": dataset,
        "version": said.get("version", "1.0.0"),
        "status": said.get("status", "active"),
    }
    if "follows" in said:
        data["customProperties"] = [{"property": "platformSuccessorOf", "value": said["follows"]}]
    levels = [{"property": "endOfLife", "value": str(said["ends"])}] if "ends" in said else []
    if levels or "levels" in said:
        data["slaProperties"] = [*said.get("levels", []), *levels]
    data["schema"] = [{"name": dataset, "properties": properties}]
    return yaml.safe_dump(data, sort_keys=False)


def registered(said: Mapping[str, Any]) -> Registration:
    """A registration of a location in order, but for what the words say."""
    name = said["name"]
    datasets = said.get("datasets", {})
    contracts = {
        dataset: about["raw"] if "raw" in about else contract_text(name, dataset, about)
        for dataset, about in datasets.items()
        if about.get("contract", True)
    }
    assets = [_asset(name, dataset, about) for dataset, about in datasets.items() if about.get("asset", True)]
    elsewhere = {key: tuple(Check(check) for check in found) for key, found in said.get("checks", {}).items()}
    needs = {file: yaml.safe_dump(need, sort_keys=False).encode() for file, need in said.get("needs", {}).items()}
    return Registration(
        name=name,
        owner=said.get("owner", f"team:{name}"),
        repository=said.get("repository", f"https://git.example/{name}"),
        package=name,
        python="/usr/bin/python3",
        root=f"/srv/{name}",
        contact=said.get("contact", f"#{name}"),
        versions={"platform_core": "0.1.0", "dagster": said.get("dagster", "1.13.27"), "python": "3.11.0"},
        port=4100,
        graph=Graph({asset.key: asset for asset in assets}, said.get("automation", {}), elsewhere),
        contracts={dataset: text.encode() for dataset, text in contracts.items()},
        needs=needs,
        home=Path(f"/srv/{name}"),
    )


def _asset(location: str, dataset: str, said: Mapping[str, Any]) -> Asset:
    """`reads` maps what is read to the columns used of it; null where nobody knows."""
    reads = said.get("reads", {})
    known = {key: tuple(columns) for key, columns in reads.items() if columns is not None}
    return Asset(
        key=said.get("key", f"{location}/{dataset}"),
        deps=tuple(reads),
        reads=known or None,
        owners=() if said.get("unowned") else (f"team:{location}",),
        checks=tuple(Check(name) for name in said.get("checks", ["required_id"])),
        contract=ContractRef("1.0.0", "0123456789ab") if said.get("contract", True) else None,
        internal=said.get("internal", False),
        partitions=said.get("partitions"),
    )
