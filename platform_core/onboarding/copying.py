"""Adds a dataset that copies another team's: its contract is what the producer's promises of the rows themselves."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from platform_core.contracts import Contract
from platform_core.contracts.written import as_yaml
from platform_core.errors import PlatformError
from platform_core.locations import Location
from platform_core.locations.owners import responsible
from platform_core.names import AssetId
from platform_core.onboarding.dataset import Added, Addition, defs_yaml
from platform_core.testing.neighbours import Neighbours

__all__ = ["add_copy"]

_KEPT = ("slaProperties", "tags", "customProperties")  # of the contract as a whole


def add_copy(root: Path, dataset: str, of: str) -> Added:
    """Add the dataset `dataset`, a copy of `of` (`location/dataset`), cut into the same partitions.

    Raises PlatformError when nobody has registered `of`, or it is of this very location.
    """
    addition = Addition(root, dataset)
    source = AssetId.parse(of, addition.location.name)
    if source.location == addition.location.name:
        raise PlatformError(f"{source} is of this location already.", hint="Read it as it is.")
    neighbours = Neighbours(root)
    contract, partitions = neighbours.contract(source), neighbours.partitions(source)
    cut = partitions.as_mapping() if partitions else None
    code = {"defs.yaml": defs_yaml("CopyDataset", {"of": str(source), "partitions": cut})}
    notes = [
        f"It promises what {source} {contract.version} promises of its rows. Take out the columns nobody here reads.",
        f"Queries of {addition.location.name} read it as {addition.location.name}.{dataset}.",
    ]
    if left := _reading_others(contract):
        notes.append(f"Left out, as they look into other datasets: {', '.join(left)}.")
    text = _contract_text(addition.location, dataset, source, contract)
    return addition.write(
        text, code, "csv", notes, {str(source): (contract, [column.name for column in contract.columns])}
    )


def _contract_text(location: Location, dataset: str, source: AssetId, contract: Contract) -> str:
    schema = deepcopy(dict(contract.schema))
    about = contract.description or f"{source}."
    kept = {key: deepcopy(contract.data[key]) for key in _KEPT if key in contract.data}
    return as_yaml(
        {
            "apiVersion": contract.data["apiVersion"],
            "kind": "DataContract",
            "id": f"{location.name}.{dataset}",
            "name": dataset,
            "version": "1.0.0",
            "status": "draft",
            **responsible(location.owner, location.contact),
            "description": {"purpose": f"Copy of {source}: {about}"},
            **kept,
            "schema": [{**_plain(schema), "name": dataset}],
        }
    )


def _plain(element: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema or a column without the rules that read other datasets: these are the producer's to keep."""
    found = {key: value for key, value in element.items() if key != "relationships"}
    if "quality" in found:
        found["quality"] = [rule for rule in found["quality"] if rule.get("type") != "sql"]
        if not found["quality"]:
            del found["quality"]
    if "properties" in found:
        found["properties"] = [_plain(column) for column in found["properties"]]
    return found


def _reading_others(contract: Contract) -> list[str]:
    elements = [contract.schema, *(column.data for column in contract.columns)]
    links = sum(len(element.get("relationships") or ()) for element in elements)
    queries = [
        rule.get("name") or "a rule in SQL"
        for element in elements
        for rule in element.get("quality") or ()
        if rule.get("type") == "sql"
    ]
    return [*([f"{links} foreign key{'s' if links > 1 else ''}"] if links else []), *queries]
