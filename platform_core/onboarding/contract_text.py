"""The text of a first contract, for columns whose types are known and whose rules are the team's to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from platform_core.contracts.written import as_yaml
from platform_core.locations import Location
from platform_core.locations.owners import responsible

__all__ = ["contract_text", "freshness_days"]

_DAYS = {"daily": 2, "weekly": 8, "monthly": 40}  # one period and some air


def freshness_days(partitions: Mapping[str, Any] | None) -> int:
    """Return after how many days without a publication such a dataset counts as late, until its team says better."""
    return _DAYS.get((partitions or {}).get("type", ""), 7)


def contract_text(
    location: Location, dataset: str, properties: Sequence[Mapping[str, Any]], partitions: Mapping[str, Any] | None
) -> str:
    """Return an ODCS contract as YAML: these columns, at least one row, and a freshness promise."""
    contract = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": f"{location.name}.{dataset}",
        "name": dataset,
        "version": "1.0.0",
        "status": "draft",
        **responsible(location.owner, location.contact),
        "description": {"purpose": f"{_title(dataset)}, published by {location.name}."},
        "slaProperties": [{"property": "frequency", "value": freshness_days(partitions), "unit": "d"}],
        "schema": [
            {
                "name": dataset,
                "logicalType": "object",
                "physicalType": "table",
                "properties": list(properties),
                "quality": [{"name": "has_rows", "metric": "rowCount", "mustBeGreaterThan": 0}],
            }
        ],
    }
    return as_yaml(contract)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
