"""What a location reads from other engines, and whether its copies can hold what they copy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from platform_core.contracts.model import Column
from platform_core.contracts.types import duckdb_type
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding
from platform_core.locations.engines import POSTGRES
from platform_core.names import AssetId
from platform_core.testing.neighbours import Neighbours

if TYPE_CHECKING:
    from platform_core.components.dataset import Dataset
    from platform_core.components.location import LoadedLocation

__all__ = ["check_engines"]


def check_engines(loaded: LoadedLocation) -> list[Finding]:
    """Return what is read from another engine without a copy, and copies that cannot hold what they copy.

    Other teams' engines, contracts and partitions are those registered; what is not known here is passed over.
    """
    neighbours = Neighbours(loaded.root)
    return [finding for dataset in loaded.datasets for finding in _of_dataset(dataset, neighbours)]


def _of_dataset(dataset: Dataset, neighbours: Neighbours) -> Iterator[Finding]:
    from platform_core.audit.postgres.foreseen import foreseen
    from platform_core.components.declaration import Copy
    from platform_core.components.engine import engine_of

    recipe = dataset.declaration.recipe
    if engine_of(dataset) == POSTGRES:
        yield from foreseen(dataset.contract, dataset.asset.location)
    if isinstance(recipe, Copy):
        yield from _impossible(dataset, recipe.of, neighbours)
        yield from _foreign(dataset, dataset.references, neighbours)
    else:
        yield from _foreign(dataset, [*dataset.inputs.values(), *dataset.references], neighbours)


def _foreign(dataset: Dataset, read: list[AssetId] | tuple[AssetId, ...], neighbours: Neighbours) -> Iterator[Finding]:
    from platform_core.components.copies import WHY_A_COPY, copy_hint
    from platform_core.components.engine import engine_of

    own = engine_of(dataset)
    for asset in sorted(set(read)):
        engine = neighbours.engine(asset) if asset.location != dataset.asset.location else own
        if engine and engine != own:
            message = f"{dataset.asset} is on {own} and reads {asset}, which is on {engine}."
            partitions = _partitions(asset, neighbours)
            hint = copy_hint(str(asset), dataset.asset.location, partitions)
            yield Finding(
                "other-engine", "error", dataset.asset.dataset, message, WHY_A_COPY, hint, _place(dataset, asset)
            )


def _place(dataset: Dataset, asset: AssetId) -> Where:
    """The line on which it is read: of the query or function, else of the contract whose rule looks it up."""
    for name, read in dataset.inputs.items():
        if read == asset:
            return dataset.declaration.place(name)
    rules = (check.where for check in dataset.rules if str(asset) in check.reads and check.where)
    return next(rules, dataset.contract.where("schema", 0))


def _impossible(dataset: Dataset, source: AssetId, neighbours: Neighbours) -> Iterator[Finding]:
    from platform_core.components.copies import copy_yaml

    def finding(message: str, fix: str, where: Where | None) -> Finding:
        return Finding("copy", "error", dataset.asset.dataset, message, fix=fix, where=where)

    if source.location == dataset.asset.location:
        return
    try:
        contract, words = neighbours.contract(source), _partitions(source, neighbours)
    except PlatformError:  # unknown here: what reads it says so
        return
    own = dataset.partitions.as_mapping() if dataset.partitions else None
    if own and own != words:
        message = f"it is cut otherwise than {source}, so no partition of it can be copied by itself."
        yield finding(message, f"Write: {copy_yaml(source, words)}", dataset.declaration.where)
    there = {column.name for column in contract.columns}
    for column in dataset.contract.columns:
        if column.name not in there:
            message = f"{source} promises no column '{column.name}'."
            fix = f"Take it out of the contract of the copy. It has: {', '.join(sorted(there))}."
            yield finding(message, fix, dataset.contract.where(*column.keys))
        if problem := _type_problem(column):
            message = f"the column '{column.name}' cannot be copied: {problem}"
            fix = f"Take it out of the copy, or ask the owner of {source} for another type."
            yield finding(message, fix, dataset.contract.where(*column.keys))


def _type_problem(column: Column) -> str:
    """Say why values of a type are not kept when they are copied; empty when they are."""
    from platform_core.resources.warehouse.storage import storage_type

    try:
        storage_type(duckdb_type(column))
    except PlatformError as error:
        return error.message
    return ""


def _partitions(asset: AssetId, neighbours: Neighbours) -> dict[str, object] | None:
    try:
        found = neighbours.partitions(asset)
    except PlatformError:
        return None
    return found.as_mapping() if found else None
