"""Which partitions of a derived dataset are older than what they are made of, by what the warehouse says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from platform_core.components.dataset import Dataset
from platform_core.components.readings import Reading, Upstream, fingerprint, fix_inputs, read_inputs
from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog
from platform_core.resources.warehouse import Publication, Refusal

__all__ = ["Stale", "judged_otherwise", "stale_partitions", "table_state"]


@dataclass(frozen=True)
class Stale:
    """A partition (None: the dataset has none) whose inputs were published anew at `since`, and not used yet.

    `released`: a rollback of it was held, and is no more.
    """

    partition: str | None
    since: datetime
    identity: str
    released: bool = False


def stale_partitions(dataset: Dataset, catalog: Catalog) -> list[Stale]:
    """Return the partitions that could be made anew: all their inputs are published, some later than they used."""
    table = catalog.table(dataset.asset)
    current, refusals = table.current(), table.standing_refusals()
    found = []
    fixed = fix_inputs(dataset, catalog)
    for key in _keys(dataset, fixed):
        try:
            readings = read_inputs(dataset, catalog, key, fixed)
        except PlatformError:  # something is not there yet
            continue
        refusal = refusals.get(key)
        live = current.get(key)
        # A rollback that was released: it follows its inputs again, and at once, though they may be old.
        released = live is not None and live.kind == "rollback" and not live.held
        again = released or (refusal is not None and judged_otherwise(dataset, catalog, refusal))
        if again or not _used(dataset, readings, live, refusal):
            since = live.published_at if live is not None and released else _since(readings)
            found.append(Stale(key, since, _identity(dataset, catalog, readings), released))
    return found


def _keys(dataset: Dataset, fixed: Sequence[Upstream]) -> Sequence[str | None]:
    """Return the partitions there may be something for. Of dynamic ones, an input that has the same knows them."""
    cut = dataset.partitions
    if cut is None:
        return [None]
    there = {key for one in fixed if one.partitions == cut and one.snapshot for key in one.snapshot.partitions}
    return cut.known_keys(sorted(str(key) for key in there))


def _used(
    dataset: Dataset, readings: Mapping[AssetId, Reading], live: Publication | None, refusal: Refusal | None
) -> bool:
    """Say whether what stands, or was refused, was made of these very publications, or must not be replaced by them."""
    identity = fingerprint(dataset.declaration.fingerprint, readings)
    if live is not None and (live.withholds(identity) or (live.held and identity == live.input_hash)):
        return True
    return any(
        all(reading.newest <= record.inputs.get(str(asset), -1) for asset, reading in readings.items())
        for record in (live, refusal)
        if record is not None
    )


def _since(readings: Mapping[AssetId, Reading]) -> datetime:
    return max(reading.snapshot.partitions[key].published_at for reading in readings.values() for key in reading.keys)


def _identity(dataset: Dataset, catalog: Catalog, readings: Mapping[AssetId, Reading]) -> str:
    judges = " ".join(catalog.table(asset).state() for asset in dataset.references)
    return f"{fingerprint(dataset.declaration.fingerprint, readings)} {dataset.contract.hash} {judges}"


def judged_otherwise(dataset: Dataset, catalog: Catalog, refusal: Refusal) -> bool:
    """Say whether a refused delivery could be judged otherwise now.

    That is so under a new contract, against new references, and, when a rule over the whole dataset refused it, beside
    other partitions than those that stood then.
    """
    if refusal.contract_hash != dataset.contract.hash:
        return True
    failed = {rule.name for rule in refusal.rules if rule.severity == "error"}
    if any(check.scope == "dataset" and check.name in failed for check in dataset.rules):
        current = catalog.table(dataset.asset).current()
        others = [item for key, item in current.items() if key != refusal.partition and not item.unchanged]
        if any(item.published_at > refusal.refused_at for item in others):
            return True
    for name in {name for check in dataset.checks if check.name in failed for name in check.reads}:
        snapshot = catalog.table(AssetId.parse(name)).snapshot()
        if snapshot is not None and snapshot.version > refusal.inputs.get(name, -1):
            return True
    return False


def table_state(catalog: Catalog, dataset: Dataset, others: Iterable[AssetId]) -> str:
    """Return a text that changes with every commit and refusal of the dataset, every commit of others, its contract."""
    own = catalog.table(dataset.asset).state(refusals=True)
    return " ".join([dataset.contract.hash, own, *(catalog.table(asset).state() for asset in others)])
