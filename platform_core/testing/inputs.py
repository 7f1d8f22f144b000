"""Inputs of a dataset without access to them: made from the contracts, published to a warehouse of this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.contracts import Contract
from platform_core.names import KEY_FORMATS, AssetId
from platform_core.resources.engine import Table
from platform_core.resources.warehouse import PublicationRecord
from platform_core.testing.links import links
from platform_core.testing.narrowing import narrowed
from platform_core.testing.neighbours import Neighbours
from platform_core.testing.samples import rows_of
from platform_core.testing.tables import read_table, sample_file

if TYPE_CHECKING:
    import pyarrow

__all__ = ["SAMPLE_RUN", "Cut", "Inputs", "cut_of", "publish_sample"]

SAMPLE_RUN = "sample"  # the run id under which samples are published
_ROWS = 60
_LEAST = 10  # rows of one partition


@dataclass(frozen=True)
class Cut:
    """The partitions a sample is made for, and the time each covers, its end not included; none if only a name."""

    keys: tuple[str, ...]
    windows: Mapping[str, tuple[datetime, datetime]] = field(default_factory=dict)


@dataclass
class Inputs:
    """Sample tables of datasets, each made once, foreign keys between them consistent.

    `location` and `contracts` are the own ones. A team's files come first: tests/samples/<dataset>.csv for its own
    datasets, tests/samples/<location>.<dataset>.csv for those of others; not where more partitions are read than it has
    rows.
    """

    root: Path
    location: str
    contracts: Mapping[str, Contract]
    neighbours: Neighbours
    tables: dict[AssetId, pyarrow.Table] = field(default_factory=dict)
    cuts: dict[AssetId, Cut] = field(default_factory=dict)  # of those that have partitions
    given: set[AssetId] = field(default_factory=set)  # those that came from a file of the team
    _sizes: dict[AssetId, list[int]] = field(default_factory=dict)  # rows of all parts but the last

    def contract(self, asset: AssetId) -> Contract:
        """Return the contract of an own or a registered dataset. Raises PlatformError when it is unknown."""
        if asset.location == self.location and asset.dataset in self.contracts:
            return self.contracts[asset.dataset]
        return self.neighbours.contract(asset)

    def table(self, asset: AssetId) -> pyarrow.Table:
        """Return the sample of a dataset, of all its partitions together."""
        import pyarrow as pa

        if asset not in self.tables:
            contract = self.contract(asset)
            name = asset.dataset if asset.location == self.location else f"{asset.location}.{asset.dataset}"
            path, cut = sample_file(self.root, name), self.cuts.get(asset)
            own = read_table(path, contract) if path else None
            # A partition without rows is not published, and what reads it would wait for it in vain; two are also what
            # a dataset without partitions gets to see, and it takes whichever are there.
            if own is not None and (cut is None or len(cut.keys) <= 2 or own.num_rows >= len(cut.keys)):
                self.given.add(asset)
                self.tables[asset] = own
            else:
                self.tables[asset] = pa.concat_tables(self._made(asset, contract))
        return self.tables[asset]

    def parts(self, asset: AssetId) -> dict[str | None, pyarrow.Table]:
        """Return the sample of a dataset by partition (None: it has none): see `cuts`."""
        table, cut = self.table(asset), self.cuts.get(asset)
        if cut is None:
            return {None: table}
        if asset not in self._sizes:  # a team's own rows do not say where they belong: dealt out evenly
            self._sizes[asset] = [table.num_rows // len(cut.keys)] * (len(cut.keys) - 1)
        starts = [0, *accumulate(self._sizes[asset])]
        return {
            key: table.slice(start, end - start)
            for key, start, end in zip(cut.keys, starts, [*starts[1:], table.num_rows], strict=False)
        }

    def _made(self, asset: AssetId, contract: Contract) -> list[pyarrow.Table]:
        known, cut = self.references(asset), self.cuts.get(asset)
        if cut is None:
            return [rows_of(contract, _ROWS, references=known)]
        rows, parts = max(_LEAST, _ROWS // len(cut.keys)), []
        for place, key in enumerate(cut.keys):
            of_key = narrowed(contract, key, cut.windows.get(key))
            parts.append(rows_of(of_key, rows, references=known, share=(place, len(cut.keys))))
        self._sizes[asset] = [part.num_rows for part in parts[:-1]]
        return parts

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


def cut_of(partitions: Any, keys: Sequence[str | None]) -> Cut | None:
    """Return the cut of a dataset with `partitions` (None: it has none) into those of `keys`."""
    if partitions is None:
        return None
    definition, named = partitions.definition(), [key for key in keys if key is not None]
    windows = {}
    if partitions.type in KEY_FORMATS:
        for key in named:
            window = definition.time_window_for_partition_key(key)
            windows[key] = (window.start.replace(tzinfo=None), window.end.replace(tzinfo=None))
    return Cut(tuple(named), windows)


def publish_sample(table: Table, contract: Contract, parts: Mapping[str | None, pyarrow.Table]) -> None:
    """Publish a sample as the dataset, by partition (None: it has none)."""
    import duckdb

    record = PublicationRecord(SAMPLE_RUN, contract.version, contract.hash, input_hash=SAMPLE_RUN)
    for key, rows in parts.items():
        with duckdb.connect() as connection, table.stage(key, SAMPLE_RUN) as stage:
            stage.write(connection, rows, contract)
            if not stage.empty_refused:
                table.publish(stage, record)
