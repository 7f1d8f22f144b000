"""What a run reads: one published version of each input and reference, fixed before anything is computed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from platform_core.components.dataset import Dataset
from platform_core.components.partitions import Partitions, upstream_keys
from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog
from platform_core.resources.warehouse import Snapshot
from platform_core.sql import Relation

__all__ = ["Reading", "Waiting", "fingerprint", "partitions_of", "read_inputs", "read_references", "versions"]


class Waiting(PlatformError):
    """Something that the dataset needs was never published."""


@dataclass(frozen=True)
class Reading:
    """The partitions `keys` of one version of an asset."""

    asset: AssetId
    snapshot: Snapshot
    keys: tuple[str | None, ...]

    @property
    def relation(self) -> Relation:
        return Relation.of(file for key in self.keys for file in self.snapshot.files_of(key))

    @property
    def newest(self) -> int:
        """The version that last changed what is read."""
        return max((self.snapshot.partitions[key].version for key in self.keys), default=self.snapshot.version)


def read_inputs(dataset: Dataset, catalog: Catalog, partition: str | None) -> dict[AssetId, Reading]:
    """Fix the versions that partition `partition` reads. Raises Waiting naming all that was never published."""
    return _read(set(dataset.inputs.values()), dataset, catalog, partition)


def read_references(dataset: Dataset, catalog: Catalog) -> dict[AssetId, Reading]:
    """Fix the versions that the audit reads: all that is published of each. Raises Waiting."""
    needed = {AssetId.parse(name) for check in dataset.rules for name in check.reads}
    return _read(needed, dataset, catalog, None, whole=True)


def _read(
    assets: Iterable[AssetId], dataset: Dataset, catalog: Catalog, partition: str | None, whole: bool = False
) -> dict[AssetId, Reading]:
    readings: dict[AssetId, Reading] = {}
    missing: list[str] = []
    for asset in sorted(assets):
        snapshot = catalog.table(asset).snapshot()
        if snapshot is None or not snapshot.partitions:
            missing.append(str(asset))
            continue
        published = tuple(snapshot.partitions)
        upstream = partitions_of(dataset, catalog, asset, published)
        keys = published if whole else upstream_keys(dataset.partitions, partition, upstream, published)
        absent = [key for key in keys if key not in snapshot.partitions]
        missing += [f"{asset} ({', '.join(str(key) for key in absent[:3])})"] if absent else []
        readings[asset] = Reading(asset, snapshot, keys)
    if missing:
        hint = "It is asked for again by itself when that is published."
        raise Waiting(f"waiting for {', '.join(missing)}: not published yet.", hint=hint)
    return readings


def partitions_of(
    dataset: Dataset, catalog: Catalog, asset: AssetId, published: Iterable[str | None]
) -> Partitions | None:
    """Return how an input is cut: as its location declares it, as it is registered, else as its data looks."""
    if asset in dataset.neighbours:
        return dataset.neighbours[asset]
    entry = catalog.entries.get(asset)
    if entry is not None:
        return Partitions.model_validate(dict(entry.partitions)) if entry.partitions else None
    keys = [key for key in published if key is not None]
    if not keys:
        return None
    own = dataset.partitions
    return own if own is not None else Partitions(type="static", keys=tuple(sorted(keys)))


def versions(readings: Mapping[AssetId, Reading]) -> dict[str, int]:
    """Return the table version of each asset read, by its key."""
    return {str(asset): reading.snapshot.version for asset, reading in sorted(readings.items())}


def fingerprint(code: str, readings: Mapping[AssetId, Reading]) -> str:
    """Return the identity of what a derived partition is made of: its code and the publications it reads."""
    parts = [code, *(f"{asset}@{reading.newest}" for asset, reading in sorted(readings.items()))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
