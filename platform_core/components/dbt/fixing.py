"""The versions that a run of a dbt project reads: fixed when it starts, and moved on by what the run publishes."""

from __future__ import annotations

from collections.abc import Iterable

from platform_core.components.dataset import Dataset
from platform_core.components.readings import Reading, Waiting, columns_of
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog
from platform_core.resources.warehouse import Publication

__all__ = ["Fixed"]


class Fixed:
    """One version of each asset that is asked for, the newest when it is first asked for."""

    def __init__(self, dataset: Dataset | None, catalog: Catalog) -> None:
        self._dataset, self._catalog = dataset, catalog  # any dataset of the location knows its neighbours
        self._known: dict[AssetId, Reading | None] = {}

    def reading(self, asset: AssetId) -> Reading | None:
        """Return what is published of an asset; None when nothing ever was."""
        if asset not in self._known:
            self._known[asset] = self._look(asset, None)
        return self._known[asset]

    def publish(self, asset: AssetId, publication: Publication) -> None:
        """From here on, read what this run published."""
        self._known[asset] = self._look(asset, publication.version)

    def readings(self, assets: Iterable[AssetId]) -> dict[AssetId, Reading]:
        """Return what is published of each asset. Raises Waiting naming those of which nothing is."""
        found = {asset: self.reading(asset) for asset in sorted(set(assets))}
        if missing := [str(asset) for asset, reading in found.items() if reading is None]:
            raise Waiting(
                f"waiting for {', '.join(missing)}: not published yet.",
                hint="It is asked for again by itself when that is published.",
            )
        return {asset: reading for asset, reading in found.items() if reading is not None}

    def _look(self, asset: AssetId, version: int | None) -> Reading | None:
        snapshot = self._catalog.table(asset).snapshot(version)
        if snapshot is None or not snapshot.partitions:
            return None
        columns = columns_of(self._dataset, self._catalog, asset) if self._dataset else {}
        return Reading(asset, snapshot, tuple(snapshot.partitions), columns)
