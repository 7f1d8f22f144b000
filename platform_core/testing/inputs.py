"""Inputs of a dataset without access to them: made from the contracts, published to a warehouse of this machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from platform_core.contracts import Contract
from platform_core.names import AssetId
from platform_core.resources.warehouse import PublicationRecord, Table
from platform_core.testing.links import links
from platform_core.testing.neighbours import Neighbours
from platform_core.testing.samples import rows_of
from platform_core.testing.tables import read_table, sample_file

if TYPE_CHECKING:
    import pyarrow

__all__ = ["SAMPLE_RUN", "Inputs", "publish_sample"]

SAMPLE_RUN = "sample"  # the run id under which samples are published
_ROWS = 50


@dataclass
class Inputs:
    """Sample tables of datasets, each made once, foreign keys between them consistent.

    `location` and `contracts` are the own ones. A team's files come first: tests/samples/<dataset>.csv for its own
    datasets, tests/samples/<location>.<dataset>.csv for those of others.
    """

    root: Path
    location: str
    contracts: Mapping[str, Contract]
    neighbours: Neighbours
    tables: dict[AssetId, pyarrow.Table] = field(default_factory=dict)
    given: set[AssetId] = field(default_factory=set)  # those that came from a file of the team

    def contract(self, asset: AssetId) -> Contract:
        """Return the contract of an own or a registered dataset. Raises PlatformError when it is unknown."""
        if asset.location == self.location and asset.dataset in self.contracts:
            return self.contracts[asset.dataset]
        return self.neighbours.contract(asset)

    def table(self, asset: AssetId) -> pyarrow.Table:
        """Return the sample of a dataset."""
        if asset not in self.tables:
            contract = self.contract(asset)
            name = asset.dataset if asset.location == self.location else f"{asset.location}.{asset.dataset}"
            if path := sample_file(self.root, name):
                self.given.add(asset)
                self.tables[asset] = read_table(path, contract)
            else:
                self.tables[asset] = rows_of(contract, _ROWS, references=self.references(asset))
        return self.tables[asset]

    def references(self, asset: AssetId) -> dict[str, pyarrow.Table]:
        """Return samples of what the foreign keys of a dataset point to, by the names its contract uses.

        What nobody knows here is left out: keys to it are then made up.
        """
        found: dict[str, pyarrow.Table] = {}
        for link in links(self.contract(asset)):
            target = AssetId.parse(link.dataset, asset.location)
            if target != asset and self._known(target):
                found[link.dataset] = self.table(target)
        return found

    def _known(self, asset: AssetId) -> bool:
        from platform_core.errors import PlatformError

        try:
            self.contract(asset)
        except PlatformError:
            return False
        return True


def publish_sample(table: Table, contract: Contract, rows: pyarrow.Table, keys: Iterable[str | None]) -> None:
    """Publish `rows` as the dataset, dealt out over its partitions `keys` (None: it has none)."""
    import duckdb

    parts = list(keys)
    record = PublicationRecord(SAMPLE_RUN, contract.version, contract.hash, input_hash=SAMPLE_RUN)
    for place, key in enumerate(parts):
        first, last = (rows.num_rows * at // len(parts) for at in (place, place + 1))
        with duckdb.connect() as connection, table.stage(key, SAMPLE_RUN) as stage:
            stage.write(connection, rows.slice(first, last - first), contract)
            if not stage.empty_refused:
                table.publish(stage, record)
