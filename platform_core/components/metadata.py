"""What Dagster shows of a dataset before it ever ran: schema, freshness, tags, all from the contract."""

from __future__ import annotations

import re
from typing import Any

import dagster as dg

from platform_core.components.declaration import Declaration
from platform_core.components.files.spec import FileSpec
from platform_core.components.rerun import said_of_rerun
from platform_core.contracts import duckdb_type
from platform_core.contracts.model import Column, Contract
from platform_core.contracts.sla import FRESHNESS, sla_duration
from platform_core.names import AssetId

__all__ = ["asset_metadata", "asset_tags", "column_schema", "freshness_policy"]


def asset_metadata(declaration: Declaration, contract: Contract, asset: AssetId) -> dict[str, Any]:
    """Return the static metadata of an asset: what it promises, and where that is written."""
    metadata: dict[str, Any] = {
        "dagster/column_schema": column_schema(contract),
        "dagster/table_name": f"{asset.location}.{asset.dataset}",
        "platform/kind": declaration.kind,
        "platform/contract_version": contract.version,
        "platform/contract_hash": contract.hash,
    }
    if declaration.partitions is not None:
        metadata["platform/partitions"] = declaration.partitions.as_mapping()
    if isinstance(declaration.recipe, FileSpec):
        metadata["platform/path"] = declaration.recipe.path
    return {**metadata, **said_of_rerun(declaration.unsafe)[1]}


def asset_tags(contract: Contract) -> dict[str, str]:
    """Return the contract's tags, spelled as Dagster allows."""
    written = [*(contract.data.get("tags") or ()), *(contract.schema.get("tags") or ())]
    return {tag: "" for text in written if (tag := re.sub(r"[^A-Za-z0-9_.-]+", "_", str(text)).strip("_.-")[:63])}


def column_schema(contract: Contract) -> dg.TableSchema:
    """Return the columns as Dagster shows them: type, description, and what the contract requires of each."""
    return dg.TableSchema(columns=[_column(column) for column in contract.columns])


def _column(column: Column) -> dg.TableColumn:
    other = ["primary key"] if column.primary_key_position else []
    if column.enum:
        other.append(f"one of {len(column.enum)} values")
    return dg.TableColumn(
        name=column.name,
        type=duckdb_type(column),
        description=column.description or None,
        constraints=dg.TableColumnConstraints(nullable=not column.required, unique=column.unique, other=other),
        tags={"classification": column.classification} if column.classification else None,
    )


def freshness_policy(contract: Contract) -> dg.FreshnessPolicy | None:
    """Return the freshness that the contract's SLA promises: the longest time between two publications.

    Read from the first of freshness, latency, frequency that the contract has; None when it has none of them.
    """
    for name in FRESHNESS:
        if (entry := contract.sla(name)) is not None and (longest := sla_duration(entry)) is not None:
            return dg.FreshnessPolicy.time_window(fail_window=longest)
    return None
