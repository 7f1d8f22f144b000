"""Looks at what is published, as any reader may: the warehouse, not the orchestrator."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from platform_core.names import AssetId
from platform_core.resources.warehouse import Snapshot, Warehouse

__all__ = ["Watch"]


class Watch:
    """The publications in a warehouse folder."""

    def __init__(self, warehouse: Path) -> None:
        self.warehouse = Warehouse(warehouse)

    def snapshot(self, asset: str) -> Snapshot | None:
        return self.warehouse.table(AssetId.parse(asset)).snapshot()

    def versions(self, asset: str) -> dict[str | None, int]:
        """Return the version of each published partition (None: the dataset has none); empty when never published."""
        snapshot = self.snapshot(asset)
        if snapshot is None:
            return {}
        return {partition: publication.version for partition, publication in snapshot.partitions.items()}

    def published(self, asset: str, partitions: Iterable[str | None] = (None,)) -> bool:
        return set(partitions) <= set(self.versions(asset))

    def rows(self, asset: str) -> int:
        snapshot = self.snapshot(asset)
        return sum(publication.rows for publication in snapshot.partitions.values()) if snapshot else 0

    def of_month(self, asset: str, month: str) -> list[tuple[Any, ...]]:
        """Return what a reader sees of one month of a dataset with a column `month`: its rows, ordered."""
        snapshot = self.snapshot(asset)
        if snapshot is None:
            return []
        with duckdb.connect() as connection:
            rows = connection.read_parquet(list(snapshot.relation(None).files), hive_partitioning=False)
            return sorted(rows.filter(f"strftime(month, '%Y-%m') = '{month}'").fetchall(), key=repr)

    def refused(self, asset: str, partition: str | None) -> int:
        """Return how many deliveries of a partition were refused so far."""
        refusals = self.warehouse.table(AssetId.parse(asset)).refusals()
        return sum(refusal.partition == partition for refusal in refusals)
