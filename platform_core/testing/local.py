"""A location on one machine: a warehouse of its own, other teams' data as samples, nothing shared and nothing real.

Everything lies in `.platform/local/` of the location, which git ignores.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, FindingsError
from platform_core.locations.engines import DUCKDB_DELTA, POSTGRES
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog, CatalogEntry, Place, catalog_data
from platform_core.resources.default_engine import default_engine
from platform_core.resources.postgres_address import PostgresAddress
from platform_core.testing.environment import read_env_file
from platform_core.testing.inputs import Inputs, cut_of, publish_sample
from platform_core.testing.places import NO_SERVER, local_database
from platform_core.testing.runs import inputs_of, load

if TYPE_CHECKING:
    from platform_core.components.location import LoadedLocation

__all__ = ["LocalPlatform", "Seeded"]

_MOST_KEYS = 12  # partitions of another team's dataset that are seeded: the latest


@dataclass(frozen=True)
class Seeded:
    """A dataset of which a sample was published: `rows` over `partitions` partitions; `fresh` if just now."""

    asset: AssetId
    rows: int
    partitions: int
    fresh: bool


class LocalPlatform:
    """The location in the folder `root`, and what stands around it on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.folder = self.root / ".platform" / "local"
        self.loaded: LoadedLocation = load(self.root)
        self._samples: Inputs = inputs_of(self.loaded)

    @property
    def location(self) -> str:
        return self.loaded.location.name

    @property
    def places(self) -> dict[str, Place]:
        """Where data lies, by engine: a folder, and the database of PLATFORM_POSTGRES_URL where that is set.

        Without one the folder stands in for the database: then DuckDB computes and audits what Postgres would.
        """
        folder = self.folder / "warehouse"
        return {DUCKDB_DELTA: folder, POSTGRES: local_database(self.root) or folder}

    @property
    def engine_note(self) -> str:
        """What to know of a location on Postgres: where its data goes; empty for one that is not."""
        if self._engine != POSTGRES:
            return ""
        address = self.places[POSTGRES]
        if isinstance(address, PostgresAddress):
            return f"engine postgres: data goes to the schemas {address.prefix}* of {address.database}."
        return f"engine postgres: {NO_SERVER}. Its queries are translated, which shows columns and rows, not speed."

    @property
    def _engine(self) -> str:
        return self.loaded.location.engine or default_engine(self.location)

    def catalog(self) -> Catalog:
        """Return the catalog that datasets of this location find their inputs in."""
        return Catalog.load(self._catalog_path)

    def environment(self) -> dict[str, str]:
        """Return the variables to run with: this process's, those of .env, and ours in the place of shared ones.

        The owner's webhook is left out: what is refused here is nobody's incident.
        """
        found = {**read_env_file(self.root), **os.environ}
        for name in ("PLATFORM_WAREHOUSE", "PLATFORM_LANDING", self.loaded.location.webhook_secret):
            found.pop(name, None)
        return {
            **found,
            "PLATFORM_CATALOG": str(self._catalog_path),
            "DAGSTER_HOME": str(self.folder / "dagster"),
            "DAGSTER_DISABLE_TELEMETRY": "1",
        }

    def missing_secrets(self) -> list[str]:
        """Return the names declared in location.yaml that neither the environment nor .env sets."""
        known = {**read_env_file(self.root), **os.environ}
        return [name for name in self.loaded.location.secrets if not known.get(name)]

    def prepare(self) -> list[Seeded]:
        """Write the configuration and publish samples of every dataset of other teams that is read here.

        A sample stands until its contract changes. Raises FindingsError naming every contract that is not known.
        """
        foreign = self.foreign
        self._refuse_unknown(foreign)
        self._write_files(foreign)
        self._cut(foreign)
        seeded = [self._seed(asset) for asset in foreign]
        self.lay_out_dbt()
        return seeded

    def lay_out_dbt(self) -> None:
        """Give the team's own dbt commands the samples that are published here."""
        if self.loaded.projects:
            from platform_core.testing.dbt_local import lay_out

            for project in self.loaded.projects:
                lay_out(project, self.catalog(), self._samples)

    def seed_sources(self) -> list[Seeded]:
        """Publish samples of the location's own sources too, where nothing was ever published."""
        sources = [one.asset for one in self.loaded.datasets if not one.inputs and one.declaration.kind != "dbt"]
        bare = [asset for asset in sources if not self.catalog().table(asset).current()]
        self._cut(bare)
        return [self._seed(asset) for asset in bare]

    @property
    def foreign(self) -> list[AssetId]:
        """The datasets of other teams that are read here, by queries, functions and rules."""
        own = {dataset.asset for dataset in self.loaded.datasets}
        read = {asset for one in self.loaded.datasets for asset in (*one.inputs.values(), *one.references)}
        return sorted(read - own)

    def _refuse_unknown(self, foreign: list[AssetId]) -> None:
        findings = list(self._unknown(foreign))
        if findings:
            raise FindingsError("What is read from other teams is not known here:", findings)

    def _unknown(self, foreign: list[AssetId]) -> Iterator[Finding]:
        for asset in foreign:
            try:
                self._samples.contract(asset)
            except PlatformError as error:
                yield Finding(
                    "unknown-input", "error", str(asset), error.message, fix=error.hint, where=self._reader(asset)
                )

    def _reader(self, asset: AssetId) -> Where | None:
        """Return the place where a dataset is read first."""
        for dataset in self.loaded.datasets:
            for name, read in dataset.inputs.items():
                if read == asset:
                    return dataset.declaration.place(name)
        return next((one.contract.where("schema", 0) for one in self.loaded.datasets if asset in one.references), None)

    def _partitions(self, asset: AssetId) -> Any:
        own = {dataset.asset: dataset for dataset in self.loaded.datasets}
        return own[asset].partitions if asset in own else self._samples.neighbours.partitions(asset)

    def _cut(self, assets: Iterable[AssetId]) -> None:
        for asset in assets:
            partitions = self._partitions(asset)
            keys = partitions.known_keys()[-_MOST_KEYS:] if partitions else ()
            if cut := cut_of(partitions, keys):
                self._samples.cuts[asset] = cut

    def _seed(self, asset: AssetId) -> Seeded:
        table, contract = self.catalog().table(asset), self._samples.contract(asset)
        cut, current = self._samples.cuts.get(asset), table.current()
        keys: set[str | None] = set(cut.keys) if cut else {None}
        if keys <= set(current) and all(one.contract_hash == contract.hash for one in current.values()):
            return Seeded(asset, sum(one.rows for one in current.values()), len(current), fresh=False)
        parts = self._samples.parts(asset)
        publish_sample(table, contract, parts)
        return Seeded(asset, sum(part.num_rows for part in parts.values()), len(parts), fresh=True)

    @property
    def _catalog_path(self) -> Path:
        return self.folder / "catalog.json"

    def _write_files(self, foreign: list[AssetId]) -> None:
        landing = self.folder / "landing"
        for folder in (self.folder / "warehouse", landing, self.folder / "dagster"):
            folder.mkdir(parents=True, exist_ok=True)
        here = landing / self.location  # the catalog knows a folder a location; ours is landing/ of the location
        if not here.is_symlink():
            here.symlink_to(self.root / "landing", target_is_directory=True)
        catalog = catalog_data(self.places, landing, map(self._entry, foreign), self._engine)
        self._catalog_path.write_text(json.dumps(catalog, indent=2), "utf-8")
        (self.folder / "dagster" / "dagster.yaml").write_text(_INSTANCE, "utf-8")

    def _entry(self, asset: AssetId) -> CatalogEntry:
        contract, partitions = self._samples.contract(asset), self._partitions(asset)
        return CatalogEntry(
            asset,
            contract.owner,
            str(asset),
            contract.version,
            contract.hash,
            str(contract.document.path.absolute()),
            partitions.as_mapping() if partitions else None,
            self._samples.neighbours.engine(asset) or self._engine,
        )


_INSTANCE = """\
telemetry: {enabled: false}
nux: {enabled: false}
run_retries: {enabled: true, max_retries: 1, retry_on_asset_or_op_failure: false}
"""
