"""What a run reads: one published version of each input and reference, fixed before anything is computed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from platform_core.components.dataset import Dataset
from platform_core.components.partitions import Partitions, upstream_keys
from platform_core.contracts import load_contract
from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog
from platform_core.resources.engine import Snapshot
from platform_core.resources.warehouse import declared_columns
from platform_core.sql import Relation

__all__ = [
    "Reading",
    "Upstream",
    "Waiting",
    "columns_of",
    "fingerprint",
    "fix_inputs",
    "partitions_of",
    "read_inputs",
    "read_references",
    "versions",
]


class Waiting(PlatformError):
    """Something that the dataset needs was never published."""


@dataclass(frozen=True)
class Upstream:
    """One version of an asset (None: never published), how it is cut and what it promises: fixed for a whole run."""

    asset: AssetId
    snapshot: Snapshot | None
    partitions: Partitions | None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """The partitions `keys` of one version of an asset."""

    asset: AssetId
    snapshot: Snapshot
    keys: tuple[str | None, ...]
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def relation(self) -> Relation:
        """The rows, in the types of the contract: some lie there as text. As they lie, when it is not known."""
        return self.snapshot.relation(self.keys, self.columns)

    @property
    def newest(self) -> int:
        """The version that last changed what is read."""
        return max((self.snapshot.partitions[key].version for key in self.keys), default=self.snapshot.version)


def fix_inputs(dataset: Dataset, catalog: Catalog) -> tuple[Upstream, ...]:
    """Fix the newest version of each input, for `read_inputs` to take partitions of."""
    return _fixed(dataset, catalog, dataset.inputs.values())


def read_inputs(
    dataset: Dataset, catalog: Catalog, partition: str | None, fixed: Sequence[Upstream] | None = None
) -> dict[AssetId, Reading]:
    """Say what partition `partition` reads. Raises Waiting naming all that was never published.

    `fixed` are versions fixed before; without them, the newest are taken.
    """
    readings: dict[AssetId, Reading] = {}
    missing: list[str] = []
    for upstream in fix_inputs(dataset, catalog) if fixed is None else fixed:
        asset, snapshot = upstream.asset, upstream.snapshot
        if snapshot is None or not snapshot.partitions:
            missing.append(str(asset))
            continue
        wanted = upstream_keys(dataset.partitions, partition, upstream.partitions, tuple(snapshot.partitions))
        keys = tuple(key for key in wanted if key in snapshot.partitions)
        if not keys or (keys != wanted and dataset.declaration.missing_partitions == "wait"):
            missing.append(f"{asset} ({_shown([key for key in wanted if key not in keys])})")
        readings[asset] = Reading(asset, snapshot, keys, upstream.columns)
    _refuse_missing(missing)
    return readings


def read_references(dataset: Dataset, catalog: Catalog) -> dict[AssetId, Reading]:
    """Fix the versions that the audit reads: all that is published of each. Raises Waiting."""
    needed = {AssetId.parse(name) for check in dataset.rules for name in check.reads}
    fixed = _fixed(dataset, catalog, needed)
    _refuse_missing([str(one.asset) for one in fixed if one.snapshot is None or not one.snapshot.partitions])
    return {
        one.asset: Reading(one.asset, one.snapshot, tuple(one.snapshot.partitions), one.columns)
        for one in fixed
        if one.snapshot is not None
    }


def _fixed(dataset: Dataset, catalog: Catalog, assets: Iterable[AssetId]) -> tuple[Upstream, ...]:
    found = []
    for asset in sorted(set(assets)):
        snapshot = catalog.table(asset).snapshot()
        published = tuple(snapshot.partitions) if snapshot else ()
        cut = partitions_of(dataset, catalog, asset, published)
        found.append(Upstream(asset, snapshot, cut, columns_of(dataset, catalog, asset)))
    return tuple(found)


def _shown(keys: Sequence[str | None]) -> str:
    """Name the missing partitions, the first few of many."""
    if not keys:
        return "none of its partitions belongs to this one"
    return ", ".join(map(str, keys[:3])) + (f" and {len(keys) - 3:,} more" if len(keys) > 3 else "")


def _refuse_missing(missing: Sequence[str]) -> None:
    if missing:
        hint = "It is asked for again by itself when that is published."
        raise Waiting(f"waiting for {', '.join(missing)}: not published yet.", hint=hint)


def partitions_of(
    dataset: Dataset, catalog: Catalog, asset: AssetId, published: Iterable[str | None]
) -> Partitions | None:
    """Return how an input is cut: as its location declares it, as it is registered, else as its data looks."""
    if asset in dataset.neighbours:
        return dataset.neighbours[asset].partitions
    entry = catalog.entries.get(asset)
    if entry is not None:
        return Partitions.model_validate(dict(entry.partitions)) if entry.partitions else None
    keys = [key for key in published if key is not None]
    if not keys:
        return None
    own = dataset.partitions
    return own if own is not None else Partitions(type="static", keys=sorted(keys))


def columns_of(dataset: Dataset, catalog: Catalog, asset: AssetId) -> Mapping[str, str]:
    """Return the columns an input promises, name -> DuckDB type; none when no contract of it is known here."""
    if asset in dataset.neighbours:
        return declared_columns(dataset.neighbours[asset].contract)
    entry = catalog.entries.get(asset)
    if entry is None or catalog.path is None:
        return {}
    path = catalog.path.parent / entry.contract_path
    return declared_columns(load_contract(path)) if path.is_file() else {}


def versions(readings: Mapping[AssetId, Reading]) -> dict[str, int]:
    """Return the table version of each asset read, by its key."""
    return {str(asset): reading.snapshot.version for asset, reading in sorted(readings.items())}


def fingerprint(code: str, readings: Mapping[AssetId, Reading]) -> str:
    """Return the identity of what a derived partition is made of: its code and the publications it reads."""
    parts = [code, *(f"{asset}@{reading.newest}" for asset, reading in sorted(readings.items()))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
